#include "syntax/smtp_command.h"

#include <arpa/inet.h>
#include <string.h>

enum { LOCAL_PART_MAX = 64, DOMAIN_MAX = 255, LABEL_MAX = 63 };

#define NEEDS_QUOTES "the local part has a character that needs quotes, as in \"a b\"@example.com"
#define NO_NAME "a name stands next to the address: write the address alone, as in <user@example.com>"
#define ONE_ADDRESS "one command takes one address: write <user@example.com>, and a RCPT for each recipient"

G_DEFINE_QUARK(smtp_syntax_error, smtp_syntax_error)

static gboolean fail(SmtpSyntaxError code, const char *message, GError **error) {
  g_set_error_literal(error, SMTP_SYNTAX_ERROR, code, message);
  return FALSE;
}

static gboolean bad_address(const char *message, GError **error) {
  return fail(SMTP_SYNTAX_ERROR_ADDRESS, message, error);
}

gboolean smtp_word_equal(const char *text, gsize len, const char *word) {
  return len == strlen(word) && g_ascii_strncasecmp(text, word, len) == 0;
}

gboolean smtp_number_parse(const char *text, gsize len, guint64 *out_number) {
  if (len == 0 || len > 20)
    return FALSE;
  guint64 number = 0;
  gboolean fits = TRUE;
  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isdigit(text[i]))
      return FALSE;
    fits = fits && g_uint64_checked_mul(&number, number, 10) &&
           g_uint64_checked_add(&number, number, (guint64)(text[i] - '0'));
  }
  *out_number = fits ? number : G_MAXUINT64;
  return TRUE;
}

static gboolean is_blank(char c) {
  return c == ' ' || c == '\t';
}

void smtp_command_line_split(const char *line, gsize len, SmtpCommandLine *out_line) {
  const char *end = line + len;

  while (end > line && is_blank(end[-1]))
    end--;
  const char *space = memchr(line, ' ', (gsize)(end - line));
  const char *verb_end = space ? space : end;
  const char *args = verb_end;
  while (args < end && is_blank(*args))
    args++;
  *out_line = (SmtpCommandLine){
      .verb = line,
      .verb_len = (gsize)(verb_end - line),
      .args = args,
      .args_len = (gsize)(end - args),
  };
}

/* The _take functions below read what their name says at the cursor and step behind it. */
typedef struct Cursor {
  const char *start; /* of a text with nothing in front of it; NULL: something is */
  const char *at;
  const char *end;
  gboolean has_utf8; /* a character outside ASCII was taken */
  gboolean is_open;  /* a path without brackets, which ends where the text does */
  guint leniencies;  /* what was taken that is not allowed */
} Cursor;

static gboolean cursor_at_any(const Cursor *cursor, const char *bytes) {
  return cursor->at < cursor->end && *cursor->at != '\0' && strchr(bytes, *cursor->at);
}

/* Where the path has to end. */
static gboolean cursor_at_close(const Cursor *cursor) {
  return cursor->is_open ? cursor->at == cursor->end : cursor_at_any(cursor, ">");
}

static gboolean cursor_take(Cursor *cursor, char byte) {
  if (cursor->at == cursor->end || *cursor->at != byte)
    return FALSE;
  cursor->at++;
  return TRUE;
}

/* One byte of printable ASCII that is none of `except`. */
static gboolean cursor_take_printable(Cursor *cursor, const char *except) {
  if (cursor->at == cursor->end || !g_ascii_isprint(*cursor->at) || strchr(except, *cursor->at))
    return FALSE;
  cursor->at++;
  return TRUE;
}

/* One well-formed character of RFC 6531's UTF8-non-ascii that is no control character. */
static gboolean cursor_take_utf8(Cursor *cursor) {
  if (cursor->at == cursor->end || (guchar)*cursor->at < 0x80)
    return FALSE;
  gunichar character = g_utf8_get_char_validated(cursor->at, cursor->end - cursor->at);
  if (character > 0x10FFFF || character < 0xA0) /* above are GLib's marks for malformed UTF-8 */
    return FALSE;
  cursor->at = g_utf8_next_char(cursor->at);
  cursor->has_utf8 = TRUE;
  return TRUE;
}

