/* What envelope.c prints is read again, and what it did not print is no block. */
#include "syntax/envelope.h"

#include <string.h>
#include <time.h>

typedef struct Row {
  const char *peer;
  const char *literal;
  const char *helo;
  gboolean helo_is_name;
  const char *protocol;
  const char *reverse_path;
  const char *forward_paths[4];
  const char *bare_lf;
  const char *auth_user;
  const char *diagnostics;
} Row;

static const Row rows[] = {
    {"127.0.0.1:50312", "[127.0.0.1]", "client.test", TRUE, "ESMTP", "a@b.test", {"c@d.test"}, NULL},
    {"[::1]:50312", "[IPv6:::1]", "[IPv6:::1]", TRUE, "UTF8SMTP", "", {"用户@例え.jp", "c@d.test"}, "3 7-9"},
    {"127.0.0.1:1", "[127.0.0.1]", "my_host", FALSE, "SMTP", "a@b", {"c@d"}, "*"},
    {"127.0.0.1:1", "[127.0.0.1]", "a) (b\\", FALSE, "SMTP", "a@b", {"c@d"}, NULL},
    {"127.0.0.1:1", "[127.0.0.1]", NULL, FALSE, "SMTP", "a@b", {"c@d"}, NULL},
    {"unix:/run/mail.sock", NULL, NULL, FALSE, "ESMTP", "a@b", {"c@d"}, NULL},
    {"unix:/run/mail.sock", NULL, "client.test", TRUE, "ESMTP", "a@b", {"c@d"}, NULL},
    {"unix:/run/mail.sock", NULL, "my_host", FALSE, "ESMTP", "a@b", {"c@d"}, NULL},
    {"127.0.0.1:1", "[127.0.0.1]", "client.test", TRUE, "ESMTPA", "a@b", {"c@d"}, NULL, "tim"},
    {"127.0.0.1:1", "[127.0.0.1]", "client.test", TRUE, "UTF8SMTPSA", "a@b", {"c@d"}, "3", "Jürgen: (M, \"x\")"},
    {"127.0.0.1:1",
     "[127.0.0.1]",
     "\\xCC\\xC0",
     FALSE,
     "SMTP",
     "root",
     {"a..b@c", "user+tag"},
     "3",
     "tim",
     "no-domain odd-dots"},
    {"127.0.0.1:1", "[127.0.0.1]", "h", TRUE, "SMTP", "root", {"c@d"}, NULL, NULL, "helo-code-page"},
    {"1.2.3.4:5", "[1.2.3.4]", "h", TRUE, "ESMTP", "\"a, b\"@c", {"\"x, y\"@d", "\"q\\\", r\"@d", "c@d"}, NULL},
};

static char *print(const Row *row, const char *mail, gsize *block_len) {
  g_autoptr(Envelope) envelope = envelope_new();

  envelope->peer = g_strdup(row->peer);
  envelope->peer_literal = g_strdup(row->literal);
  envelope->helo = g_strdup(row->helo);
  envelope->helo_is_name = row->helo_is_name;
  envelope->protocol = row->protocol;
  envelope->auth_user = g_strdup(row->auth_user);
  envelope->diagnostics = g_strdup(row->diagnostics);
  envelope->reverse_path = g_strdup(row->reverse_path);
  envelope->received_us = G_GINT64_CONSTANT(1704067209) * G_USEC_PER_SEC;
  for (guint i = 0; i < G_N_ELEMENTS(row->forward_paths) && row->forward_paths[i]; i++)
    g_ptr_array_add(envelope->forward_paths, g_strdup(row->forward_paths[i]));
  GString *out = g_string_new(NULL);
  envelope_print_block(envelope, "mx.test", "17.M1P2", row->bare_lf, out);
  *block_len = out->len;
  g_string_append(out, mail);
  return g_string_free(out, FALSE);
}

