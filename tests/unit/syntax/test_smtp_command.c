/* Command lines are parsed whole, so every text is given in a buffer of just its size, for ASan; and every beginning of
 * a path is tried, none of which is a path. */
#include "syntax/smtp_command.h"

#include <string.h>

#define TEXT(literal) (literal), sizeof(literal) - 1
#define A10 "aaaaaaaaaa"
#define A63 A10 A10 A10 A10 A10 A10 "aaa"
#define A64 A63 "a"
#define DOMAIN_255 A63 "." A63 "." A63 "." A63

static char *exact_copy(const char *text, gsize len) {
  char *copy = g_malloc(MAX(len, 1));

  memcpy(copy, text, len);
  return copy;
}

static void test_line_is_split_at_its_first_space(void) {
  static const struct {
    const char *line, *verb, *args;
  } rows[] = {
      {"QUIT", "QUIT", ""},
      {"NOOP ", "NOOP", ""},
      {"quit \t ", "quit", ""},
      {"MAIL FROM:<a@b> SIZE=1", "MAIL", "FROM:<a@b> SIZE=1"},
      {"MAIL   FROM:<a@b>  ", "MAIL", "FROM:<a@b>"},
      {"", "", ""},
      {"   ", "", ""},
      {" QUIT", "", "QUIT"},
      {"NOOP\tx", "NOOP\tx", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize len = strlen(rows[i].line);
    g_autofree char *line = exact_copy(rows[i].line, len);
    SmtpCommandLine split;
    smtp_command_line_split(line, len, &split);
    g_assert_cmpmem(split.verb, split.verb_len, rows[i].verb, strlen(rows[i].verb));
    g_assert_cmpmem(split.args, split.args_len, rows[i].args, strlen(rows[i].args));
  }
}

static void test_word_is_compared_without_case(void) {
  g_assert_true(smtp_word_equal("mAiL", 4, "MAIL"));
  g_assert_true(smtp_word_equal("MAILX", 4, "MAIL"));
  g_assert_true(smtp_word_equal("", 0, ""));
  g_assert_false(smtp_word_equal("MAI", 3, "MAIL"));
  g_assert_false(smtp_word_equal("MAILX", 5, "MAIL"));
  g_assert_false(smtp_word_equal("MA\0L", 4, "MAIL"));
}

static void test_number_saturates(void) {
  static const struct {
    const char *text;
    gboolean valid;
    guint64 number;
  } rows[] = {
      {"0", TRUE, 0},
      {"007", TRUE, 7},
      {"33554432", TRUE, 33554432},
      {"18446744073709551614", TRUE, G_MAXUINT64 - 1},
      {"18446744073709551615", TRUE, G_MAXUINT64},
      {"18446744073709551616", TRUE, G_MAXUINT64},
      {"99999999999999999999", TRUE, G_MAXUINT64},
      {"100000000000000000000", FALSE, 0},
      {"", FALSE, 0},
      {"-1", FALSE, 0},
      {"+1", FALSE, 0},
      {" 1", FALSE, 0},
      {"1 ", FALSE, 0},
      {"abc", FALSE, 0},
      {"0x10", FALSE, 0},
      {"9999999999999999999x", FALSE, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize len = strlen(rows[i].text);
    g_autofree char *text = exact_copy(rows[i].text, len);
    guint64 number = 4711;
    g_assert_cmpint(smtp_number_parse(text, len, &number), ==, rows[i].valid);
    g_assert_cmpuint(number, ==, rows[i].valid ? rows[i].number : 4711);
  }
}

typedef enum { BOTH, REVERSE_ONLY } Kinds;

typedef struct GoodPath {
  const char *path; /* what stands behind "FROM:" or "TO:", and maybe parameters */
  const char *mailbox;
  Kinds kinds;
  gboolean has_utf8, long_local;
  guint leniencies;
} GoodPath;

static const GoodPath good_paths[] = {
    {"<user@example.com>", "user@example.com", BOTH},
    {"<user@example.com> SIZE=1 BODY=8BITMIME", "user@example.com", BOTH},
    {"<user@example.com>  ", "user@example.com", BOTH},
    {"<>", "", REVERSE_ONLY},
    {"<> SIZE=1", "", REVERSE_ONLY},
    {"<Postmaster>", "Postmaster", BOTH},
    {"<POSTmaster>", "POSTmaster", BOTH},
    {"<postmaster@example.com>", "postmaster@example.com", BOTH},
    {" <a@b>", "a@b", BOTH, .leniencies = SMTP_LENIENT_SPACE},
    {"   <a@b> SIZE=1", "a@b", BOTH, .leniencies = SMTP_LENIENT_SPACE},
    {" <>", "", REVERSE_ONLY, .leniencies = SMTP_LENIENT_SPACE},

    {"<a.b.c@example.com>", "a.b.c@example.com", BOTH},
    {"<!#$%&'*+-/=?^_`{|}~@example.com>", "!#$%&'*+-/=?^_`{|}~@example.com", BOTH},
    {"<user+tag@example.com>", "user+tag@example.com", BOTH},
    {"<\"a b\"@example.com>", "\"a b\"@example.com", BOTH},
    {"<\"a>b@c<d\"@example.com>", "\"a>b@c<d\"@example.com", BOTH},
    {"<\"a\\\"b\\\\\"@example.com>", "\"a\\\"b\\\\\"@example.com", BOTH},
    {"<\"\"@example.com>", "\"\"@example.com", BOTH},
    {"<\".a..b.\"@example.com>", "\".a..b.\"@example.com", BOTH},
    {"<\"\xe7\x94\xa8 \\\xe6\x88\xb7\"@b>", "\"\xe7\x94\xa8 \\\xe6\x88\xb7\"@b", BOTH, .has_utf8 = TRUE},

    {"<a@localhost>", "a@localhost", BOTH},
    {"<a@1and1.example>", "a@1and1.example", BOTH},
    {"<a@mail_1.example>", "a@mail_1.example", BOTH},
    {"<a@_x._tcp.example>", "a@_x._tcp.example", BOTH},
    {"<a@x-y--z.example>", "a@x-y--z.example", BOTH},
    {"<a@[127.0.0.1]>", "a@[127.0.0.1]", BOTH},
    {"<a@[IPv6:::1]>", "a@[IPv6:::1]", BOTH},
    {"<a@[ipv6:2001:db8::25]>", "a@[ipv6:2001:db8::25]", BOTH},
    {"<a@[IPv6:::ffff:192.0.2.1]>", "a@[IPv6:::ffff:192.0.2.1]", BOTH},
    {"<a@[X-Net:some>thing@else]>", "a@[X-Net:some>thing@else]", BOTH},

    {"<root>", "root", BOTH, .leniencies = SMTP_LENIENT_DOMAIN},
    {"<www-data> SIZE=1", "www-data", BOTH, .leniencies = SMTP_LENIENT_DOMAIN},
    {"<user+tag>", "user+tag", BOTH, .leniencies = SMTP_LENIENT_DOMAIN},
    {"<\"a b\">", "\"a b\"", BOTH, .leniencies = SMTP_LENIENT_DOMAIN},
    {"<\xe7\x94\xa8>", "\xe7\x94\xa8", BOTH, .has_utf8 = TRUE, .leniencies = SMTP_LENIENT_DOMAIN},
    {"<@relay.example:root>", "root", BOTH, .leniencies = SMTP_LENIENT_DOMAIN},
    {"<Postmasters>", "Postmasters", BOTH, .leniencies = SMTP_LENIENT_DOMAIN},
    {"<" A64 "a>", A64 "a", BOTH, .long_local = TRUE, .leniencies = SMTP_LENIENT_DOMAIN},

    {"a@b", "a@b", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"a@b SIZE=10", "a@b", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"a@b AUTH=<>", "a@b", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"a@b AUTH=c@d", "a@b", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"a@b  ", "a@b", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"a@[127.0.0.1]", "a@[127.0.0.1]", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"a@[IPv6:::1]", "a@[IPv6:::1]", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"\"a b\"@c SIZE=1", "\"a b\"@c", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"\"a\\\" b\"@c", "\"a\\\" b\"@c", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"@relay.example:a@b", "a@b", BOTH, .leniencies = SMTP_LENIENT_BRACKETS},
    {"  a@b", "a@b", BOTH, .leniencies = SMTP_LENIENT_BRACKETS | SMTP_LENIENT_SPACE},
    {"root", "root", BOTH, .leniencies = SMTP_LENIENT_BRACKETS | SMTP_LENIENT_DOMAIN},
    {" root SIZE=10", "root", BOTH, .leniencies = SMTP_LENIENT_BRACKETS | SMTP_LENIENT_DOMAIN | SMTP_LENIENT_SPACE},
    {"\xe7\x94\xa8@b", "\xe7\x94\xa8@b", BOTH, .has_utf8 = TRUE, .leniencies = SMTP_LENIENT_BRACKETS},

    {"<a..b@c>", "a..b@c", BOTH, .leniencies = SMTP_LENIENT_DOTS},
    {"<.a@c>", ".a@c", BOTH, .leniencies = SMTP_LENIENT_DOTS},
    {"<a.@c>", "a.@c", BOTH, .leniencies = SMTP_LENIENT_DOTS},
    {"<..a...b..@c>", "..a...b..@c", BOTH, .leniencies = SMTP_LENIENT_DOTS},
    {"<.@c>", ".@c", BOTH, .leniencies = SMTP_LENIENT_DOTS},
    {"<...@c>", "...@c", BOTH, .leniencies = SMTP_LENIENT_DOTS},
    {"<a.>", "a.", BOTH, .leniencies = SMTP_LENIENT_DOTS | SMTP_LENIENT_DOMAIN},
    {"a..b@c", "a..b@c", BOTH, .leniencies = SMTP_LENIENT_DOTS | SMTP_LENIENT_BRACKETS},

    {"<@relay.example:a@b>", "a@b", BOTH},
    {"<@r1.example,@r2.example:\"a b\"@b>", "\"a b\"@b", BOTH},
    {"<@r.example:Postmaster>", "Postmaster", BOTH},
    {"<@\xe4\xbe\x8b.jp:a@b>", "a@b", BOTH, .has_utf8 = TRUE},

    {"<\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe3\x81\x88.jp>", "\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe3\x81\x88.jp",
     BOTH, .has_utf8 = TRUE},
    {"<a\xc2\xa0@b>", "a\xc2\xa0@b", BOTH, .has_utf8 = TRUE},
    {"<\xf0\x9f\x93\xa7.a@b>", "\xf0\x9f\x93\xa7.a@b", BOTH, .has_utf8 = TRUE},

    {"<" A64 "@b>", A64 "@b", BOTH},
    {"<" A64 "a@b>", A64 "a@b", BOTH, .long_local = TRUE},
    {"<a@" A63 ".b>", "a@" A63 ".b", BOTH},
    {"<a@" DOMAIN_255 ">", "a@" DOMAIN_255, BOTH},
    {"<" A64 "@" DOMAIN_255 ">", A64 "@" DOMAIN_255, BOTH},
    {"<a@\xc3\xa9" A63 ".b>", "a@\xc3\xa9" A63 ".b", BOTH, .has_utf8 = TRUE},
};

static gboolean parse(const char *text, gsize len, SmtpPathKind kind, SmtpPath *out_path, char **out_rest,
                      GError **error) {
  g_autofree char *args = exact_copy(text, len);
  const char *rest = NULL;

  if (!smtp_path_parse(args, len, kind, out_path, &rest, error))
    return FALSE;
  *out_rest = g_strndup(rest, (gsize)(args + len - rest));
  return TRUE;
}

static const char *const prefixes[][3] = {
    [SMTP_PATH_REVERSE] = {"FROM:", "from:", "FrOm:"},
    [SMTP_PATH_FORWARD] = {"TO:", "to:", "tO:"},
};

static void check_good_path(const GoodPath *good, SmtpPathKind kind, const char *prefix) {
  g_autofree char *args = g_strconcat(prefix, good->path, NULL);
  g_autofree char *rest = NULL;
  g_autoptr(GError) error = NULL;
  SmtpPath path = {0};
  gboolean expected = good->kinds == BOTH || kind == SMTP_PATH_REVERSE;
  gboolean valid = parse(args, strlen(args), kind, &path, &rest, &error);

  g_assert_cmpint(valid, ==, expected);
  if (!valid) {
    g_assert_error(error, SMTP_SYNTAX_ERROR, SMTP_SYNTAX_ERROR_ADDRESS);
    g_assert_null(path.mailbox);
    return;
  }
  g_assert_no_error(error);
  g_assert_cmpstr(path.mailbox, ==, good->mailbox);
  g_assert_cmpint(path.has_utf8, ==, good->has_utf8);
  gboolean is_postmaster = g_ascii_strcasecmp(good->mailbox, "Postmaster") == 0; /* who is a recipient alone */
  g_assert_cmpuint(path.leniencies, ==,
                   good->leniencies | (is_postmaster && kind == SMTP_PATH_REVERSE ? SMTP_LENIENT_DOMAIN : 0));
  g_assert_cmpint(path.long_local, ==, good->long_local);
  g_assert_true(g_str_has_suffix(args, rest));
  gboolean is_open = (path.leniencies & SMTP_LENIENT_BRACKETS) != 0;
  g_assert_true(is_open ? *rest == '\0' || *rest == ' ' : args[strlen(args) - strlen(rest) - 1] == '>');
  smtp_path_clear(&path);
}

static void test_good_paths(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(good_paths); i++)
    for (SmtpPathKind kind = SMTP_PATH_REVERSE; kind <= SMTP_PATH_FORWARD; kind++)
      for (gsize j = 0; j < G_N_ELEMENTS(prefixes[kind]); j++)
        check_good_path(&good_paths[i], kind, prefixes[kind][j]);
}

/* `in_message` is what a person would look for. */
static void check_bad_path(const char *args, gsize len, SmtpPathKind kind, SmtpSyntaxError code,
                           const char *in_message) {
  g_autofree char *rest = NULL;
  g_autoptr(GError) error = NULL;
  SmtpPath path = {0};

  g_assert_false(parse(args, len, kind, &path, &rest, &error));
  g_assert_null(path.mailbox);
  g_assert_error(error, SMTP_SYNTAX_ERROR, (gint)code);
  g_assert_true(g_str_is_ascii(error->message));
  g_assert_null(strpbrk(error->message, "\r\n"));
  if (in_message && !strstr(error->message, in_message))
    g_error("'%s' is refused with '%s', which lacks '%s'", args, error->message, in_message);
}

static void test_beginnings_of_paths_are_rejected(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(good_paths); i++) {
    g_autofree char *args = g_strconcat("FROM:", good_paths[i].path, NULL);
    SmtpPath path = {0};
    g_autofree char *rest = NULL;
    if (!parse(args, strlen(args), SMTP_PATH_REVERSE, &path, &rest, NULL))
      continue;
    if ((path.leniencies & SMTP_LENIENT_BRACKETS) != 0) { /* its beginning may be one, too */
      smtp_path_clear(&path);
      continue;
    }
    gsize path_end = strlen(args) - strlen(rest);
    for (gsize len = 0; len < path_end; len++)
      check_bad_path(args, len, SMTP_PATH_REVERSE,
                     len < strlen("FROM:") ? SMTP_SYNTAX_ERROR_COMMAND : SMTP_SYNTAX_ERROR_ADDRESS, NULL);
    smtp_path_clear(&path);
  }
}