/* Says what is wrong at the cursor; `message` is for a byte that does not tell by itself. */
static gboolean bad_address_at(const Cursor *cursor, const char *message, GError **error) {
  const char *at = cursor->at;
  const char *behind = at; /* the blanks there may be */

  while (behind < cursor->end && *behind == ' ')
    behind++;
  if (behind == cursor->end)
    return bad_address(cursor->is_open ? message : "the address has no '>' at its end: write <user@example.com>",
                       error);
  char before = at == cursor->start ? '\0' : at[-1];
  if (*at == '<' && before == '<')
    message = "the address has two '<': write <user@example.com>";
  else if (*at == '<' || (*at == ' ' && memchr(behind, '<', (gsize)(cursor->end - behind))))
    message = NO_NAME;
  else if (*at == '>' && cursor->is_open)
    message = "the address has a '>' at its end and no '<' before it: write <user@example.com>";
  else if (*at == ' ' && before == '<')
    message = "the address has a space after the '<': write <user@example.com>";
  else if (*at == ' ' && *behind == '>')
    message = "the address has a space before the '>': write <user@example.com>";
  else if (*at == ' ')
    message = "the address has a space: end it with '>', or put quotes around the local part";
  else if (*at == ',' || *at == ';')
    message = ONE_ADDRESS;
  else if (g_ascii_iscntrl(*at) || (guchar)*at >= 0x80)
    message = "the address has a control character or malformed UTF-8";
  return bad_address(message, error);
}

/* label = 1*(ALPHA / DIGIT / "-" / "_" / UTF8-non-ascii), no hyphen at either end. RFC 5321 has no underscore, but
 * names with one are in use and other servers take them. */
static gboolean label_take(Cursor *cursor, GError **error) {
  const char *label = cursor->at;
  gboolean is_ascii = TRUE;

  for (;;) {
    if (cursor->at < cursor->end && (g_ascii_isalnum(*cursor->at) || cursor_at_any(cursor, "-_")))
      cursor->at++;
    else if (cursor_take_utf8(cursor))
      is_ascii = FALSE;
    else
      break;
  }
  gsize len = (gsize)(cursor->at - label);
  if (len == 0 && (cursor_at_close(cursor) || cursor_at_any(cursor, ".,:")))
    return bad_address("the domain is empty, or has a dot at its start, at its end or next to another", error);
  if (len == 0)
    return bad_address_at(cursor, "the domain has a character that no domain has", error);
  if (label[0] == '-' || label[len - 1] == '-')
    return bad_address("a label of the domain starts or ends with a hyphen", error);
  if (is_ascii && len > LABEL_MAX)
    return bad_address("a label of the domain has more than 63 bytes", error);
  return TRUE;
}

/* Domain = sub-domain *("." sub-domain) */
static gboolean domain_take(Cursor *cursor, GError **error) {
  const char *domain = cursor->at;

  do {
    if (!label_take(cursor, error))
      return FALSE;
  } while (cursor_take(cursor, '.'));
  if (cursor->at - domain > DOMAIN_MAX)
    return bad_address("the domain has more than 255 bytes", error);
  return TRUE;
}

static gboolean is_ip_address(int family, const char *text, gsize len) {
  char terminated[INET6_ADDRSTRLEN] = "";
  struct in6_addr address;

  if (len >= sizeof terminated || memchr(text, '\0', len))
    return FALSE;
  memcpy(terminated, text, len);
  return inet_pton(family, terminated, &address) == 1;
}

/* General-address-literal = Ldh-str ":" 1*dcontent */
static gboolean is_general_literal(const char *tag, gsize len) {
  const char *colon = memchr(tag, ':', len);

  if (!colon || colon == tag || colon[-1] == '-' || colon + 1 == tag + len)
    return FALSE;
  for (const char *at = tag; at < colon; at++)
    if (!g_ascii_isalnum(*at) && *at != '-')
      return FALSE;
  return TRUE;
}

