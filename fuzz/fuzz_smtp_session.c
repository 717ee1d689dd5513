/* A whole SMTP session from the first byte. The first byte of the input chooses settings and how the rest is split;
 * the second how often the handler asks to wait, whether the client may say XCLIENT and STARTTLS, which succeeds, fails
 * or is required, and who may log in. Checked: it ends, frees everything, keeps its bounds, and never has two messages
 * under way (the fake handler asserts that). */
#include "fuzz.h"
#include "smtp/session.h"
#include "support/fake_handler.h"
#include <string.h>

static const char users[] = "tim:{PLAIN}tanstaaf\nerin:{BEARER}token\n";

static void wake(gpointer user_data) {}

/* The handshake takes no time here. */
static SmtpSessionStatus answer_starttls(SmtpSession *session, struct evbuffer *input, gboolean ready) {
  const SmtpOrigin origin = {.peer = "192.0.2.1:5000",
                             .offers_tls = TRUE,
                             .tls = {.version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", .client = "CN=x"}};

  smtp_session_answer_starttls(session, input, ready);
  g_assert_true(!ready || evbuffer_get_length(input) == 0);
  if (ready)
    smtp_session_secured(session, &origin);
  return smtp_session_read(session, input);
}

static SmtpSessionStatus feed(SmtpSession *session, FakeHandler *handler, struct evbuffer *input,
                              struct evbuffer *output, gboolean can_have_tls) {
  SmtpSessionStatus status;

  do {
    status = smtp_session_read(session, input);
    if (status == SMTP_SESSION_STARTTLS)
      status = answer_starttls(session, input, can_have_tls);
    g_assert_cmpuint(evbuffer_get_length(output), <, 2 * SMTP_OUTPUT_MAX);
    if (status == SMTP_SESSION_BLOCKED)
      evbuffer_drain(output, evbuffer_get_length(output));
  } while (status == SMTP_SESSION_BLOCKED || status == SMTP_SESSION_STARTTLS ||
           ((status == SMTP_SESSION_WAITING || status == SMTP_SESSION_CHECKING) && fake_handler_work(handler)));
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  if (n_bytes < 2)
    return 0;
  static const SmtpAuth logins[] = {SMTP_AUTH_OFF, SMTP_AUTH_ANY, SMTP_AUTH_USERS, SMTP_AUTH_USERS};
  g_autoptr(AuthUsers) known = auth_users_parse(users, strlen(users), AUTH_FORMS_OWN, "users", NULL);
  const SmtpSettings settings = {
      .host = "mail.example",
      .max_size_bytes = (bytes[0] & 1) != 0 ? 100 : 0,
      .max_recipients = (bytes[0] & 2) != 0 ? 2 : 1000,
      .smtputf8 = (bytes[0] & 4) == 0,
      .dsn = TRUE,
      .strict = (bytes[0] & 6) == 6,
      .require_tls = (bytes[1] & 16) != 0,
      .auth = logins[bytes[1] >> 6],
      .users = &known,
      .auth_insecure = TRUE,
      .require_auth = bytes[1] >> 6 == 3,
  };
  gsize step = (bytes[0] & 8) != 0 ? 1 + (gsize)(bytes[0] >> 4) : n_bytes;
  FakeHandler *handler = fake_handler_new();
  struct evbuffer *input = evbuffer_new();
  struct evbuffer *output = evbuffer_new();
  const SmtpOrigin origin = {
      .peer = "192.0.2.1:5000",
      .peer_literal = "[192.0.2.1]",
      .offers_xclient = (bytes[1] & 4) != 0,
      .offers_tls = (bytes[1] & 8) != 0,
  };
  SmtpSession *session = smtp_session_new(&settings, &fake_handler_table, handler, &origin, output, wake, NULL);

  handler->pause_every = bytes[1] % 4;
  handler->auth_start = bytes[0] >> 4 == 15   ? INTAKE_LOGINS_BUSY
                        : bytes[0] >> 4 == 14 ? INTAKE_LOGINS_BLOCKED
                                              : INTAKE_OK;
  for (gsize at = 2; at < n_bytes; at += step) {
    evbuffer_add(input, bytes + at, MIN(step, n_bytes - at));
    SmtpSessionStatus status = feed(session, handler, input, output, (bytes[1] & 32) == 0);
    if (status == SMTP_SESSION_DONE || status == SMTP_SESSION_CUT)
      break;
    if (smtp_session_awaits_rest(session, input))
      smtp_session_stall(session, input);
  }
  smtp_session_input_ended(session, input);
  smtp_session_free(session);
  fake_handler_free(handler);
  evbuffer_free(input);
  evbuffer_free(output);
  return 0;
}
