/* What a client of SMTP is told when its message cannot be stored. */
#include "app/mail_handler.h"
#include "inbox/error.h"
#include "smtp/session.h"
#include "support/memory_inbox.h"

#include <fcntl.h>

typedef struct Fixture {
  MemoryInbox inbox;
  Log *log;
  Intake *intake;
  MailHandler handler;
  SmtpHandler table;
  SmtpSettings settings;
  struct evbuffer *input;
  struct evbuffer *output;
  SmtpSession *session;
  guint n_woken;
} Fixture;

static void wake_cb(gpointer user_data) {
  ((Fixture *)user_data)->n_woken++;
}

static void set_up(Fixture *fixture, gconstpointer data) {
  const SmtpOrigin origin = {.peer = "192.0.2.1:5000", .peer_literal = "[192.0.2.1]"};

  memory_inbox_init(&fixture->inbox);
  fixture->log =
      log_new(fixture->inbox.base, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
  fixture->intake = intake_new(fixture->log, 0);
  intake_open(fixture->intake, fixture->inbox.inbox, fixture->inbox.queue);
  fixture->handler = (MailHandler){.intake = fixture->intake, .log = fixture->log};
  fixture->table = mail_handler_table(FALSE);
  fixture->settings = (SmtpSettings){.host = "mail.example", .max_recipients = 10};
  fixture->input = evbuffer_new();
  fixture->output = evbuffer_new();
  fixture->session = smtp_session_new(&fixture->settings, &fixture->table, &fixture->handler, &origin, fixture->output,
                                      wake_cb, fixture);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  smtp_session_free(fixture->session);
  intake_close(fixture->intake);
  memory_inbox_end(&fixture->inbox);
  intake_free(fixture->intake);
  log_free(fixture->log);
  event_base_free(fixture->inbox.base);
  evbuffer_free(fixture->input);
  evbuffer_free(fixture->output);
}

/* Sends a message. The last reply; the caller frees. */
static char *send_mail(Fixture *fixture) {
  static const char said[] = "HELO x\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\nhello\r\n.\r\n";
  char *last = NULL;

  evbuffer_add(fixture->input, said, strlen(said));
  while (smtp_session_read(fixture->session, fixture->input) == SMTP_SESSION_WAITING)
    memory_inbox_turn(&fixture->inbox, &fixture->n_woken, fixture->n_woken + 1);
  for (char *line; (line = evbuffer_readln(fixture->output, NULL, EVBUFFER_EOL_CRLF_STRICT)); free(line)) {
    g_free(last);
    last = g_strdup(line);
  }
  return last;
}

static void failures_are_told_and_the_session_goes_on(Fixture *fixture, gconstpointer data) {
  static const struct {
    int error_code;
    const char *reply;
  } cases[] = {
      {INBOX_ERROR_NO_SPACE, "452 4.3.1 "},
      {INBOX_ERROR_FAILED, "451 4.3.0 "},
      {INBOX_ERROR_DAMAGED, "451 4.3.0 "},
      {INBOX_ERROR_NOT_FOUND, "451 4.3.0 "},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    failing_keeper_fail(fixture->inbox.keeper, FAILING_COMMIT, 1, cases[i].error_code);
    g_autofree char *rejected = send_mail(fixture);
    g_assert_true(g_str_has_prefix(rejected, cases[i].reply));
    g_assert_null(strstr(rejected, "made to fail")); /* what is on this machine is nobody's affair */
    g_autofree char *accepted = send_mail(fixture);
    g_assert_true(g_str_has_prefix(accepted, "250 2.0.0 "));
  }
  g_assert_cmpuint(intake_counters(fixture->intake, INTAKE_BY_SMTP)->n_accepted, ==, G_N_ELEMENTS(cases));
}

/* The answer is for nobody, and comes all the same. */
static void failures_of_a_session_that_is_gone_hurt_nobody(Fixture *fixture, gconstpointer data) {
  static const char said[] = "HELO x\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\nhello\r\n.\r\n";

  failing_keeper_fail(fixture->inbox.keeper, FAILING_COMMIT, 1, INBOX_ERROR_FAILED);
  evbuffer_add(fixture->input, said, strlen(said));
  g_assert_cmpint(smtp_session_read(fixture->session, fixture->input), ==, SMTP_SESSION_WAITING);
  g_clear_pointer(&fixture->session, smtp_session_free);
  memory_inbox_deliver(&fixture->inbox, "Subject: after it\n\n");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/mail_handler/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(failures_are_told_and_the_session_goes_on);
  ADD(failures_of_a_session_that_is_gone_hurt_nobody);
#undef ADD
  return g_test_run();
}
