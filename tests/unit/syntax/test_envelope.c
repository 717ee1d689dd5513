/* The block is compared to the byte, so a change of its form shows here: stored messages are read by it. */
#include "syntax/envelope.h"

#include <string.h>
#include <time.h>

#define BY "\tby mx.test (dsmtpd " DSMTPD_VERSION ") with ESMTP id 17.M1P2"
#define DATE "Mon, 1 Jan 2024 05:30:09 +0530\n"
#define LINE_MAX_BYTES 998

/* A message as most are. */
static Envelope *ordinary_envelope(void) {
  Envelope *envelope = envelope_new();

  envelope->peer = g_strdup("127.0.0.1:50312");
  envelope->peer_literal = g_strdup("[127.0.0.1]");
  envelope->helo = g_strdup("client.test");
  envelope->helo_is_name = TRUE;
  envelope->protocol = "ESMTP";
  envelope->reverse_path = g_strdup("a@b.test");
  envelope->received_us = G_GINT64_CONSTANT(1704067209) * G_USEC_PER_SEC + 999999;
  g_ptr_array_add(envelope->forward_paths, g_strdup("c@d.test"));
  return envelope;
}

static char *print(const Envelope *envelope, const char *bare_lf) {
  GString *out = g_string_new("> ");

  envelope_print_block(envelope, "mx.test", "17.M1P2", bare_lf, out);
  g_assert_true(g_str_has_prefix(out->str, "> ")); /* appended, not replaced */
  g_string_erase(out, 0, 2);
  return g_string_free(out, FALSE);
}

static void assert_lines_fit(const char *block) {
  g_auto(GStrv) lines = g_strsplit(block, "\n", -1);

  for (char **line = lines; *line; line++)
    g_assert_cmpuint(strlen(*line), <=, LINE_MAX_BYTES);
}

/* The value of a field, unfolded. */
static char *field_value(const char *block, const char *name) {
  g_autofree char *start = g_strconcat("\n", name, ": ", NULL);
  const char *value = strstr(block, start);

  g_assert_nonnull(value);
  GString *unfolded = g_string_new(NULL);
  for (value += strlen(start); *value && (*value != '\n' || value[1] == ' '); value++)
    if (*value != '\n')
      g_string_append_c(unfolded, *value);
  return g_string_free(unfolded, FALSE);
}

static void test_ordinary_mail(void) {
  g_autoptr(Envelope) envelope = ordinary_envelope();
  g_autofree char *block = print(envelope, NULL);

  g_assert_cmpstr(block, ==,
                  "Return-Path: <a@b.test>\n"
                  "X-Peer: 127.0.0.1:50312\n"
                  "X-MailFrom: a@b.test\n"
                  "X-RcptTo: c@d.test\n"
                  "Received: from client.test ([127.0.0.1])\n" BY "\n"
                  "\tfor <c@d.test>; " DATE);
}

static void test_null_reverse_path_and_two_recipients(void) {
  g_autoptr(Envelope) envelope = ordinary_envelope();

  g_free(envelope->reverse_path);
  envelope->reverse_path = g_strdup("");
  g_ptr_array_add(envelope->forward_paths, g_strdup("\xe7\x94\xa8@\xe4\xbe\x8b.jp"));
  g_autofree char *block = print(envelope, "3 7-9");
  g_assert_cmpstr(block, ==,
                  "Return-Path: <>\n"
                  "X-Peer: 127.0.0.1:50312\n"
                  "X-MailFrom:\n"
                  "X-RcptTo: c@d.test, \xe7\x94\xa8@\xe4\xbe\x8b.jp\n"
                  "X-Bare-LF: 3 7-9\n"
                  "Received: from client.test ([127.0.0.1])\n" BY ";\n"
                  "\t" DATE);
}

/* 255 bytes, the longest there are, fit their line; a bare LF list stands behind. */
static void test_who_logged_in(void) {
  g_autoptr(Envelope) envelope = ordinary_envelope();
  g_autofree char *name = g_strnfill(255, 'n');
  static const char *const names[] = {"tim", " J\xc3\xbcrgen: (M) "};

  envelope->protocol = "ESMTPA";
  for (gsize i = 0; i <= G_N_ELEMENTS(names); i++) {
    g_free(envelope->auth_user);
    envelope->auth_user = g_strdup(i < G_N_ELEMENTS(names) ? names[i] : name);
    g_autofree char *block = print(envelope, "1");
    g_autofree char *expected =
        g_strconcat("X-RcptTo: c@d.test\nX-Auth-User: ", envelope->auth_user, "\nX-Bare-LF: 1\nReceived: from ", NULL);
    g_assert_nonnull(strstr(block, expected));
    g_assert_nonnull(strstr(block, " with ESMTPA id "));
    assert_lines_fit(block);
  }
}