static void assert_read(const Row *row, const char *mail) {
  gsize printed_len;
  gsize block_len = 0;
  g_autofree char *bytes = print(row, mail, &printed_len);
  g_autofree char *bare_lf = NULL;
  g_autoptr(Envelope) envelope = envelope_parse_block(bytes, strlen(bytes), &block_len, &bare_lf);

  g_assert_nonnull(envelope);
  g_assert_cmpuint(block_len, ==, printed_len);
  g_assert_cmpstr(envelope->peer, ==, row->peer);
  g_assert_cmpstr(envelope->peer_literal, ==, row->literal);
  g_assert_cmpstr(envelope->helo, ==, row->helo);
  g_assert_true(envelope->helo_is_name == row->helo_is_name);
  g_assert_cmpstr(envelope->protocol, ==, row->protocol);
  g_assert_cmpstr(envelope->auth_user, ==, row->auth_user);
  g_assert_cmpstr(envelope->diagnostics, ==, row->diagnostics);
  g_assert_cmpstr(envelope->reverse_path, ==, row->reverse_path);
  g_assert_cmpint(envelope->received_us, ==, G_GINT64_CONSTANT(1704067209) * G_USEC_PER_SEC);
  g_assert_cmpstr(bare_lf, ==, row->bare_lf);
  guint n_paths = 0;
  for (; n_paths < G_N_ELEMENTS(row->forward_paths) && row->forward_paths[n_paths]; n_paths++)
    g_assert_cmpstr(g_ptr_array_index(envelope->forward_paths, n_paths), ==, row->forward_paths[n_paths]);
  g_assert_cmpuint(envelope->forward_paths->len, ==, n_paths);
}

static void what_was_printed_is_read(void) {
  /* The message may be anything, also what looks like a part of the block. */
  static const char *const messages[] = {"",        "Subject: x\n\nhi\n",           " indented\n",
                                         "\ttab\n", "Received: from a\n\tb\n\tc\n", "\n"};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    for (gsize mail = 0; mail < G_N_ELEMENTS(messages); mail++)
      assert_read(&rows[i], messages[mail]);
}

static void time_zones_are_undone(void) {
  static const char *const zones[] = {"XXX-5:30", "XXX0", "XXX3:30", "XXX0:30", "XXX-14"};

  for (gsize i = 0; i < G_N_ELEMENTS(zones); i++) {
    g_assert_true(g_setenv("TZ", zones[i], TRUE));
    tzset();
    assert_read(&rows[0], "");
  }
}

static void many_folded_recipients_are_read(void) {
  g_autoptr(Envelope) envelope = envelope_new();

  envelope->peer = g_strdup("unix:/x");
  envelope->reverse_path = g_strdup("");
  for (guint i = 0; i < 1000; i++)
    g_ptr_array_add(envelope->forward_paths, g_strdup_printf("\"recipient, the %u\"@example.com", i));
  g_autoptr(GString) out = g_string_new(NULL);
  envelope_print_block(envelope, "mx.test", "17.M1P2", "1 3 5", out);
  gsize block_len = 0;
  g_autoptr(Envelope) read = envelope_parse_block(out->str, out->len, &block_len, NULL);
  g_assert_cmpuint(block_len, ==, out->len);
  g_assert_cmpuint(read->forward_paths->len, ==, 1000);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpstr(g_ptr_array_index(read->forward_paths, i), ==, g_ptr_array_index(envelope->forward_paths, i));
}

/* Cut anywhere, a block is none; ASan sees a step over the end. */
static void cut_blocks_are_none(void) {
  gsize len;
  g_autofree char *bytes = print(&rows[1], "", &len);

  for (gsize cut = 0; cut < len; cut++) {
    g_autofree char *start = g_malloc(MAX(cut, 1));
    memcpy(start, bytes, cut);
    gsize block_len = 0;
    g_assert_null(envelope_parse_block(start, cut, &block_len, NULL));
  }
}

static void other_messages_have_none(void) {
  static const char *const messages[] = {
      "Return-Path: <a@b>\nSubject: x\n\nhi\n",
      "Return-Path: <a>\nX-Peer: x\nX-MailFrom: a\nX-RcptTo: b\nSubject: x\n\n",
      "Return-Path: <a>\nX-Peer: x\nX-MailFrom: a\nX-RcptTo: b\nReceived: from x\n\tby y\nSubject: z\n",
      "X-Peer: x\nReturn-Path: <a>\nX-MailFrom: a\nX-RcptTo: b\nReceived: from x\n\tby y\n\tz\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(messages); i++) {
    gsize block_len = 0;
    g_assert_null(envelope_parse_block(messages[i], strlen(messages[i]), &block_len, NULL));
  }
}

