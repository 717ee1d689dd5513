#include "message/condense.h"

#include "message/summary.h"
#include <string.h>

enum { MIB = 1024 * 1024, ALL_KEPT_MAX = CONDENSE_HEAD_BYTES + CONDENSE_TEXT_BYTES_MAX + CONDENSE_HEADER_BYTES_MAX };

#define BLOCK                                                                                                          \
  "Return-Path: <from@x.test>\nX-Peer: 127.0.0.1:1\nX-MailFrom: from@x.test\nX-RcptTo: to@x.test\n"                    \
  "Received: from c.test ([127.0.0.1])\n\tby mx (dsmtpd 2) with ESMTP id 1;\n\tMon, 1 Jan 2024 05:30:09 +0530\n"

static void add_lines(GString *mail, const char *line, gsize n_bytes) {
  for (gsize n = 0; n < n_bytes; n += strlen(line))
    g_string_append(mail, line);
}

/* Attachments, then a text behind them, then one whose header tells it late. */
static GString *large_mail(void) {
  GString *mail = g_string_new(
      BLOCK "From: from@x.test\nTo: to@x.test\nSubject: large\nContent-Type: multipart/mixed; boundary=b\n\n"
            "--b\n\nfirst text\n-- \nsignature\n");

  for (guint i = 0; i < 4; i++) {
    g_string_append_printf(mail,
                           "--b\r\nCONTENT-type :  Application/zip;\r\n name=\"%u.zip\"\r\n"
                           "Content-Transfer-Encoding: base64\r\n\r\n",
                           i);
    add_lines(mail, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\n", 2 * MIB);
  }
  g_string_append(mail, "--b\nContent-Type: text/plain\n\ntext behind\n"
                        "--b\nContent-Description: late\nContent-Type: image/png\nContent-ID: <i>\n\nx\n--b--\n");
  return mail;
}

static MailSummary *read_in_pieces(const GString *mail, gsize piece) {
  g_autoptr(SummaryReader) reader = summary_reader_new(0);

  for (gsize at = 0; at < mail->len; at += piece)
    summary_reader_feed(reader, mail->str + at, MIN(piece, mail->len - at));
  return summary_reader_end(reader);
}

static MailSummary *read_whole(const GString *mail) {
  g_autoptr(GBytes) bytes = g_bytes_new(mail->str, mail->len);

  return mail_summary_read(bytes, 0);
}

static void assert_same(const MailSummary *is, const MailSummary *expected) {
  g_assert_cmpstr(is->subject, ==, expected->subject);
  g_assert_cmpstr(is->message_id, ==, expected->message_id);
  g_assert_cmpstr(is->return_path, ==, expected->return_path);
  g_assert_cmpuint(is->size_bytes, ==, expected->size_bytes);
  g_assert_cmpint(is->received_us, ==, expected->received_us);
  g_assert_cmpuint(is->n_attachments, ==, expected->n_attachments);
  g_assert_cmpuint(is->n_inline, ==, expected->n_inline);
  g_assert_cmpuint(is->headers->len, ==, expected->headers->len);
  g_assert_cmpuint(is->attachment_names->len, ==, expected->attachment_names->len);
  for (guint i = 0; i < is->attachment_names->len; i++)
    g_assert_cmpstr(is->attachment_names->pdata[i], ==, expected->attachment_names->pdata[i]);
  g_assert_cmpstr(is->snippet, ==, expected->snippet);
  g_assert_cmpstr(is->text, ==, expected->text);
}

static void in_pieces_it_is_as_whole(void) {
  static const gsize pieces[] = {1, 7, 4096, 65537, G_MAXINT};
  g_autoptr(GString) mail = large_mail();
  g_autoptr(MailSummary) whole = read_whole(mail);

  g_assert_cmpuint(whole->n_attachments, ==, 4);
  g_assert_cmpuint(whole->n_inline, ==, 1);
  g_assert_nonnull(strstr(whole->text, "text behind"));
  for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
    g_autoptr(MailSummary) summary = read_in_pieces(mail, pieces[i]);
    assert_same(summary, whole);
  }
}

/* Where the head ends must not matter: it is moved over the boundary and the header after the first attachment. */
static void head_may_end_anywhere(void) {
  static const char behind[] = "--b\r\nContent-Type: application/zip; name=z\r\n\r\nQUJD\n--b\n\ntext behind\n--b--\n";

  for (gsize n_behind = 0; n_behind <= sizeof behind; n_behind++) {
    g_autoptr(GString) mail = g_string_new("Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
                                           "Content-Type: image/png; name=i\n\n");
    while (mail->len + 1 < CONDENSE_HEAD_BYTES - n_behind)
      g_string_append_c(mail, mail->len % 77 == 0 ? '\n' : 'Q');
    g_string_append_c(mail, '\n');
    g_string_append(mail, behind);
    g_autoptr(MailSummary) whole = read_whole(mail);
    g_autoptr(MailSummary) summary = read_in_pieces(mail, 65536);
    g_assert_cmpuint(whole->n_attachments, ==, 2);
    assert_same(summary, whole);
  }
}

static gsize kept_of(const char *start, const char *line, gsize n_bytes) {
  GByteArray *head = g_byte_array_new();

  g_byte_array_append(head, (const guint8 *)start, (guint)strlen(start));
  g_autoptr(Condenser) condenser = condenser_new(head);
  for (gsize n = 0; n < n_bytes; n += strlen(line))
    condenser_feed(condenser, line, strlen(line));
  g_autoptr(GBytes) kept = condenser_end(condenser);
  return g_bytes_get_size(kept) - strlen(start);
}

static void what_is_kept_has_limits(void) {
  enum { FED = 16 * MIB };

  g_assert_cmpuint(kept_of("Content-Type: image/png\n\n", "x\n", FED), ==, 0);
  g_assert_cmpuint(kept_of("Subject: x\n\n", "text\n", FED), ==, CONDENSE_TEXT_BYTES_MAX + 1 /* a line end */);
  g_assert_cmpuint(kept_of("Subject: x\n\n", "text\n", MIB), <=, MIB + 5);
  g_assert_cmpuint(kept_of("Subject: x\n", "a: b\n", FED), <=, CONDENSE_HEADER_BYTES_MAX + 1);
  g_assert_cmpuint(kept_of("Subject: x\n\n", "--\n", FED), <=, CONDENSE_HEADER_BYTES_MAX + 1);
  g_assert_cmpuint(kept_of("Subject: x\n\n", "--b\n\ntext\n", FED), <=, ALL_KEPT_MAX);
  g_assert_cmpuint(kept_of("Subject: x\n\n", "no line end", FED), ==, CONDENSE_TEXT_BYTES_MAX);
}

int main(int argc, char *argv[]) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/condense/in_pieces_it_is_as_whole", in_pieces_it_is_as_whole);
  g_test_add_func("/condense/head_may_end_anywhere", head_may_end_anywhere);
  g_test_add_func("/condense/what_is_kept_has_limits", what_is_kept_has_limits);
  return g_test_run();
}
