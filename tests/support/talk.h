#pragma once
/* A session without a connection, and a client that asks line by line.
 *
 * Owns: the session, its buffers and its handler.
 * Thread: one.
 * Errors: end the test.
 * Source: smtp/session.h. */
#include "smtp/session.h"
#include "support/fake_handler.h"
#include <string.h>

typedef struct Talk {
  SmtpSettings settings;
  FakeHandler *handler;
  struct evbuffer *input;
  struct evbuffer *output;
  SmtpSession *session;
} Talk;

static inline void talk_wake(gpointer user_data) {}

static inline void talk_init(Talk *talk, guint max_recipients) {
  const SmtpOrigin origin = {.peer = "192.0.2.1:5000", .peer_literal = "[192.0.2.1]"};

  talk->settings = (SmtpSettings){.host = "mail.example", .max_recipients = max_recipients, .smtputf8 = TRUE};
  talk->handler = fake_handler_new();
  talk->input = evbuffer_new();
  talk->output = evbuffer_new();
  talk->session =
      smtp_session_new(&talk->settings, &fake_handler_table, talk->handler, &origin, talk->output, talk_wake, NULL);
}

static inline void talk_clear(Talk *talk) {
  smtp_session_free(talk->session);
  fake_handler_free(talk->handler);
  evbuffer_free(talk->input);
  evbuffer_free(talk->output);
}

/* Sends bytes and returns the code of the last reply. */
static inline guint talk_ask(Talk *talk, const char *bytes) {
  SmtpSessionStatus status;
  guint code = 0;

  evbuffer_add(talk->input, bytes, strlen(bytes));
  do {
    status = smtp_session_read(talk->session, talk->input);
  } while (status == SMTP_SESSION_WAITING && fake_handler_work(talk->handler));
  for (char *line; (line = evbuffer_readln(talk->output, NULL, EVBUFFER_EOL_CRLF_STRICT)); free(line))
    code = (guint)g_ascii_strtoull(line, NULL, 10);
  return code;
}

static inline void talk_send_mail(Talk *talk) {
  g_assert_cmpuint(talk_ask(talk, "MAIL FROM:<a@a.example>\r\n"), ==, 250);
  g_assert_cmpuint(talk_ask(talk, "RCPT TO:<b@b.example>\r\n"), ==, 250);
  g_assert_cmpuint(talk_ask(talk, "DATA\r\n"), ==, 354);
  g_assert_cmpuint(talk_ask(talk, "hello\r\n.\r\n"), ==, 250);
}
