#include "outward/spamd.h"
#include "net/conn.h"
#include "net/dial.h"
#include <string.h>

struct Spamd {
  struct event_base *base;
  NetResolver *resolver;
  char *place; /* as the user named it */
  char *host;
  guint16 port;
  guint timeout_ms;
  guint n_checks;
};

struct SpamdCheck {
  Spamd *spamd;
  SpamdChecked checked;
  gpointer user_data;
  GBytes *mail;
  struct event *timer;
  NetDial *dial; /* NULL: connected */
  NetConn *conn; /* NULL: not yet */
  SpamdReader reader;
};

G_DEFINE_QUARK(dsmtpd - spamd - error - quark, spamd_error)

Spamd *spamd_new(struct event_base *base, NetResolver *resolver, const char *place, guint timeout_ms) {
  Spamd *spamd = g_new0(Spamd, 1);

  spamd->base = base;
  spamd->resolver = resolver;
  spamd->place = g_strdup(place);
  spamd->timeout_ms = timeout_ms;
  net_endpoint_split(place, &spamd->host, &spamd->port); /* which whoever read it has checked */
  return spamd;
}

void spamd_free(Spamd *spamd) {
  if (!spamd)
    return;
  g_free(spamd->place);
  g_free(spamd->host);
  g_free(spamd);
}

void spamd_check_cancel(SpamdCheck *check) {
  if (!check)
    return;
  check->spamd->n_checks--;
  net_dial_cancel(check->dial);
  net_conn_free(check->conn);
  event_free(check->timer);
  spamd_reader_clear(&check->reader);
  g_bytes_unref(check->mail);
  g_free(check);
}

/* With the reader's answer, or the error. */
static void finish(SpamdCheck *check, const GError *error) {
  check->checked(error ? NULL : check->reader.answer, error, check->user_data);
  spamd_check_cancel(check);
}

/* --- the exchange */

static void judge(SpamdCheck *check, SpamdStatus status, const GError *error) {
  if (status != SPAMD_MORE)
    finish(check, error);
}

static void ready_cb(NetConn *conn, gpointer user_data) {
  SpamdCheck *check = user_data;
  struct evbuffer *input = net_conn_input(conn);
  SpamdStatus status = SPAMD_MORE;
  g_autoptr(GError) error = NULL;
  struct evbuffer_iovec span;

  while (status == SPAMD_MORE && evbuffer_peek(input, -1, NULL, &span, 1) > 0 && span.iov_len > 0) {
    status = spamd_reader_take(&check->reader, span.iov_base, span.iov_len, &error);
    evbuffer_drain(input, span.iov_len);
  }
  net_conn_update(conn);
  judge(check, status, error);
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  SpamdCheck *check = user_data;
  g_autoptr(GError) error = NULL;
  SpamdStatus status = spamd_reader_end(&check->reader, &error);

  judge(check, status, error);
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  g_autoptr(GError) error = g_error_new_literal(SPAMD_ANSWER_ERROR, SPAMD_ANSWER_ERROR_CUT,
                                                "spamd closed the connection before its answer was complete");

  finish(user_data, error);
}

static const NetConnEvents conn_events = {.ready = ready_cb, .input_ended = input_ended_cb, .ended = ended_cb};

static void unref_mail(const void *bytes, size_t len, void *mail) {
  g_bytes_unref(mail);
}

/* spamd reads lines, and waits for the end of the last one as long as the connection is open. */
static const char *missing_line_end(const char *bytes, gsize len) {
  return len > 0 && bytes[len - 1] == '\n' ? "" : "\r\n";
}

static void send_mail(SpamdCheck *check) {
  struct evbuffer *output = net_conn_output(check->conn);
  gsize len;
  const char *bytes = g_bytes_get_data(check->mail, &len);
  const char *line_end = missing_line_end(bytes, len);

  evbuffer_add_printf(output, "REPORT SPAMC/1.5\r\nContent-length: %" G_GSIZE_FORMAT "\r\n\r\n",
                      len + strlen(line_end));
  if (len > 0)
    evbuffer_add_reference(output, bytes, len, unref_mail, g_bytes_ref(check->mail));
  evbuffer_add(output, line_end, strlen(line_end));
  net_conn_update(check->conn);
}

static void dialed_cb(int fd, const GError *error, gpointer user_data) {
  SpamdCheck *check = user_data;

  check->dial = NULL;
  if (fd < 0) {
    g_autoptr(GError) named = g_error_new(error->domain, error->code,
                                          "spamd does not answer: %s; is it running there (--spamd)?", error->message);
    finish(check, named);
    return;
  }
  check->conn = net_conn_new(check->spamd->base, fd, &conn_events, check);
  send_mail(check);
}

static const NetDialEvents dial_events = {.dialed = dialed_cb};

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  SpamdCheck *check = user_data;
  guint timeout_s = (check->spamd->timeout_ms + 999) / 1000;
  g_autoptr(GError) error =
      g_error_new(SPAMD_ERROR, SPAMD_ERROR_SILENT, "spamd at %s took longer than %u s", check->spamd->place, timeout_s);

  finish(check, error);
}

/* --- for the owner */

SpamdCheck *spamd_check(Spamd *spamd, GBytes *mail, SpamdChecked checked, gpointer user_data, GError **error) {
  const struct timeval patience = {.tv_sec = spamd->timeout_ms / 1000, .tv_usec = spamd->timeout_ms % 1000 * 1000};

  if (g_bytes_get_size(mail) > SPAMD_MAIL_MAX) {
    g_set_error(error, SPAMD_ERROR, SPAMD_ERROR_LIMIT, "the message is too large for spamd: the limit is %d MiB",
                SPAMD_MAIL_MAX / (1024 * 1024));
    return NULL;
  }
  if (spamd->n_checks >= SPAMD_CHECKS_MAX) {
    g_set_error(error, SPAMD_ERROR, SPAMD_ERROR_LIMIT, "%d messages are being checked already; try again soon",
                SPAMD_CHECKS_MAX);
    return NULL;
  }
  SpamdCheck *check = g_new0(SpamdCheck, 1);
  spamd->n_checks++;
  check->spamd = spamd;
  check->checked = checked;
  check->user_data = user_data;
  check->mail = g_bytes_ref(mail);
  check->timer = evtimer_new(spamd->base, timer_cb, check);
  event_add(check->timer, &patience);
  check->dial = net_dial(spamd->resolver, spamd->base, spamd->host, spamd->port, &dial_events, check);
  return check;
}
