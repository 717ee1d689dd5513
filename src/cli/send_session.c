#include "cli/send_session.h"
#include "base/found.h"
#include "cli/send_mail.h"
#include "smtp/session.h"
#include "syntax/received_bytes.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, RECIPIENTS_MAX = 1000 };

typedef struct Sending Sending;

/* What the SmtpHandler calls a message. */
struct SmtpMail {
  Sending *sending;
  GByteArray *bytes; /* in the stored form */
  const IntakeArrival *arrival;
  SmtpStored stored;
  gpointer user_data;
};

struct Sending {
  Client *client;
  SmtpMail *waiting; /* to be sent; NULL: none */
};

/* --- messages */

static IntakeVerdict ask(gpointer handler_data, const IntakeQuestion *question) {
  return intake_verdict(INTAKE_OK);
}

static SmtpMail *mail_begin(gpointer handler_data, const Envelope *envelope, SmtpResume resume, gpointer user_data) {
  SmtpMail *mail = g_new0(SmtpMail, 1);

  mail->sending = handler_data;
  mail->bytes = g_byte_array_new();
  return mail;
}

static gboolean mail_append(SmtpMail *mail, const guint8 *bytes, gsize n_bytes) {
  g_byte_array_append(mail->bytes, bytes, (guint)n_bytes);
  return TRUE;
}

static void mail_discard(SmtpMail *mail) {
  g_byte_array_unref(mail->bytes);
  g_free(mail);
}

static void mail_commit(SmtpMail *mail, const IntakeArrival *arrival, SmtpStored stored, gpointer user_data) {
  mail->arrival = arrival;
  mail->stored = stored;
  mail->user_data = user_data;
  mail->sending->waiting = mail;
}

/* As it came, so that what is odd about its line ends is kept. */
static GBytes *received_bytes(const SmtpMail *mail) {
  guint8 *bytes = g_malloc(2 * (gsize)mail->bytes->len + 1);
  ReceivedBytes received;

  received_bytes_init(&received, mail->arrival->bare_lf);
  return g_bytes_new_take(bytes, received_bytes_feed(&received, mail->bytes->data, mail->bytes->len, bytes));
}

static void send_waiting(Sending *sending) {
  SmtpMail *mail = g_steal_pointer(&sending->waiting);
  const Envelope *envelope = mail->arrival->envelope;
  g_autoptr(GBytes) bytes = received_bytes(mail);
  g_autoptr(GError) error = NULL;
  g_autofree char *id = NULL;

  (void)send_mail(sending->client, envelope->reverse_path, envelope->forward_paths, bytes, &id, &error);
  g_autofree char *text = error ? g_str_to_ascii(error->message, "C") : NULL;
  IntakeVerdict verdict = intake_verdict(!error                          ? INTAKE_OK
                                         : error->code == SEND_CODE_DATA ? INTAKE_BAD_CONTENT
                                                                         : INTAKE_NOT_STORED);
  verdict.text = text;
  mail->stored(&verdict, id, mail->user_data);
  mail_discard(mail);
}

static void rejected(gpointer handler_data, const IntakeRejection *rejection) {}

static void said(gpointer handler_data, const char *id, const Transcript *transcript) {}

static void lost(gpointer handler_data, const char *peer, gboolean in_mail, const char *what) {}

static void resume(gpointer user_data) {}

/* Logins and XCLIENT are not offered. */
static const SmtpHandler handler = {
    .ask = ask,
    .mail_begin = mail_begin,
    .mail_append = mail_append,
    .mail_commit = mail_commit,
    .mail_discard = mail_discard,
    .rejected = rejected,
    .said = said,
    .lost = lost,
};

/* --- the conversation */

static gboolean write_all(struct evbuffer *output, GError **error) {
  while (evbuffer_get_length(output) > 0)
    if (evbuffer_write(output, STDOUT_FILENO) < 0 && errno != EINTR)
      return cli_fail(error, EXIT_CODE_FAILED, "cannot write to standard output: %s", g_strerror(errno));
  return TRUE;
}

static Found read_more(struct evbuffer *input, GError **error) {
  int n_read;

  do
    n_read = evbuffer_read(input, STDIN_FILENO, READ_BYTES);
  while (n_read < 0 && errno == EINTR);
  if (n_read > 0)
    return FOUND;
  if (n_read == 0)
    return FOUND_NOTHING;
  cli_fail(error, EXIT_CODE_FAILED, "cannot read from standard input: %s", g_strerror(errno));
  return FOUND_FAILED;
}

static gboolean converse(Sending *sending, SmtpSession *session, struct evbuffer *input, struct evbuffer *output,
                         GError **error) {
  SmtpSessionStatus status;

  do {
    status = smtp_session_read(session, input);
    if (!write_all(output, error))
      return FALSE;
    if (status == SMTP_SESSION_WAITING)
      send_waiting(sending);
    Found more = status == SMTP_SESSION_READING ? read_more(input, error) : FOUND;
    if (more != FOUND) {
      smtp_session_input_ended(session, input);
      return more == FOUND_NOTHING && write_all(output, error);
    }
  } while (status != SMTP_SESSION_DONE && status != SMTP_SESSION_CUT);
  return TRUE;
}

gboolean send_session_run(Client *client, GError **error) {
  const SmtpSettings settings = {
      .host = g_get_host_name(),
      .max_size_bytes = SEND_BYTES_MAX,
      .max_recipients = RECIPIENTS_MAX,
      .smtputf8 = TRUE,
  };
  const SmtpOrigin origin = {.peer = "standard input", .is_unix = TRUE};
  Sending sending = {.client = client};
  struct evbuffer *input = evbuffer_new();
  struct evbuffer *output = evbuffer_new();
  SmtpSession *session = smtp_session_new(&settings, &handler, &sending, &origin, output, resume, NULL);
  gboolean is_done = converse(&sending, session, input, output, error);

  smtp_session_free(session);
  evbuffer_free(input);
  evbuffer_free(output);
  return is_done;
}