static void test_from_of_received(void) {
  static const struct {
    const char *helo;
    gboolean helo_is_name;
    const char *peer;
    const char *literal;
    const char *name;
    const char *from;
  } rows[] = {
      {"client.test", TRUE, "127.0.0.1:1", "[127.0.0.1]", NULL, "client.test ([127.0.0.1])"},
      {"client.test", TRUE, "127.0.0.1:1", "[127.0.0.1]", "host.test", "client.test (host.test [127.0.0.1])"},
      {"[IPv6:::1]", TRUE, "[::1]:1", "[IPv6:::1]", NULL, "[IPv6:::1] ([IPv6:::1])"},
      {"client.test", TRUE, "unix:/run/x", NULL, NULL, "client.test (unix socket)"},
      {"client.test", TRUE, "unknown:0", NULL, NULL, "client.test (unknown address)"},
      {"client.test", TRUE, "unknown:0", NULL, "host.test", "client.test (host.test unknown address)"},
      {"my_host", FALSE, "127.0.0.1:1", "[127.0.0.1]", NULL, "[127.0.0.1] (helo=my_host)"},
      {"my_host", FALSE, "unix:/run/x", NULL, NULL, "localhost (unix socket) (helo=my_host)"},
      {"my_host", FALSE, "unknown:0", NULL, NULL, "unknown (helo=my_host)"},
      {"\xe4\xbe\x8b.jp", FALSE, "127.0.0.1:1", "[127.0.0.1]", NULL, "[127.0.0.1] (helo=\xe4\xbe\x8b.jp)"},
      {"a) (b\\", FALSE, "127.0.0.1:1", "[127.0.0.1]", NULL, "[127.0.0.1] (helo=a\\) \\(b\\\\)"},
      {NULL, FALSE, "127.0.0.1:1", "[127.0.0.1]", NULL, "[127.0.0.1]"},
      {NULL, FALSE, "unix:/run/x", NULL, NULL, "localhost (unix socket)"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Envelope) envelope = ordinary_envelope();
    g_free(envelope->peer);
    g_free(envelope->helo);
    g_free(envelope->peer_literal);
    envelope->peer = g_strdup(rows[i].peer);
    envelope->peer_name = g_strdup(rows[i].name);
    envelope->helo = g_strdup(rows[i].helo);
    envelope->helo_is_name = rows[i].helo_is_name;
    envelope->peer_literal = g_strdup(rows[i].literal);
    g_autofree char *block = print(envelope, NULL);
    g_autofree char *expected = g_strconcat("\nReceived: from ", rows[i].from, "\n\tby ", NULL);
    g_assert_nonnull(strstr(block, expected));
  }
}

static void test_tls_is_told_behind_the_protocol(void) {
  g_autofree char *long_name = g_strnfill(300, 'n');
  g_autofree char *long_shown = g_strnfill(255 - strlen("TLSv1.2 AEAD, client certificate \""), 'n');
  g_autofree char *long_comment = g_strconcat("TLSv1.2 AEAD, client certificate \"", long_shown, NULL);
  const struct {
    const char *client;
    const char *comment;
  } rows[] = {
      {NULL, "TLSv1.2 AEAD"},
      {"CN=alice", "TLSv1.2 AEAD, client certificate \"CN=alice\""},
      {"CN=a) id x (b\\,", "TLSv1.2 AEAD, client certificate \"CN=a\\) id x \\(b\\\\,\""},
      {long_name, long_comment},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Envelope) envelope = ordinary_envelope();
    envelope->protocol = "ESMTPS";
    envelope->tls_version = "TLSv1.2";
    envelope->tls_cipher = "AEAD";
    envelope->tls_client = g_strdup(rows[i].client);
    g_autofree char *block = print(envelope, NULL);
    g_autofree char *expected = g_strconcat(" with ESMTPS (", rows[i].comment, ") id 17.M1P2\n\tfor ", NULL);
    g_assert_nonnull(strstr(block, expected));
    assert_lines_fit(block);
  }
}

/* Around the 255 bytes shown, with a character of three bytes across the edge. */
static void test_long_helo_is_cut_between_characters(void) {
  for (gsize padding = 250; padding <= 257; padding++) {
    g_autofree char *start = g_strnfill(padding, 'h');
    g_autoptr(Envelope) envelope = ordinary_envelope();
    g_free(envelope->helo);
    envelope->helo = g_strconcat(start, "\xe4\xbe\x8b", NULL);
    envelope->helo_is_name = FALSE;
    g_autofree char *block = print(envelope, NULL);
    gsize shown = padding + 3 <= 255 ? padding + 3 : MIN(padding, 255);
    g_autofree char *expected = g_strdup_printf("(helo=%.*s)\n", (int)shown, envelope->helo);
    g_assert_nonnull(strstr(block, expected));
    g_assert_true(g_utf8_validate(block, -1, NULL));
  }
}