/* address-literal = "[" ( IPv4 / "IPv6:" IPv6 / General ) "]", all of dcontent = %d33-90 / %d94-126 */
static gboolean address_literal_take(Cursor *cursor, GError **error) {
  const char ipv6_tag[] = "IPv6:";
  const gsize tag_len = strlen(ipv6_tag);

  cursor_take(cursor, '[');
  const char *content = cursor->at;
  while (cursor_take_printable(cursor, " [\\]"))
    ;
  gsize len = (gsize)(cursor->at - content);
  if (!cursor_take(cursor, ']'))
    return bad_address("the address literal has no ']' at its end: write [127.0.0.1]", error);
  if (len + strlen("[]") > DOMAIN_MAX)
    return bad_address("the address literal has more than 255 bytes", error);

  gboolean valid;
  if (len >= tag_len && smtp_word_equal(content, tag_len, ipv6_tag))
    valid = is_ip_address(AF_INET6, content + tag_len, len - tag_len);
  else
    valid = is_ip_address(AF_INET, content, len) || is_general_literal(content, len);
  return valid || bad_address("the brackets hold no IP address: write [127.0.0.1] or [IPv6:::1]", error);
}

/* Quoted-string = DQUOTE *QcontentSMTP DQUOTE: printable ASCII or UTF-8, each maybe behind a backslash */
static gboolean quoted_string_take(Cursor *cursor, GError **error) {
  cursor_take(cursor, '"');
  while (!cursor_take(cursor, '"')) {
    cursor_take(cursor, '\\');
    if (cursor->at == cursor->end)
      return bad_address("the quoted local part has no closing quote", error);
    if (!cursor_take_printable(cursor, "") && !cursor_take_utf8(cursor))
      return bad_address_at(cursor, "the quoted local part has a character that it cannot have", error);
  }
  return TRUE;
}

/* Dot-string = Atom *("." Atom), Atom = 1*( atext / UTF8-non-ascii ); atoms may be missing between dots */
static gboolean dot_string_take(Cursor *cursor, GError **error) {
  const char *local = cursor->at;

  do {
    const char *atom = cursor->at;
    for (;;) {
      if (cursor->at < cursor->end && (g_ascii_isalnum(*cursor->at) || cursor_at_any(cursor, "!#$%&'*+-/=?^_`{|}~")))
        cursor->at++;
      else if (!cursor_take_utf8(cursor))
        break;
    }
    if (cursor->at == atom && !cursor_at_any(cursor, ".@") && !cursor_at_close(cursor))
      return bad_address_at(cursor, NEEDS_QUOTES, error);
    if (cursor->at == atom)
      cursor->leniencies |= SMTP_LENIENT_DOTS;
  } while (cursor_take(cursor, '.'));
  return cursor->at > local || bad_address("the local part is empty: write user@example.com", error);
}

/* A-d-l ":" = At-domain *( "," At-domain ) ":" - RFC 5321 4.1.1.3 has servers accept it and ignore it. */
static gboolean source_route_take(Cursor *cursor, GError **error) {
  do {
    if (!cursor_take(cursor, '@'))
      return bad_address_at(cursor, "a source route is a list of @domain: leave it out, write <user@example.com>",
                            error);
    if (!domain_take(cursor, error))
      return FALSE;
  } while (cursor_take(cursor, ','));
  if (!cursor_take(cursor, ':'))
    return bad_address_at(cursor, "the address has no local part: write user@example.com", error);
  return TRUE;
}

/* Mailbox = ( Dot-string / Quoted-string ) "@" ( Domain / address-literal ), or "Postmaster" alone, or any name */
static gboolean mailbox_take(Cursor *cursor, SmtpPathKind kind, gsize *out_local_len, GError **error) {
  const char *local = cursor->at;
  gboolean is_quoted = cursor_at_any(cursor, "\"");

  if (!(is_quoted ? quoted_string_take(cursor, error) : dot_string_take(cursor, error)))
    return FALSE;
  *out_local_len = (gsize)(cursor->at - local);
  if (cursor_at_close(cursor)) {
    if (cursor->is_open && !is_quoted && memchr(local, '=', *out_local_len)) /* the first parameter */
      return bad_address("the address is missing: write <user@example.com>", error);
    if (kind != SMTP_PATH_FORWARD || !smtp_word_equal(local, *out_local_len, "Postmaster"))
      cursor->leniencies |= SMTP_LENIENT_DOMAIN;
    return TRUE;
  }
  if (!cursor_take(cursor, '@'))
    return bad_address_at(cursor, is_quoted ? "an '@' must follow the closing quote of the local part" : NEEDS_QUOTES,
                          error);
  return cursor_at_any(cursor, "[") ? address_literal_take(cursor, error) : domain_take(cursor, error);
}

