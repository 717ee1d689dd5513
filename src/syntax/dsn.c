#include "syntax/dsn.h"
#include "syntax/smtp_command.h"
#include "syntax/xtext.h"
#include <string.h>

const char *dsn_ret_parse(const char *value, gsize len, const char **out_ret) {
  static const char *const rets[] = {"FULL", "HDRS"};

  for (gsize i = 0; i < G_N_ELEMENTS(rets); i++)
    if (smtp_word_equal(value, len, rets[i])) {
      *out_ret = rets[i];
      return NULL;
    }
  return "RET takes FULL or HDRS, as in RET=HDRS";
}

const char *dsn_envid_check(const char *value, gsize len) {
  g_autofree char *decoded = xtext_decode(value, len);

  if (!decoded || *decoded == '\0')
    return "ENVID takes an identifier in xtext, as in ENVID=QQ314159";
  if (!g_str_is_ascii(decoded))
    return "ENVID has a character that is not ASCII";
  return strlen(decoded) <= DSN_ENVID_MAX ? NULL : "ENVID has more than 100 characters";
}

const char *dsn_notify_parse(const char *value, gsize len, char **out_notify) {
  static const char *const words[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
  g_autofree char *notify = g_ascii_strup(value, (gssize)len);
  g_auto(GStrv) list = g_strsplit(notify, ",", -1);
  guint seen = 0;

  for (char **word = list; *word; word++) {
    guint bit = 0;
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
      if (strcmp(*word, words[i]) == 0)
        bit = 1U << i;
    if (bit == 0)
      return "NOTIFY takes NEVER, or SUCCESS, FAILURE and DELAY with commas between, as in NOTIFY=FAILURE,DELAY";
    if ((seen & bit) != 0)
      return "NOTIFY has a word twice";
    seen |= bit;
  }
  if (seen == 0)
    return "NOTIFY takes NEVER, or SUCCESS, FAILURE and DELAY with commas between, as in NOTIFY=FAILURE,DELAY";
  if ((seen & 1) != 0 && seen != 1)
    return "NOTIFY=NEVER stands alone: with other words it says two things";
  *out_notify = g_steal_pointer(&notify);
  return NULL;
}

/* Atom (RFC 5322 3.2.3) */
static gboolean is_atom(const char *text, gsize len) {
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isalnum(text[i]) && !(text[i] != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", text[i])))
      return FALSE;
  return len > 0;
}

const char *dsn_orcpt_check(const char *value, gsize len) {
  const char *semicolon = memchr(value, ';', len);
  gsize type_len = semicolon ? (gsize)(semicolon - value) : 0;
  gsize address_len = semicolon ? len - type_len - 1 : 0;
  g_autofree char *decoded = address_len > 0 ? xtext_decode(semicolon + 1, address_len) : NULL;

  if (!is_atom(value, type_len) || !decoded || *decoded == '\0')
    return "ORCPT takes a type and an address in xtext, as in ORCPT=rfc822;user@example.com";
  if (!smtp_word_equal(value, type_len, "utf-8") && !g_str_is_ascii(decoded))
    return "ORCPT has a character that is not ASCII; its type has to be utf-8 then";
  return g_utf8_strlen(decoded, -1) <= DSN_ADDRESS_MAX ? NULL : "ORCPT has more than 500 characters";
}

char *dsn_orcpt_decode(const char *value) {
  const char *semicolon = strchr(value, ';');
  g_autofree char *address = semicolon ? xtext_decode(semicolon + 1, strlen(semicolon + 1)) : NULL;

  return address ? g_strdup_printf("%.*s;%s", (int)(semicolon - value), value, address) : g_strdup(value);
}