static void test_escaped_helo_fits_its_line(void) {
  g_autoptr(Envelope) envelope = ordinary_envelope();

  g_free(envelope->helo);
  envelope->helo = g_strnfill(2000, '(');
  envelope->helo_is_name = FALSE;
  g_autofree char *block = print(envelope, NULL);
  assert_lines_fit(block);
}

static void test_many_recipients_are_folded(void) {
  g_autoptr(Envelope) envelope = ordinary_envelope();
  g_autoptr(GString) all = g_string_new("c@d.test");

  for (guint i = 0; i < 1000; i++) {
    char *path = g_strdup_printf("\"recipient, the %u\"@example.com", i);
    g_ptr_array_add(envelope->forward_paths, path);
    g_string_append_printf(all, ", %s", path);
  }
  g_autofree char *block = print(envelope, NULL);
  g_autofree char *value = field_value(block, "X-RcptTo");
  g_assert_cmpstr(value, ==, all->str);
  assert_lines_fit(block);
}

/* RFC 5321 has 256 bytes for a path; three of the longest possible addresses still come one a line. */
static void test_long_recipients_stand_alone(void) {
  g_autoptr(Envelope) envelope = ordinary_envelope();
  g_autofree char *path = g_strnfill(900, 'r');

  g_ptr_array_set_size(envelope->forward_paths, 0);
  for (guint i = 0; i < 3; i++)
    g_ptr_array_add(envelope->forward_paths, g_strdup(path));
  g_autofree char *block = print(envelope, NULL);
  assert_lines_fit(block);
}

static void test_bare_lf_list_is_folded(void) {
  g_autoptr(Envelope) envelope = ordinary_envelope();
  g_autoptr(GString) list = g_string_new("1");

  while (list->len < 3000) {
    g_autofree char *block = print(envelope, list->str);
    g_autofree char *value = field_value(block, "X-Bare-LF");
    g_assert_cmpstr(value, ==, list->str);
    assert_lines_fit(block);
    g_string_append_printf(list, " %u-%u", (guint)list->len, (guint)list->len + 1);
  }
}

static void test_date_follows_the_time_zone(void) {
  static const struct {
    const char *zone;
    gint64 seconds;
    const char *date;
  } rows[] = {
      {"XXX-5:30", 1704067209, "Mon, 1 Jan 2024 05:30:09 +0530\n"},
      {"XXX0", 1709251199, "Thu, 29 Feb 2024 23:59:59 +0000\n"},
      {"XXX3:30", 1709251199, "Thu, 29 Feb 2024 20:29:59 -0330\n"},
      {"XXX0:30", 0, "Wed, 31 Dec 1969 23:30:00 -0030\n"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_true(g_setenv("TZ", rows[i].zone, TRUE));
    tzset();
    g_autoptr(Envelope) envelope = ordinary_envelope();
    envelope->received_us = rows[i].seconds * G_USEC_PER_SEC;
    g_autofree char *block = print(envelope, NULL);
    g_assert_true(g_str_has_suffix(block, rows[i].date));
  }
  g_assert_true(g_setenv("TZ", rows[0].zone, TRUE));
  tzset();
}

static void test_new_envelope_is_empty(void) {
  g_autoptr(Envelope) envelope = envelope_new();

  g_assert_cmpuint(envelope->forward_paths->len, ==, 0);
  g_assert_null(envelope->helo);
  envelope_free(NULL);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_assert_true(g_setenv("TZ", "XXX-5:30", TRUE));
  tzset();
  g_test_add_func("/envelope/ordinary_mail", test_ordinary_mail);
  g_test_add_func("/envelope/null_reverse_path_and_two_recipients", test_null_reverse_path_and_two_recipients);
  g_test_add_func("/envelope/who_logged_in", test_who_logged_in);
  g_test_add_func("/envelope/from_of_received", test_from_of_received);
  g_test_add_func("/envelope/tls_is_told_behind_the_protocol", test_tls_is_told_behind_the_protocol);
  g_test_add_func("/envelope/long_helo_is_cut_between_characters", test_long_helo_is_cut_between_characters);
  g_test_add_func("/envelope/escaped_helo_fits_its_line", test_escaped_helo_fits_its_line);
  g_test_add_func("/envelope/many_recipients_are_folded", test_many_recipients_are_folded);
  g_test_add_func("/envelope/long_recipients_stand_alone", test_long_recipients_stand_alone);
  g_test_add_func("/envelope/bare_lf_list_is_folded", test_bare_lf_list_is_folded);
  g_test_add_func("/envelope/date_follows_the_time_zone", test_date_follows_the_time_zone);
  g_test_add_func("/envelope/new_envelope_is_empty", test_new_envelope_is_empty);
  return g_test_run();
}