void smtp_path_clear(SmtpPath *path) {
  g_clear_pointer(&path->mailbox, g_free);
}

/* What stands between '<' and '>', or without them; *out_mailbox is where its mailbox begins. */
static gboolean path_content_take(Cursor *cursor, SmtpPathKind kind, const char **out_mailbox, gsize *out_local_len,
                                  GError **error) {
  *out_mailbox = cursor->at;
  if (cursor_at_close(cursor))
    return kind == SMTP_PATH_REVERSE || bad_address("<> is not a recipient: write <user@example.com>", error);
  if (cursor_at_any(cursor, "@") && !source_route_take(cursor, error))
    return FALSE;
  *out_mailbox = cursor->at;
  return mailbox_take(cursor, kind, out_local_len, error);
}

/* Where a path without brackets ends: at a space that is not in quotes. */
static const char *open_path_end(const char *at, const char *end) {
  gboolean in_quotes = FALSE;

  for (; at < end && (in_quotes || *at != ' '); at++) {
    if (*at == '"')
      in_quotes = !in_quotes;
    else if (*at == '\\' && in_quotes && at + 1 < end)
      at++;
  }
  return at;
}

/* What follows a path without brackets and is no parameter, as in "a b@c" or "Name <a@b>". */
static gboolean check_open_rest(const char *at, const char *end, GError **error) {
  for (const char *bracket = at; (bracket = memchr(bracket, '<', (gsize)(end - bracket))); bracket++)
    if (bracket[-1] == ' ')
      return bad_address(NO_NAME, error);
  while (at < end && *at == ' ')
    at++;
  const char *word_end = memchr(at, ' ', (gsize)(end - at));
  gsize len = (gsize)((word_end ? word_end : end) - at);
  const char *sign = memchr(at, '@', len);
  if (sign && !memchr(at, '=', (gsize)(sign - at)))
    return bad_address("the address has a space: put it in angle brackets, and quotes around the local part", error);
  return TRUE;
}

static gboolean path_take(Cursor *cursor, SmtpPathKind kind, const char *end, SmtpPath *out_path, GError **error) {
  const char *mailbox = NULL;
  gsize local_len = 0;

  if (cursor->at == end)
    return bad_address(kind == SMTP_PATH_REVERSE ? "the address is missing: write <user@example.com>, or <> for none"
                                                 : "the address is missing: write <user@example.com>",
                       error);
  if (!cursor_take(cursor, '<')) {
    cursor->is_open = TRUE;
    cursor->end = open_path_end(cursor->at, end);
    cursor->leniencies |= SMTP_LENIENT_BRACKETS;
    if (!check_open_rest(cursor->end, end, error))
      return FALSE;
  }
  if (!path_content_take(cursor, kind, &mailbox, &local_len, error))
    return FALSE;
  gsize mailbox_len = (gsize)(cursor->at - mailbox);
  if (!cursor_at_close(cursor))
    return bad_address_at(cursor, "the domain has a character that no domain has", error);
  cursor->at += cursor->is_open ? 0 : 1;
  if (cursor->at < end && *cursor->at != ' ')
    return fail(SMTP_SYNTAX_ERROR_COMMAND,
                *cursor->at == ',' || *cursor->at == ';'
                    ? ONE_ADDRESS
                    : "only a space and parameters may follow the '>' of the address",
                error);

  *out_path = (SmtpPath){
      .mailbox = g_strndup(mailbox, mailbox_len),
      .has_utf8 = cursor->has_utf8,
      .leniencies = cursor->leniencies,
      .long_local = local_len > LOCAL_PART_MAX,
  };
  return TRUE;
}

