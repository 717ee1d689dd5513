/* Limits of a session, at their edge. */
#include "smtp/session.h"
#include "support/fake_handler.h"
#include <string.h>

typedef struct Dialogue {
  SmtpSettings settings;
  FakeHandler *handler;
  struct evbuffer *input;
  struct evbuffer *output;
  SmtpSession *session;
} Dialogue;

static void wake(gpointer user_data) {}

static void dialogue_init(Dialogue *dialogue, guint max_recipients) {
  const SmtpOrigin origin = {.peer = "192.0.2.1:5000", .peer_literal = "[192.0.2.1]"};

  dialogue->settings = (SmtpSettings){.host = "mail.example", .max_recipients = max_recipients, .smtputf8 = TRUE};
  dialogue->handler = fake_handler_new();
  dialogue->input = evbuffer_new();
  dialogue->output = evbuffer_new();
  dialogue->session = smtp_session_new(&dialogue->settings, &fake_handler_table, dialogue->handler, &origin,
                                       dialogue->output, wake, NULL);
}

static void dialogue_clear(Dialogue *dialogue) {
  smtp_session_free(dialogue->session);
  fake_handler_free(dialogue->handler);
  evbuffer_free(dialogue->input);
  evbuffer_free(dialogue->output);
}

/* Sends octets and returns the code of the last reply. */
static guint ask(Dialogue *dialogue, const char *octets) {
  SmtpSessionStatus status;
  guint code = 0;

  evbuffer_add(dialogue->input, octets, strlen(octets));
  do {
    status = smtp_session_read(dialogue->session, dialogue->input);
  } while (status == SMTP_SESSION_WAITING && fake_handler_work(dialogue->handler));
  for (char *line; (line = evbuffer_readln(dialogue->output, NULL, EVBUFFER_EOL_CRLF_STRICT)) != NULL; free(line))
    code = (guint)g_ascii_strtoull(line, NULL, 10);
  return code;
}

static void send_mail(Dialogue *dialogue) {
  g_assert_cmpuint(ask(dialogue, "MAIL FROM:<a@a.example>\r\n"), ==, 250);
  g_assert_cmpuint(ask(dialogue, "RCPT TO:<b@b.example>\r\n"), ==, 250);
  g_assert_cmpuint(ask(dialogue, "DATA\r\n"), ==, 354);
  g_assert_cmpuint(ask(dialogue, "hello\r\n.\r\n"), ==, 250);
}

static void commands_without_a_mail_have_a_limit(void) {
  Dialogue dialogue;
  dialogue_init(&dialogue, 1000);

  g_assert_cmpuint(ask(&dialogue, "EHLO x\r\n"), ==, 250);
  for (guint i = 0; i < SMTP_COMMANDS_MAX / 2; i++)
    g_assert_cmpuint(ask(&dialogue, "NOOP\r\n"), ==, 250);
  send_mail(&dialogue);
  for (guint i = 0; i < SMTP_COMMANDS_MAX; i++)
    g_assert_cmpuint(ask(&dialogue, "VRFY x\r\n"), ==, 252);
  g_assert_cmpuint(ask(&dialogue, "NOOP\r\n"), ==, 421);
  g_assert_cmpint(smtp_session_read(dialogue.session, dialogue.input), ==, SMTP_SESSION_CUT);
  dialogue_clear(&dialogue);
}

static void recipients_that_are_taken_are_no_commands_without_a_mail(void) {
  Dialogue dialogue;
  dialogue_init(&dialogue, 2 * SMTP_COMMANDS_MAX);

  g_assert_cmpuint(ask(&dialogue, "EHLO x\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  for (guint i = 0; i < SMTP_COMMANDS_MAX + 10; i++)
    g_assert_cmpuint(ask(&dialogue, "RCPT TO:<b@b.example>\r\n"), ==, 250);
  dialogue_clear(&dialogue);
}

static char *recipient_of(gsize n_octets) {
  g_autofree char *local_part = g_strnfill(n_octets - strlen("@b.example"), 'x');

  return g_strdup_printf("RCPT TO:<%s@b.example>\r\n", local_part);
}

static void addresses_of_a_mail_have_a_length_in_all(void) {
  enum { RECIPIENTS_MAX = 20 };
  Dialogue dialogue;
  dialogue_init(&dialogue, RECIPIENTS_MAX);
  g_autofree char *half = recipient_of(RECIPIENTS_MAX * SMTP_PATH_OCTETS / 2);
  g_autofree char *longer_half = recipient_of(RECIPIENTS_MAX * SMTP_PATH_OCTETS / 2 + 1);

  g_assert_cmpuint(ask(&dialogue, "EHLO x\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  g_assert_cmpuint(ask(&dialogue, half), ==, 250);
  g_assert_cmpuint(ask(&dialogue, longer_half), ==, 452);
  g_assert_cmpuint(ask(&dialogue, half), ==, 250);
  g_assert_cmpuint(ask(&dialogue, "RCPT TO:<b@b.example>\r\n"), ==, 452);
  g_assert_cmpuint(ask(&dialogue, "RSET\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  g_assert_cmpuint(ask(&dialogue, longer_half), ==, 250); /* counted anew for each mail */
  dialogue_clear(&dialogue);
}

static void as_many_recipients_as_allowed_may_have_256_octets(void) {
  enum { RECIPIENTS_MAX = 1000 };
  Dialogue dialogue;
  dialogue_init(&dialogue, RECIPIENTS_MAX);
  g_autofree char *recipient = recipient_of(SMTP_PATH_OCTETS);

  g_assert_cmpuint(ask(&dialogue, "EHLO x\r\nMAIL FROM:<a@a.example>\r\n"), ==, 250);
  for (guint i = 0; i < RECIPIENTS_MAX; i++)
    g_assert_cmpuint(ask(&dialogue, recipient), ==, 250);
  g_assert_cmpuint(ask(&dialogue, recipient), ==, 452);
  dialogue_clear(&dialogue);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/smtp/session_limits/" #name, name)
  ADD(commands_without_a_mail_have_a_limit);
  ADD(recipients_that_are_taken_are_no_commands_without_a_mail);
  ADD(addresses_of_a_mail_have_a_length_in_all);
  ADD(as_many_recipients_as_allowed_may_have_256_octets);
#undef ADD
  return g_test_run();
}
