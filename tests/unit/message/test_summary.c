#include "message/summary.h"

#include <string.h>

#define BLOCK                                                                                                          \
  "Return-Path: <from@x.test>\nX-Peer: 127.0.0.1:1\nX-MailFrom: from@x.test\nX-RcptTo: to@x.test, Blind@x.test\n"      \
  "Received: from c.test ([127.0.0.1])\n\tby mx (dsmtpd 2) with ESMTP id 1;\n\tMon, 1 Jan 2024 05:30:09 +0530\n"

static MailSummary *read_mail(const char *mail) {
  g_autoptr(GBytes) bytes = g_bytes_new(mail, strlen(mail));

  return mail_summary_read(bytes, 0);
}

static void assert_strings(const GPtrArray *strings, const char *expected) {
  g_autoptr(GString) joined = g_string_new(NULL);

  for (guint i = 0; i < strings->len; i++)
    g_string_append_printf(joined, "%s%s", i > 0 ? "|" : "", (const char *)g_ptr_array_index(strings, i));
  g_assert_cmpstr(joined->str, ==, expected);
}

static void ordinary_mail_is_summed_up(void) {
  static const char mail[] =
      "From: =?utf-8?q?J=C3=B6rg?= <from@x.test>\nTo: TO@x.test\nSubject: =?utf-8?b?w7w=?=\nMessage-ID: <i@x>\n"
      "In-Reply-To: <r@x>\nDate: Mon, 01 Jan 2024 00:00:00 +0000\n"
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n  there\n--b\nContent-Type: image/png; "
      "name=\"a.png\"\n\nx\n"
      "--b--\n";
  g_autofree char *stored = g_strconcat(BLOCK, mail, NULL);
  g_autoptr(MailSummary) summary = read_mail(stored);
  gsize n_lines = 0;

  for (const char *at = mail; *at; at++)
    n_lines += *at == '\n';
  g_assert_cmpstr(summary->subject, ==, "ü");
  g_assert_cmpstr(summary->message_id, ==, "i@x");
  g_assert_true(summary->has_message_id);
  g_assert_cmpstr(summary->return_path, ==, "from@x.test");
  g_assert_cmpstr(summary->snippet, ==, "Hello there");
  g_assert_cmpstr(summary->text, ==, "Hello\n  there");
  g_assert_cmpint(summary->date_us, ==, G_GINT64_CONSTANT(1704067200) * G_USEC_PER_SEC);
  g_assert_cmpint(summary->received_us, ==, G_GINT64_CONSTANT(1704067209) * G_USEC_PER_SEC);
  g_assert_cmpuint(summary->size_bytes, ==, strlen(mail) + n_lines); /* with CRLF */
  g_assert_cmpuint(summary->n_attachments, ==, 1);
  g_assert_cmpuint(summary->n_inline, ==, 0);
  assert_strings(summary->attachment_names, "a.png");
  assert_strings(summary->references, "r@x");
  assert_strings(summary->recipients, "to@x.test|Blind@x.test");
  g_assert_cmpuint(summary->headers->len, ==, 7);
  const MailAddress *from = g_ptr_array_index(summary->addresses[SUMMARY_FROM], 0);
  g_assert_cmpstr(from->name, ==, "Jörg");
  g_assert_cmpstr(from->address, ==, "from@x.test");
  /* The recipient that no header names; letter case does not count. */
  g_assert_cmpuint(summary->addresses[SUMMARY_BCC]->len, ==, 1);
  const MailAddress *blind = g_ptr_array_index(summary->addresses[SUMMARY_BCC], 0);
  g_assert_cmpstr(blind->address, ==, "Blind@x.test");
}