gboolean smtp_path_parse(const char *args, gsize args_len, SmtpPathKind kind, SmtpPath *out_path, const char **out_rest,
                         GError **error) {
  static const struct {
    const char *keyword;
    const char *form;
  } forms[] = {
      [SMTP_PATH_REVERSE] = {"FROM:", "write MAIL FROM:<user@example.com>, without a space before the colon"},
      [SMTP_PATH_FORWARD] = {"TO:", "write RCPT TO:<user@example.com>, without a space before the colon"},
  };
  gsize keyword_len = strlen(forms[kind].keyword);

  *out_path = (SmtpPath){0};
  if (args_len < keyword_len || !smtp_word_equal(args, keyword_len, forms[kind].keyword))
    return fail(SMTP_SYNTAX_ERROR_COMMAND, forms[kind].form, error);

  Cursor cursor = {.at = args + keyword_len, .end = args + args_len};
  while (cursor_take(&cursor, ' '))
    cursor.leniencies |= SMTP_LENIENT_SPACE;
  if (!path_take(&cursor, kind, args + args_len, out_path, error))
    return FALSE;
  *out_rest = cursor.at;
  return TRUE;
}

char *smtp_address_parse(const char *address, SmtpPathKind kind, guint leniencies) {
  g_autofree char *args = g_strdup_printf("%s:<%s>", kind == SMTP_PATH_REVERSE ? "FROM" : "TO", address);
  g_auto(SmtpPath) path = {0};
  const char *rest = NULL;
  gboolean is_path = smtp_path_parse(args, strlen(args), kind, &path, &rest, NULL) && *rest == '\0' &&
                     (path.leniencies & ~leniencies) == 0;

  return is_path ? g_steal_pointer(&path.mailbox) : NULL;
}

Found smtp_parameter_next(const char **cursor, const char *end, SmtpParameter *out_parameter, GError **error) {
  Cursor at = {.at = *cursor, .end = end};

  while (at.at < end && is_blank(*at.at))
    at.at++;
  *cursor = at.at;
  if (at.at == end)
    return FOUND_NOTHING;

  SmtpParameter parameter = {.keyword = at.at};
  while (at.at < end && (g_ascii_isalnum(*at.at) || (*at.at == '-' && at.at > parameter.keyword)))
    at.at++;
  parameter.keyword_len = (gsize)(at.at - parameter.keyword);
  if (parameter.keyword_len > 0 && cursor_take(&at, '=')) {
    parameter.value = at.at;
    while (cursor_take_printable(&at, " =") || cursor_take_utf8(&at))
      ;
    parameter.value_len = (gsize)(at.at - parameter.value);
    if (parameter.value_len == 0) {
      fail(SMTP_SYNTAX_ERROR_PARAMETER, "a parameter has '=' without a value after it", error);
      return FOUND_FAILED;
    }
  }
  if (at.at < end && !is_blank(*at.at)) {
    fail(SMTP_SYNTAX_ERROR_PARAMETER, "a parameter is not of the form KEYWORD or KEYWORD=value", error);
    return FOUND_FAILED;
  }

  *out_parameter = parameter;
  *cursor = at.at;
  return FOUND;
}

/* No control characters, and bytes that are no UTF-8. */
static gboolean is_code_page(const char *name, gsize len) {
  for (gsize i = 0; i < len; i++)
    if (g_ascii_iscntrl(name[i]))
      return FALSE;
  return !g_utf8_validate_len(name, len, NULL);
}

SmtpHeloForm smtp_helo_classify(const char *name, gsize len) {
  Cursor text = {.at = name, .end = name + len};

  while (cursor_take_printable(&text, "") || cursor_take_utf8(&text))
    ;
  if (is_code_page(name, len))
    return SMTP_HELO_CODE_PAGE;
  if (len == 0 || text.at < text.end)
    return SMTP_HELO_NONE;
  if (is_ip_address(AF_INET, name, len) || is_ip_address(AF_INET6, name, len))
    return SMTP_HELO_ADDRESS;

  Cursor cursor = {.start = name, .at = name, .end = name + len};
  gboolean is_name =
      *name == '[' ? address_literal_take(&cursor, NULL) : domain_take(&cursor, NULL) && !memchr(name, '_', len);
  return is_name && cursor.at == cursor.end && !cursor.has_utf8 ? SMTP_HELO_NAME : SMTP_HELO_ODD;
}

char *smtp_helo_print(const char *name, gsize len) {
  if (!is_code_page(name, len))
    return g_strndup(name, len);
  GString *out = g_string_sized_new(len);
  for (gsize i = 0; i < len; i++) {
    if ((guchar)name[i] < 0x80)
      g_string_append_c(out, name[i]);
    else
      g_string_append_printf(out, "\\x%02X", (guchar)name[i]);
  }
  return g_string_free(out, FALSE);
}
