/* Answers are read whole, byte by byte and split at every place, which must make no difference. */
#include "syntax/spamd_answer.h"
#include <string.h>

#define HEAD "SPAMD/1.1 0 EX_OK\r\n"
#define SPAM "Spam: True ; 1003.3 / 5.0\r\n"

static const char report[] = "Spam detection software says:\n"
                             "Content preview:  hello\n"
                             "  ---- ----\n"
                             "  99 QUOTED text of the mail\n"
                             "\n"
                             " pts rule name              description\n"
                             "---- ---------------------- ----------\n"
                             " 0.6 MISSING_MID            Missing Message-Id: header\n"
                             "-0.0 NO_RECEIVED            Informational: message has no\n"
                             "                            Received headers\n"
                             "1000 GTUBE                  BODY: Generic Test\n"
                             " 0.6 BARE\n"
                             "\n"
                             "  50 BEHIND                 the table\n";

static void print_answer(GString *said, const SpamdAnswer *answer) {
  g_string_append_printf(said, "%s %.1f/%.1f", answer->is_spam ? "spam" : "ham", answer->score, answer->threshold);
  for (guint i = 0; i < answer->rules->len; i++) {
    const SpamdRule *rule = g_ptr_array_index(answer->rules, i);
    g_string_append_printf(said, "; %.1f %s (%s)", rule->score, rule->name, rule->description);
  }
}

/* What is read of an answer whose first `split` bytes come in steps, the rest at once, then the end. */
static char *play(const char *bytes, gsize len, gsize split, gsize step) {
  g_auto(SpamdReader) reader = {0};
  g_autoptr(GError) error = NULL;
  GString *said = g_string_new(NULL);
  SpamdStatus status = SPAMD_MORE;

  for (gsize at = 0; at < len && status == SPAMD_MORE;) {
    gsize n_bytes = at < split ? MIN(step, split - at) : len - at;
    status = spamd_reader_take(&reader, bytes + at, n_bytes, &error);
    at += n_bytes;
  }
  if (status == SPAMD_MORE)
    status = spamd_reader_end(&reader, &error);
  g_assert_cmpint(status, ==, error ? SPAMD_WRONG : SPAMD_WHOLE);
  if (error)
    g_string_append(said, error->message);
  else
    print_answer(said, reader.answer);
  return g_string_free(said, FALSE);
}

static void expect(const char *bytes, gsize len, const char *expected) {
  g_autofree char *whole = play(bytes, len, 0, len);
  g_autofree char *dripped = play(bytes, len, len, 1);

  g_assert_cmpstr(whole, ==, expected);
  g_assert_cmpstr(dripped, ==, expected);
  for (gsize split = 1; split < len; split++) {
    g_autofree char *said = play(bytes, len, split, len);
    g_assert_cmpstr(said, ==, expected);
  }
}

static void reports_are_read_however_they_come(void) {
  static const char rules[] = "spam 1003.3/5.0; 1000.0 GTUBE (BODY: Generic Test); 0.6 BARE (); "
                              "0.6 MISSING_MID (Missing Message-Id: header); "
                              "-0.0 NO_RECEIVED (Informational: message has no Received headers)";
  g_autofree char *with_length =
      g_strdup_printf(HEAD "Content-length: %zu\r\n" SPAM "\r\n%sand more", strlen(report), report);
  g_autofree char *to_the_end = g_strconcat(HEAD SPAM "X: y\r\n\r\n", report, NULL);

  expect(with_length, strlen(with_length), rules);
  expect(to_the_end, strlen(to_the_end), rules);
}

