/* Limits of a session, at their edge. */
#include "support/talk.h"

static void commands_without_a_mail_have_a_limit(void) {
  Talk talk;

  talk_init(&talk, 1000);

  g_assert_cmpuint(talk_ask(&talk, "EHLO x\r\n"), ==, 250);
  for (guint i = 0; i < SMTP_COMMANDS_MAX / 2; i++)
    g_assert_cmpuint(talk_ask(&talk, "NOOP\r\n"), ==, 250);
  talk_send_mail(&talk);
  for (guint i = 0; i < SMTP_COMMANDS_MAX; i++)
    g_assert_cmpuint(talk_ask(&talk, "VRFY x\r\n"), ==, 252);
  g_assert_cmpuint(talk_ask(&talk, "NOOP\r\n"), ==, 421);
  g_assert_cmpint(smtp_session_read(talk.session, talk.input), ==, SMTP_SESSION_CUT);
  talk_clear(&talk);
}

static void recipients_that_are_taken_are_no_commands_without_a_mail(void) {
  Talk talk;

  talk_init(&talk, 2 * SMTP_COMMANDS_MAX);

  g_assert_cmpuint(talk_ask(&talk, "EHLO x\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  for (guint i = 0; i < SMTP_COMMANDS_MAX + 10; i++)
    g_assert_cmpuint(talk_ask(&talk, "RCPT TO:<b@b.example>\r\n"), ==, 250);
  talk_clear(&talk);
}

static char *recipient_of(gsize n_bytes) {
  g_autofree char *local_part = g_strnfill(n_bytes - strlen("@b.example"), 'x');

  return g_strdup_printf("RCPT TO:<%s@b.example>\r\n", local_part);
}

static void addresses_of_a_mail_have_a_length_in_all(void) {
  enum { RECIPIENTS_MAX = 20 };
  Talk talk;

  talk_init(&talk, RECIPIENTS_MAX);
  g_autofree char *half = recipient_of(RECIPIENTS_MAX * SMTP_PATH_BYTES / 2);
  g_autofree char *longer_half = recipient_of(RECIPIENTS_MAX * SMTP_PATH_BYTES / 2 + 1);

  g_assert_cmpuint(talk_ask(&talk, "EHLO x\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  g_assert_cmpuint(talk_ask(&talk, half), ==, 250);
  g_assert_cmpuint(talk_ask(&talk, longer_half), ==, 452);
  g_assert_cmpuint(talk_ask(&talk, half), ==, 250);
  g_assert_cmpuint(talk_ask(&talk, "RCPT TO:<b@b.example>\r\n"), ==, 452);
  g_assert_cmpuint(talk_ask(&talk, "RSET\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  g_assert_cmpuint(talk_ask(&talk, longer_half), ==, 250); /* counted again for each message */
  talk_clear(&talk);
}

static void as_many_recipients_as_allowed_may_have_256_bytes(void) {
  enum { RECIPIENTS_MAX = 1000 };
  Talk talk;

  talk_init(&talk, RECIPIENTS_MAX);
  g_autofree char *recipient = recipient_of(SMTP_PATH_BYTES);

  g_assert_cmpuint(talk_ask(&talk, "EHLO x\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  for (guint i = 0; i < RECIPIENTS_MAX; i++)
    g_assert_cmpuint(talk_ask(&talk, recipient), ==, 250);
  g_assert_cmpuint(talk_ask(&talk, recipient), ==, 452);
  talk_clear(&talk);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/smtp/session_limits/" #name, name)
  ADD(commands_without_a_mail_have_a_limit);
  ADD(recipients_that_are_taken_are_no_commands_without_a_mail);
  ADD(addresses_of_a_mail_have_a_length_in_all);
  ADD(as_many_recipients_as_allowed_may_have_256_bytes);
#undef ADD
  return g_test_run();
}