static void who_logged_in_is_told(void) {
  g_autoptr(MailSummary) summary =
      read_mail("Return-Path: <a@b>\nX-Peer: 127.0.0.1:1\nX-MailFrom: a@b\nX-RcptTo: c@d\nX-Auth-User: Jürgen\n"
                "Received: from c.test ([127.0.0.1])\n\tby mx (dsmtpd 2) with ESMTPA id 1\n\tfor <c@d>; x\n\nhello\n");

  g_assert_cmpstr(summary->username, ==, "Jürgen");
  g_assert_cmpstr(summary->text, ==, "hello\n");
}

static void mail_without_anything_is_summed_up(void) {
  static const char *const messages[] = {"", "\n", "hello", BLOCK};

  for (gsize i = 0; i < G_N_ELEMENTS(messages); i++) {
    g_autoptr(MailSummary) summary = read_mail(messages[i]);
    g_assert_cmpstr(summary->subject, ==, "");
    g_assert_cmpstr(summary->username, ==, "");
    g_assert_false(summary->has_message_id);
    g_assert_cmpint(summary->date_us, ==, 0);
    g_assert_nonnull(summary->snippet);
    g_assert_nonnull(summary->text);
    g_assert_true((summary->return_path != NULL) == (messages[i][0] == 'R'));
  }
}

static void snippet_prefers_the_html(void) {
  g_autoptr(MailSummary) summary =
      read_mail("Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n"
                "<style>p{}</style><p>Rich &amp; <a href='https://x.test/'>linked</a></p>\n--b--\n");

  g_assert_cmpstr(summary->snippet, ==, "Rich & linked");
  g_assert_cmpstr(summary->text, ==, "plain\nRich & linked (https://x.test/)");
}

static void long_text_is_cut_in_the_snippet(void) {
  for (gsize len = 195; len <= 205; len++) {
    g_autofree char *text = g_strnfill(len, 'a');
    g_autofree char *mail = g_strconcat("\n", text, "ü", NULL);
    g_autoptr(MailSummary) summary = read_mail(mail);
    gboolean is_cut = len + 2 > 200;
    g_assert_true(g_str_has_suffix(summary->snippet, is_cut ? "a..." : "ü"));
    g_assert_cmpuint(strlen(summary->snippet), <=, 203);
  }
}

static void text_is_bounded(void) {
  g_autoptr(GString) mail = g_string_new("X: y\n\n");

  while (mail->len < 3 * SUMMARY_TEXT_BYTES_MAX)
    g_string_append(mail, "aü ");
  g_autoptr(MailSummary) summary = read_mail(mail->str);
  g_assert_cmpuint(strlen(summary->text), <=, SUMMARY_TEXT_BYTES_MAX);
  g_assert_cmpuint(strlen(summary->text), >, SUMMARY_TEXT_BYTES_MAX - 8);
  g_assert_true(g_utf8_validate(summary->text, -1, NULL));
}

static void lists_are_bounded(void) {
  for (guint n = SUMMARY_LIST_MAX - 1; n <= SUMMARY_LIST_MAX + 1; n++) {
    g_autoptr(GString) mail = g_string_new("To: ");
    for (guint i = 0; i < n; i++)
      g_string_append_printf(mail, "%sa%u@x.test", i > 0 ? ",\n " : "", i);
    g_string_append(mail, "\nReferences:");
    for (guint i = 0; i < n; i++)
      g_string_append_printf(mail, "\n <%u@x>", i);
    g_string_append(mail, "\n\n");
    g_autoptr(MailSummary) summary = read_mail(mail->str);
    g_assert_cmpuint(summary->addresses[SUMMARY_TO]->len, ==, MIN(n, SUMMARY_LIST_MAX));
    g_assert_cmpuint(summary->references->len, ==, MIN(n, SUMMARY_LIST_MAX));
    g_autofree char *last = g_strdup_printf("%u@x", n - 1);
    g_assert_cmpstr(g_ptr_array_index(summary->references, summary->references->len - 1), ==, last);
  }
}