/* Every third recipient has something, with values as long as they may be. */
static void what_was_asked_about_reports_is_read(void) {
  g_autofree char *address = g_strnfill(500, 'x');
  g_autofree char *orcpt = g_strconcat("rfc822;", address, NULL);
  g_autoptr(Envelope) envelope = envelope_new();

  envelope->peer = g_strdup("unix:/x");
  envelope->reverse_path = g_strdup("");
  envelope->dsn_ret = "FULL";
  envelope->dsn_envid = g_strdup("a+20b;c");
  for (guint i = 0; i < 300; i++)
    g_ptr_array_add(envelope->forward_paths, g_strdup_printf("r%u@example.com", i));
  for (guint i = 0; i < 300; i += 3) {
    EnvelopeDsn *dsn = envelope_dsn_add(envelope, i);
    dsn->notify = i % 2 == 0 ? g_strdup("SUCCESS,DELAY") : NULL;
    dsn->orcpt = i % 2 == 1 || i % 4 == 0 ? g_strdup(orcpt) : NULL;
  }
  g_autoptr(GString) out = g_string_new(NULL);
  envelope_print_block(envelope, "mx.test", "17.M1P2", NULL, out);
  g_string_append(out, " the mail\n");
  gsize block_len = 0;
  g_autoptr(Envelope) read = envelope_parse_block(out->str, out->len, &block_len, NULL);
  g_assert_nonnull(read);
  g_assert_cmpstr(out->str + block_len, ==, " the mail\n");
  g_assert_cmpstr(read->dsn_ret, ==, "FULL");
  g_assert_cmpstr(read->dsn_envid, ==, "a+20b;c");
  for (guint i = 0; i < 301; i++) {
    const EnvelopeDsn *asked = envelope_dsn_of(envelope, i), *found = envelope_dsn_of(read, i);
    g_assert_true((asked != NULL) == (found != NULL));
    g_assert_cmpstr(found ? found->notify : NULL, ==, asked ? asked->notify : NULL);
    g_assert_cmpstr(found ? found->orcpt : NULL, ==, asked ? asked->orcpt : NULL);
  }
}

/* The file may be anybody's: what SMTP would reject does not come back out. */
static void unsound_values_are_passed_over(void) {
  static const char *const values[] = {"RET=ALL ENVID=+0A 1 NOTIFY=MAYBE ORCPT=nothing",
                                       "RET=",
                                       "=",
                                       "NOTIFY=NEVER ORCPT=rfc822;a",
                                       "1 RET=FULL ENVID=1",
                                       "0 NOTIFY=NEVER",
                                       "2 NOTIFY=NEVER",
                                       "99999999999999999999 NOTIFY=NEVER",
                                       "-1 NOTIFY=NEVER",
                                       "1 1 1"};

  for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autofree char *bytes = g_strconcat("Return-Path: <a>\nX-Peer: x\nX-MailFrom: a\nX-RcptTo: b\nX-Dsn: ", values[i],
                                         "\nReceived: from x\n\tby y\n\tz\n", NULL);
    gsize block_len = 0;
    g_autoptr(Envelope) envelope = envelope_parse_block(bytes, strlen(bytes), &block_len, NULL);
    g_assert_nonnull(envelope);
    g_autoptr(GString) again = g_string_new(NULL);
    envelope_print_block(envelope, "mx.test", "17.M1P2", NULL, again);
    g_assert_null(strstr(again->str, "X-Dsn"));
  }
}

/* What another version may write. */
static void fields_that_are_not_known_are_passed_over(void) {
  static const char block[] = "Return-Path: <a>\nX-Peer: x\nX-MailFrom: a\nX-RcptTo: b\nX-New: 1\n 2\nX-Bare-LF: 3\n"
                              "X-Auth-User: tim\nX-: x\nReceived: from x\n\tby y\n\tz\n";
  static const char mail[] = "X-New: of the mail\nReceived: from x\n\tby y\n\tz\n";
  g_autofree char *bytes = g_strconcat(block, mail, NULL);
  g_autofree char *bare_lf = NULL;
  gsize block_len = 0;
  g_autoptr(Envelope) envelope = envelope_parse_block(bytes, strlen(bytes), &block_len, &bare_lf);

  g_assert_nonnull(envelope);
  g_assert_cmpuint(block_len, ==, strlen(block));
  g_assert_cmpstr(bare_lf, ==, "3");
  g_assert_cmpstr(envelope->auth_user, ==, "tim");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/syntax/envelope_block/" #name, name)
  ADD(what_was_printed_is_read);
  ADD(time_zones_are_undone);
  ADD(many_folded_recipients_are_read);
  ADD(cut_blocks_are_none);
  ADD(other_messages_have_none);
  ADD(what_was_asked_about_reports_is_read);
  ADD(unsound_values_are_passed_over);
  ADD(fields_that_are_not_known_are_passed_over);
#undef ADD
  return g_test_run();
}
