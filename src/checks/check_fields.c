/* How header fields are written: what stands before them, encoded words, address lists. What is read leniently is told
 * here, for other programs may read it otherwise. */
#include "checks/checks_private.h"
#include "message/encoded_words.h"
#include <string.h>

enum { ENCODED_WORD_BYTES_MAX = 75 };

/* A fault that a reader reports, and the rule it breaks. */
typedef struct FaultRule {
  guint fault;
  CheckRule rule;
} FaultRule;

static void add_faults(Checks *checks, guint faults, const FaultRule *rows, gsize n, const char *place,
                       const char *detail) {
  for (gsize i = 0; i < n; i++)
    if (faults & rows[i].fault)
      checks_add_at(checks, rows[i].rule, place, detail);
}

static void check_start(Checks *checks) {
  static const FaultRule rows[] = {{HEADER_LEAD_MARK, RULE_BYTE_ORDER_MARK},
                                   {HEADER_LEAD_BLANK | HEADER_LEAD_LINE, RULE_BEFORE_HEADER}};
  gsize len;
  const char *bytes = (const char *)message_bytes(checks->message, &len);
  HeaderLeads leads;

  header_fields_find_start(bytes, bytes + len, &leads);
  add_faults(checks, leads, rows, G_N_ELEMENTS(rows), bytes, NULL);
}

/* Encoded words are told by their form: "=?set?B?text?=" without blanks. */
static void check_word_lengths(Checks *checks, const HeaderField *field) {
  const char *end = field->raw + field->raw_len;

  for (const char *at = field->raw; at + 1 < end; at++) {
    gsize len = 0;
    if (at[0] != '=' || at[1] != '?')
      continue;
    while (at + len < end && !g_ascii_isspace(at[len]))
      len++;
    g_autofree char *word = g_strndup(at, len);
    const char *close = strstr(word, "?=");
    while (close && close[2] != '\0' && !strchr(">,;)\"", close[2]))
      close = strstr(close + 2, "?=");
    if (close && close + 2 - word > ENCODED_WORD_BYTES_MAX)
      checks_add_at(checks, RULE_ENCODED_WORD_LONG, at, word);
    at += len > 0 ? len - 1 : 0;
  }
}

static void check_words(Checks *checks, const HeaderField *field, const char *value) {
  static const FaultRule rows[] = {
      {ENCODED_WORD_LOOSE, RULE_ENCODED_WORD_FORM},      {ENCODED_WORD_GLUED, RULE_ENCODED_WORD_GLUED},
      {ENCODED_WORD_CUT, RULE_ENCODED_WORD_CUT},         {ENCODED_WORD_UNKNOWN, RULE_CHARSET_UNKNOWN},
      {ENCODED_WORD_WRONG, RULE_CHARSET_WRONG},          {ENCODED_WORD_OPEN, RULE_CHARSET_OPEN},
      {ENCODED_WORD_EXTENSIONS, RULE_CHARSET_EXTENSION},
  };

  add_faults(checks, encoded_words_check(value), rows, G_N_ELEMENTS(rows), field->name, value);
}

static void check_addresses(Checks *checks, const HeaderField *field, const char *value) {
  static const char *const names[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};
  static const FaultRule rows[] = {
      {MAIL_ADDRESS_SEPARATOR, RULE_ADDRESS_SEPARATOR},
      {MAIL_ADDRESS_UNQUOTED, RULE_ADDRESS_UNQUOTED},
      {MAIL_ADDRESS_BRACKETS | MAIL_ADDRESS_EMPTY | MAIL_ADDRESS_NO_DOMAIN, RULE_ADDRESS_FORM},
      {MAIL_ADDRESS_QUOTED_WORD, RULE_ENCODED_WORD_QUOTED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    if (!header_field_is(field, names[i]))
      continue;
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
    guint faults = mail_address_parse(value, addresses);
    if (strcmp(names[i], "From") == 0)
      faults &= ~(guint)MAIL_ADDRESS_NO_DOMAIN; /* from-unreadable says so */
    add_faults(checks, faults, rows, G_N_ELEMENTS(rows), field->name, value);
  }
}

void checks_fields(Checks *checks) {
  const GArray *fields = message_fields(checks->message);

  check_start(checks);
  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    g_autofree char *value = message_field_value(checks->message, field);
    check_word_lengths(checks, field);
    if (field->name_len <= 8 || g_ascii_strncasecmp(field->name, "Content-", 8) != 0) /* parameters are checked apart */
      check_words(checks, field, value);
    check_addresses(checks, field, value);
  }
}