static void tags_are_asked_for_by_the_mail(void) {
  g_autoptr(MailSummary) summary =
      read_mail("To: user+one@x.test, b@x.test\nCc: c+two+three@x.test, +@x.test\nX-Tags: a b , c,,d\n\n");

  assert_strings(summary->tags, "a b|c|d|one|two|three");
}

static void tags_asked_for_in_a_way_that_is_ignored_are_left_out(void) {
  static const char mail[] = "To: user+one@x.test\nX-Tags: a, b\n\n";
  static const struct {
    SummaryIgnored ignored;
    const char *tags;
  } cases[] = {{0, "a|b|one"},
               {SUMMARY_IGNORE_X_TAGS, "one"},
               {SUMMARY_IGNORE_PLUS, "a|b"},
               {SUMMARY_IGNORE_X_TAGS | SUMMARY_IGNORE_PLUS, ""}};
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(MailSummary) summary = mail_summary_read(bytes, cases[i].ignored);
    g_autoptr(SummaryReader) reader = summary_reader_new(cases[i].ignored);
    summary_reader_feed(reader, mail, strlen(mail));
    g_autoptr(MailSummary) piecewise = summary_reader_end(reader);
    assert_strings(summary->tags, cases[i].tags);
    assert_strings(piecewise->tags, cases[i].tags);
  }
}

/* A name without a domain, as SMTP takes it; what is just words is none. */
static void names_without_a_domain_are_addresses(void) {
  g_autoptr(MailSummary) summary =
      read_mail("Return-Path: <root>\nX-Peer: [::1]:5\nX-MailFrom: root\nX-RcptTo: admin+cron, root, Root\n"
                "Received: from c.test ([127.0.0.1])\n\tby mx (dsmtpd 2) with ESMTP id 1;\n\tx\n"
                "To: root, C++ developers\n\nhi\n");

  assert_strings(summary->tags, "cron");
  g_assert_cmpstr(summary->return_path, ==, "root");
  assert_strings(summary->recipients, "admin+cron|root|Root");
  const GPtrArray *blind = summary->addresses[SUMMARY_BCC];
  g_assert_cmpuint(blind->len, ==, 1);
  g_assert_cmpstr(((const MailAddress *)g_ptr_array_index(blind, 0))->address, ==, "admin+cron");
}

static void a_copy_has_what_lists_show(void) {
  g_autoptr(MailSummary) summary =
      read_mail(BLOCK "From: A <a@x.test>\nSubject: s\nMessage-ID: <i@x>\nReferences: <r@x>\n\nHello\n");
  g_autoptr(MailSummary) copy = mail_summary_copy(summary);

  g_assert_cmpstr(copy->subject, ==, "s");
  g_assert_cmpstr(copy->message_id, ==, "i@x");
  g_assert_cmpstr(copy->snippet, ==, "Hello");
  g_assert_cmpuint(copy->size_bytes, ==, summary->size_bytes);
  g_assert_cmpint(copy->received_us, ==, summary->received_us);
  assert_strings(copy->references, "r@x");
  assert_strings(copy->recipients, "to@x.test|Blind@x.test");
  g_assert_cmpstr(((const MailAddress *)g_ptr_array_index(copy->addresses[SUMMARY_FROM], 0))->name, ==, "A");
  g_assert_null(copy->text);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/summary/" #name, name)
  ADD(ordinary_mail_is_summed_up);
  ADD(who_logged_in_is_told);
  ADD(mail_without_anything_is_summed_up);
  ADD(snippet_prefers_the_html);
  ADD(long_text_is_cut_in_the_snippet);
  ADD(text_is_bounded);
  ADD(lists_are_bounded);
  ADD(tags_are_asked_for_by_the_mail);
  ADD(tags_asked_for_in_a_way_that_is_ignored_are_left_out);
  ADD(names_without_a_domain_are_addresses);
  ADD(a_copy_has_what_lists_show);
#undef ADD
  return g_test_run();
}