static void answers_say_what_they_are(void) {
  static const struct {
    const char *bytes, *said;
  } rows[] = {
      {HEAD "Spam: False ; -1.5 / 5.0\r\n\r\n", "ham -1.5/5.0"},
      {HEAD "SPAM:no;0/0\r\ncontent-LENGTH:0\r\n\r\n", "ham 0.0/0.0"},
      {"SPAMD/1.5 0\r\nSpam: yes ; 5.0 / 5.0\r\n\r\n---- ----\n 1.0 A_b9 x\x1b[2J\xff\n",
       "spam 5.0/5.0; 1.0 A_b9 (x [2J\xef\xbf\xbd)"},
      {"SPAMD/1.0 76 Bad header line: \x1b(REPORT)\r\n",
       "spamd did not check the message: 76 Bad header line: \\033(REPORT)"},
      {"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1 / 5\r\nContent-length: 5\r\n\r\nfour",
       "spamd closed the connection before its answer was complete"},
      {HEAD SPAM "\r", "spamd closed the connection before its answer was complete"},
      {"", "spamd closed the connection before its answer was complete"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "not an answer of spamd: it does not begin with SPAMD/"},
      {"SPAMD/1.1 EX_OK\r\n", "not an answer of spamd: its first line has no status"},
      {HEAD "Content-length: 0\r\n\r\n", "not an answer of spamd: it has no verdict"},
      {HEAD SPAM SPAM "\r\n", "not an answer of spamd: it has two verdicts"},
      {HEAD "Content-length: 1\r\nContent-length: 1\r\n", "not an answer of spamd: it has two lengths"},
      {HEAD "Content-length: +1\r\n", "not an answer of spamd: its length is not a number"},
      {HEAD "Content-length: 99999999999999999999\r\n", "not an answer of spamd: its length is not a number"},
      {HEAD "Content-length: 253953\r\n", "not an answer of spamd: it is too long"},
      {HEAD "no colon\r\n", "not an answer of spamd: a header has no colon"},
  };
  static const char *const wrong_verdicts[] = {
      "Spam: Maybe ; 1 / 5",
      "Spam: True",
      "Spam: True ; / 5",
      "Spam: True ; nan / 5",
      "Spam: True ; 1 / 5 x",
      "Spam: TrueTrue ; 1 / 5",
      "Spam: True ; 1e5 / 5",
      "Spam: True ; 1.2.3 / 5",
      "Spam: True ; 000000000000000000001 / 5",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(rows[i].bytes, strlen(rows[i].bytes), rows[i].said);
  for (gsize i = 0; i < G_N_ELEMENTS(wrong_verdicts); i++) {
    g_autofree char *bytes = g_strconcat(HEAD, wrong_verdicts[i], "\r\n\r\n", NULL);
    expect(bytes, strlen(bytes), "not an answer of spamd: its verdict is not like \"True ; 7.5 / 5.0\"");
  }
  expect(HEAD "A: \0b\r\n", sizeof HEAD "A: \0b\r\n" - 1, "not an answer of spamd: there is a NUL in its head");
}

/* A head of so many bytes, and a body of so many without a length. */
static char *play_sizes(gsize head_len, gsize body_len, gsize step) {
  GString *bytes = g_string_new(HEAD SPAM "X: ");

  while (bytes->len < head_len - strlen("\r\n\r\n"))
    g_string_append_c(bytes, 'x');
  g_string_append(bytes, "\r\n\r\n");
  while (bytes->len < head_len + body_len)
    g_string_append_c(bytes, 'x');
  char *said = play(bytes->str, bytes->len, bytes->len, step);
  g_string_free(bytes, TRUE);
  return said;
}

static void expect_sizes(gsize head_len, gsize body_len, const char *expected) {
  g_autofree char *whole = play_sizes(head_len, body_len, G_MAXSIZE / 2);
  g_autofree char *pieces = play_sizes(head_len, body_len, 1000);

  g_assert_cmpstr(whole, ==, expected);
  g_assert_cmpstr(pieces, ==, expected);
}

static void sizes_have_limits(void) {
  expect_sizes(SPAMD_HEAD_MAX, 0, "spam 1003.3/5.0");
  expect_sizes(SPAMD_HEAD_MAX + 1, 0, "not an answer of spamd: its head is too long");
  expect_sizes(SPAMD_HEAD_MAX, SPAMD_ANSWER_MAX - SPAMD_HEAD_MAX, "spam 1003.3/5.0");
  expect_sizes(SPAMD_HEAD_MAX, SPAMD_ANSWER_MAX - SPAMD_HEAD_MAX + 1, "not an answer of spamd: it is too long");
}

static void rules_and_descriptions_have_limits(void) {
  GString *bytes = g_string_new(HEAD SPAM "\r\n---- ----\n");
  g_auto(SpamdReader) reader = {0};
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i <= SPAMD_RULES_MAX; i++)
    g_string_append_printf(bytes, " 1.0 RULE_%03u first\n", i);
  g_assert_cmpint(spamd_reader_take(&reader, bytes->str, bytes->len, &error), ==, SPAMD_MORE);
  g_assert_cmpint(spamd_reader_end(&reader, &error), ==, SPAMD_WHOLE);
  g_assert_cmpuint(reader.answer->rules->len, ==, SPAMD_RULES_MAX);

  g_auto(SpamdReader) long_reader = {0};
  g_string_assign(bytes, HEAD SPAM "\r\n---- ----\n 1.0 RULE ");
  for (guint i = 0; i <= SPAMD_DESCRIPTION_MAX; i++)
    g_string_append(bytes, "\xc3\xa4");
  g_assert_cmpint(spamd_reader_take(&long_reader, bytes->str, bytes->len, &error), ==, SPAMD_MORE);
  g_assert_cmpint(spamd_reader_end(&long_reader, &error), ==, SPAMD_WHOLE);
  const SpamdRule *rule = g_ptr_array_index(long_reader.answer->rules, 0);
  g_assert_cmpuint(strlen(rule->description), ==, SPAMD_DESCRIPTION_MAX);
  g_assert_true(g_utf8_validate(rule->description, -1, NULL));
  g_string_free(bytes, TRUE);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/spamd_answer/reports_are_read_however_they_come", reports_are_read_however_they_come);
  g_test_add_func("/spamd_answer/answers_say_what_they_are", answers_say_what_they_are);
  g_test_add_func("/spamd_answer/sizes_have_limits", sizes_have_limits);
  g_test_add_func("/spamd_answer/rules_and_descriptions_have_limits", rules_and_descriptions_have_limits);
  return g_test_run();
}