static void test_bad_paths_are_explained(void) {
  static const struct {
    const char *args, *in_message;
    SmtpSyntaxError code;
  } rows[] = {
      {"", "write MAIL FROM:<user@example.com>", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM", "write MAIL FROM:<", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM :<a@b>", "space before the colon", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM<a@b>", "write MAIL FROM:<", SMTP_SYNTAX_ERROR_COMMAND},
      {"TO:<a@b>", "write MAIL FROM:<", SMTP_SYNTAX_ERROR_COMMAND},
      {"<a@b>", "write MAIL FROM:<", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM:<a@b>x", "follow the '>'", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM:<a@b>>", "follow the '>'", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM:<a@b>\tSIZE=1", "follow the '>'", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM:<>x", "follow the '>'", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM:", "the address is missing", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:\t<a@b>", "control character", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:A <a@b>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:  ", "the address is missing", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM: SIZE=10", "the address is missing", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:SIZE=10 BODY=7BIT", "the address is missing", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:a@b>", "no '<' before it", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:root>", "no '<' before it", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:>", "no '<' before it", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:a b@c", "put it in angle brackets", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:a b@c SIZE=1", "put it in angle brackets", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:Ann Example <a@b>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:\"Ann Example\" <a@b>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:Ann<a@b>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<Ann <a@b>>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<Ann Example <a@b>>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<\"Ann Example\" <a@b>>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<Ann<a@b>>", "a name stands next to the address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:< a@b >", "space after the '<': write <user@example.com>", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b,c@d>", "one command takes one address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b; c@d>", "one command takes one address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:a@b,c@d", "one command takes one address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b>,<c@d>", "one command takes one address", SMTP_SYNTAX_ERROR_COMMAND},
      {"FROM:a@", "domain is empty", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:a@b.", "domain is empty", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:@b", "no local part", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:\"a", "no closing quote", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<@b>", "no local part", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<", "no '>'", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b", "no '>'", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b SIZE=1", "space", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:< a@b>", "space after the '<'", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a b@c>", "space", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b >", "space before the '>'", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:< >", "space", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<@example.com>", "no local part", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<@>", "domain is empty", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<@a:>", "local part is empty", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<@a,b:c@d>", "source route", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<@a@b:c@d>", "no local part", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<@[127.0.0.1]:c@d>", "character that no domain has", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a(b)@c>", "needs quotes", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a,b@c>", "one command takes one address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a\"b@c>", "needs quotes", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<<a@b>>", "two '<'", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<\"a@b>", "no closing quote", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<\"a\\\"@b>", "no closing quote", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<\"a\\", "no closing quote", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<\"a\"b@c>", "follow the closing quote", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<\"a\".\"b\"@c>", "follow the closing quote", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@>", "domain is empty", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b.>", "domain is empty, or has a dot", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@.b>", "domain is empty, or has a dot", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b..c>", "domain is empty, or has a dot", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@-b>", "hyphen", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b->", "hyphen", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b.-c.d>", "hyphen", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b@c>", "character that no domain has", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b!c>", "character that no domain has", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b[1]>", "character that no domain has", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@" A64 ".b>", "63 bytes", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@" DOMAIN_255 ".b>", "255 bytes", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[127.0.0]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[127.0.0.256]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[::1]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[IPv6:]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[IPv6:1::2::3]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[IPv6:127.0.0.1]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[IPv6:" A64 "]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[x:]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[x-:y]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[x_y:z]>", "no IP address", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[127.0.0.1>", "no ']'", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[127.0.0.1 ]>", "no ']'", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[x:" A63 A63 A63 A63 "]>", "255 bytes", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@[127.0.0.1].b>", "character that no domain has", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a\xc0\xaf@b>", "malformed UTF-8", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a\xed\xa0\x80@b>", "malformed UTF-8", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a\xf4\x90\x80\x80@b>", "malformed UTF-8", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@\xe4\xbe>", "malformed UTF-8", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@b\xe4\xbe", "malformed UTF-8", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<\"\xe4\"@b>", "malformed UTF-8", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a\xc2\x80@b>", "control character", SMTP_SYNTAX_ERROR_ADDRESS},
      {"FROM:<a@\xc2\x9f>", "control character", SMTP_SYNTAX_ERROR_ADDRESS},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    check_bad_path(rows[i].args, strlen(rows[i].args), SMTP_PATH_REVERSE, rows[i].code, rows[i].in_message);

  check_bad_path(TEXT("TO:<>"), SMTP_PATH_FORWARD, SMTP_SYNTAX_ERROR_ADDRESS, "<> is not a recipient");
  check_bad_path(TEXT("TO :<a@b>"), SMTP_PATH_FORWARD, SMTP_SYNTAX_ERROR_COMMAND, "write RCPT TO:<");
  check_bad_path(TEXT("FROM:<a@b>"), SMTP_PATH_FORWARD, SMTP_SYNTAX_ERROR_COMMAND, "write RCPT TO:<");
}

/* No byte that is a control character, or UTF-8 on its own, gets in anywhere, quoted or not. */
static void test_control_bytes_are_rejected_everywhere(void) {
  static const char *const paths[] = {"FROM:<\"a b\"@example.com>", "FROM:<@r:u@[IPv6:::1]>"};

  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    gsize len = strlen(paths[i]);
    for (guint byte = 0; byte < 256; byte++) {
      if (byte >= ' ' && byte < 0x7f)
        continue;
      for (gsize place = 0; place <= len; place++) {
        g_autoptr(GString) args = g_string_new(paths[i]);
        g_autofree char *rest = NULL;
        SmtpPath path = {0};
        g_string_insert_c(args, (gssize)place, (char)byte);
        g_assert_false(parse(args->str, args->len, SMTP_PATH_REVERSE, &path, &rest, NULL));
      }
    }
  }
}

/* Prints parameters as "KEYWORD[value] ", "!" for an error. */
static char *parameters_print(const char *text, gsize len) {
  g_autofree char *copy = exact_copy(text, len);
  const char *cursor = copy;
  g_autoptr(GError) error = NULL;
  GString *printed = g_string_new(NULL);
  SmtpParameter parameter;

  while (smtp_parameter_next(&cursor, copy + len, &parameter, &error) == FOUND) {
    g_string_append_len(printed, parameter.keyword, (gssize)parameter.keyword_len);
    if (parameter.value) {
      g_string_append_c(printed, '[');
      g_string_append_len(printed, parameter.value, (gssize)parameter.value_len);
      g_string_append_c(printed, ']');
    }
    g_string_append_c(printed, ' ');
  }
  if (error) {
    g_assert_error(error, SMTP_SYNTAX_ERROR, SMTP_SYNTAX_ERROR_PARAMETER);
    g_string_append_c(printed, '!');
  } else {
    g_assert_true(cursor == copy + len);
  }
  return g_string_free(printed, FALSE);
}

static void test_addresses_that_stand_alone(void) {
  static const struct {
    const char *address;
    const char *sender; /* NULL: it is none */
    const char *recipient;
    guint leniencies;
  } vectors[] = {
      {"root", "root", "root", SMTP_LENIENT_DOMAIN},
      {"a..b@c", "a..b@c", "a..b@c", SMTP_LENIENT_DOTS},
      {"a..b", NULL, NULL, SMTP_LENIENT_DOTS},
      {"a..b@c", NULL, NULL},
      {"a@b.example", "a@b.example", "a@b.example"},
      {"@c.example:a@b.example", "a@b.example", "a@b.example"},
      {"", "", NULL},
      {"postmaster", NULL, "postmaster"},
      {"a", NULL, NULL},
      {" a@b.example", NULL, NULL},
      {"a@b.example ", NULL, NULL},
      {"<a@b.example>", NULL, NULL},
      {"a@b.example> SIZE=1", NULL, NULL},
      {"a@b.example>", NULL, NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *sender = smtp_address_parse(vectors[i].address, SMTP_PATH_REVERSE, vectors[i].leniencies);
    g_autofree char *recipient = smtp_address_parse(vectors[i].address, SMTP_PATH_FORWARD, vectors[i].leniencies);
    g_assert_cmpstr(sender, ==, vectors[i].sender);
    g_assert_cmpstr(recipient, ==, vectors[i].recipient);
  }
}

static void names_in_a_code_page_are_printed_by_bytes(void) {
  static const struct {
    const char *name;
    const char *printed;
  } rows[] = {
      {"client.example", "client.example"}, {"M\xc3\x9cLLER", "M\xc3\x9cLLER"},
      {"M\xdcLLER-PC", "M\\xDCLLER-PC"},    {"\x83\x5c", "\\x83\\"},
      {"\xc3\xa9\xff", "\\xC3\\xA9\\xFF"}, /* what looks like UTF-8 in it is none */
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *printed = smtp_helo_print(rows[i].name, strlen(rows[i].name));
    g_assert_cmpstr(printed, ==, rows[i].printed);
  }
}

static void test_parameters(void) {
  static const struct {
    const char *text;
    gsize len;
    const char *printed;
  } rows[] = {
      {TEXT(""), ""},
      {TEXT("  \t "), ""},
      {TEXT("SMTPUTF8"), "SMTPUTF8 "},
      {TEXT(" SIZE=100 BODY=8BITMIME"), "SIZE[100] BODY[8BITMIME] "},
      {TEXT("  SIZE=100 \t X-a-1  "), "SIZE[100] X-a-1 "},
      {TEXT("AUTH=<> 1A=b"), "AUTH[<>] 1A[b] "},
      {TEXT("A=!~:;,<>?@[]\"\\"), "A[!~:;,<>?@[]\"\\] "},
      {TEXT("A=\xc3\xa9z"), "A[\xc3\xa9z] "},
      {TEXT("A="), "!"},
      {TEXT("A= B"), "!"},
      {TEXT("B A="), "B !"},
      {TEXT("A=b=c"), "!"},
      {TEXT("A=="), "!"},
      {TEXT("=b"), "!"},
      {TEXT("-A=b"), "!"},
      {TEXT("A_B=c"), "!"},
      {TEXT("\xc3\xa9=c"), "!"},
      {TEXT("A=\xc3"), "!"},
      {TEXT("A=b\xc2\x85"), "!"},
      {TEXT("A=b\x01"), "!"},
      {TEXT("A=b\x7f"), "!"},
      {TEXT("A=b\0"), "!"},
      {TEXT("A\0=b"), "!"},
      {TEXT("\0"), "!"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *printed = parameters_print(rows[i].text, rows[i].len);
    g_assert_cmpstr(printed, ==, rows[i].printed);
  }
}

static void test_helo_names(void) {
  static const struct {
    const char *name;
    gsize len;
    SmtpHeloForm form;
  } rows[] = {
      {TEXT(""), SMTP_HELO_NONE},
      {TEXT("a\tb"), SMTP_HELO_NONE},
      {TEXT("a\0b"), SMTP_HELO_NONE},
      {TEXT("a\x7f"), SMTP_HELO_NONE},
      {TEXT("\xff"), SMTP_HELO_CODE_PAGE},
      {TEXT("M\xdcLLER-PC"), SMTP_HELO_CODE_PAGE},              /* code page 1252 */
      {TEXT("\xcc\xc0\xd8\xc0-\xcf\xca"), SMTP_HELO_CODE_PAGE}, /* 1251 */
      {TEXT("\x83\x5c\x83\x6a\x81\x5b"), SMTP_HELO_CODE_PAGE},  /* 932: bytes of ASCII in the characters */
      {TEXT("\xc3\xa9\xff"), SMTP_HELO_CODE_PAGE},
      {TEXT("\xc2\x85\xff"), SMTP_HELO_CODE_PAGE},
      {TEXT("a\xff\x01"), SMTP_HELO_NONE},
      {TEXT("a\xff\x7f"), SMTP_HELO_NONE},
      {TEXT("a\xff\0b"), SMTP_HELO_NONE},
      {TEXT("a\xc2\x85"), SMTP_HELO_NONE},
      {TEXT("localhost"), SMTP_HELO_NAME},
      {TEXT("mail.example.com"), SMTP_HELO_NAME},
      {TEXT("MAIL-1.example"), SMTP_HELO_NAME},
      {TEXT("[127.0.0.1]"), SMTP_HELO_NAME},
      {TEXT("[IPv6:::1]"), SMTP_HELO_NAME},
      {TEXT("[x:a_b]"), SMTP_HELO_NAME},
      {TEXT(DOMAIN_255), SMTP_HELO_NAME},
      {TEXT("127.0.0.1"), SMTP_HELO_ADDRESS},
      {TEXT("::1"), SMTP_HELO_ADDRESS},
      {TEXT("2001:db8::25"), SMTP_HELO_ADDRESS},
      {TEXT(DOMAIN_255 "a"), SMTP_HELO_ODD},
      {TEXT(A64), SMTP_HELO_ODD},
      {TEXT("my_host"), SMTP_HELO_ODD},
      {TEXT("\xe4\xbe\x8b.jp"), SMTP_HELO_ODD},
      {TEXT("example.com."), SMTP_HELO_ODD},
      {TEXT("a..b"), SMTP_HELO_ODD},
      {TEXT("-a"), SMTP_HELO_ODD},
      {TEXT("two words"), SMTP_HELO_ODD},
      {TEXT(" "), SMTP_HELO_ODD},
      {TEXT("."), SMTP_HELO_ODD},
      {TEXT("[127.0.0.1"), SMTP_HELO_ODD},
      {TEXT("[::1]"), SMTP_HELO_ODD},
      {TEXT("[127.0.0.1]x"), SMTP_HELO_ODD},
      {TEXT("IPv6:::1"), SMTP_HELO_ODD},
      {TEXT("(comment)"), SMTP_HELO_ODD},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = exact_copy(rows[i].name, rows[i].len);
    g_assert_cmpint(smtp_helo_classify(name, rows[i].len), ==, rows[i].form);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/smtp_command/line_is_split_at_its_first_space", test_line_is_split_at_its_first_space);
  g_test_add_func("/smtp_command/word_is_compared_without_case", test_word_is_compared_without_case);
  g_test_add_func("/smtp_command/number_saturates", test_number_saturates);
  g_test_add_func("/smtp_command/good_paths", test_good_paths);
  g_test_add_func("/smtp_command/beginnings_of_paths_are_rejected", test_beginnings_of_paths_are_rejected);
  g_test_add_func("/smtp_command/bad_paths_are_explained", test_bad_paths_are_explained);
  g_test_add_func("/smtp_command/control_bytes_are_rejected_everywhere", test_control_bytes_are_rejected_everywhere);
  g_test_add_func("/smtp_command/addresses_that_stand_alone", test_addresses_that_stand_alone);
  g_test_add_func("/smtp_command/names_in_a_code_page_are_printed_by_bytes", names_in_a_code_page_are_printed_by_bytes);
  g_test_add_func("/smtp_command/parameters", test_parameters);
  g_test_add_func("/smtp_command/helo_names", test_helo_names);
  return g_test_run();
}
