#include "smtp/server.h"
#include "net/cidr.h"

enum {
  QUICK_REPLIES = 8, /* how often a client gets replies before it is taken for one that waits for them */
  PAUSE_MS = 10,     /* a client that talks ahead is given its replies when it is silent for so long */
  STALL_MS = 2000    /* a client that is silent for so long in the middle of something may wait for us */
};

/* A session at its connection. There may be very many, so it is small. */
typedef struct Client {
  const SmtpServer *server;
  NetClient *client;
  NetConn *conn;
  const char *peer; /* borrowed of the connection */
  char *peer_literal;
  NetPeerKey key;
  SmtpSession *session; /* NULL before the greeting */
  guint64 progress;
  gint64 progress_us; /* monotonic, when it was made */
  guint n_replies;    /* how often some were sent */
  guint is_unix : 1;
  guint offers_tls : 1;
  guint offers_xclient : 1;
  guint waits_for_us : 1; /* when it was last stepped */
  guint input_ended : 1;
  guint is_ahead : 1;   /* it does not wait for replies */
  guint is_holding : 1; /* of the replies, until it pauses */
  guint stopping : 1;
  guint grace_over : 1;
} Client;

const SmtpReply *smtp_server_turn_away_reply(NetTurnedAway why) {
  static const SmtpReply replies[] = {
      [NET_TURNED_AWAY_ALL] = {421, "4.3.2", "too many connections; try again later"},
      [NET_TURNED_AWAY_ADDRESS] = {421, "4.7.0", "too many connections from your address; close some of them first"},
  };

  return &replies[why];
}

static char *turn_away(gpointer server, NetTurnedAway why) {
  const SmtpReply *reply = smtp_server_turn_away_reply(why);

  return g_strdup_printf("%u %s %s\r\n", reply->code, reply->enhanced, reply->text);
}

/* --- time and pace */

/* It starts again when the client gets something done, and is unlimited while it waits for us. Rounded up, so that the
 * timer that is set already need not be moved. */
static gint64 time_left_ms(gpointer session) {
  Client *client = session;
  guint64 progress = smtp_session_progress(client->session);
  gint64 now_us = g_get_monotonic_time();

  if (progress != client->progress)
    client->progress_us = now_us;
  client->progress = client->waits_for_us ? 0 : progress;
  if (client->waits_for_us)
    return -1;
  gint64 left_us = client->progress_us + (gint64)client->server->timeout_s * G_USEC_PER_SEC - now_us;
  return MAX((left_us + 999) / 1000, 0);
}

/* A client that does not wait for replies may close without reading them. The system then resets the connection, and
 * drops what the client had sent but we had not acknowledged. So nothing is sent to it before it pauses. */
static void pace_replies(Client *client, SmtpSessionStatus status) {
  gboolean is_reading = status == SMTP_SESSION_READING;
  gboolean awaits_rest = is_reading && smtp_session_awaits_rest(client->session, net_conn_input(client->conn));
  gboolean has_replies = evbuffer_get_length(net_conn_output(client->conn)) > 0;

  client->is_ahead |= smtp_session_is_ahead(client->session);
  client->is_holding = client->is_ahead && is_reading && has_replies;
  net_conn_hold(client->conn, client->is_holding);
  net_conn_set_quiet(client->conn, client->is_holding ? PAUSE_MS : awaits_rest ? STALL_MS : 0);
}

static void release_replies(Client *client) {
  client->is_holding = FALSE;
  net_conn_hold(client->conn, FALSE);
  net_conn_update(client->conn);
  if (smtp_session_awaits_rest(client->session, net_conn_input(client->conn)))
    net_conn_set_quiet(client->conn, STALL_MS);
}

static void quiet(gpointer session) {
  Client *client = session;

  if (client->is_holding)
    release_replies(client);
  else
    smtp_session_stall(client->session, net_conn_input(client->conn));
}

/* --- a step */

/* A server that stops lets a message under way arrive for a while, and nothing else begin. */
static gboolean must_stop(const Client *client) {
  return client->stopping && (client->grace_over || !smtp_session_in_mail(client->session));
}

/* What the session's status means for the connection; returns the status it is left in. */
static SmtpSessionStatus judge(Client *client, SmtpSessionStatus status) {
  gboolean blocked_for_good = status == SMTP_SESSION_BLOCKED && client->grace_over;
  gboolean at_rest =
      status == SMTP_SESSION_READING || status == SMTP_SESSION_STARTTLS || status == SMTP_SESSION_CHECKING;

  if ((at_rest && must_stop(client)) || blocked_for_good) {
    smtp_session_shut_down(client->session);
    return SMTP_SESSION_CUT;
  }
  if (status == SMTP_SESSION_READING && client->input_ended) {
    smtp_session_input_ended(client->session, net_conn_input(client->conn));
    return SMTP_SESSION_DONE;
  }
  return status;
}

/* TRUE: it was rejected, so the session goes on. */
static gboolean reject_starttls(Client *client) {
  gboolean ready = net_client_secure(client->client);

  smtp_session_answer_starttls(client->session, net_conn_input(client->conn), ready);
  return !ready;
}

static SmtpSessionStatus read_on(Client *client) {
  SmtpSessionStatus status;

  do
    status = judge(client, smtp_session_read(client->session, net_conn_input(client->conn)));
  while (status == SMTP_SESSION_STARTTLS && reject_starttls(client));
  return status;
}

static NetStep step(gpointer session) {
  static const NetStep steps[] = {
      [SMTP_SESSION_READING] = NET_STEP_WAIT,  [SMTP_SESSION_BLOCKED] = NET_STEP_BLOCKED,
      [SMTP_SESSION_WAITING] = NET_STEP_WAIT,  [SMTP_SESSION_CHECKING] = NET_STEP_WAIT,
      [SMTP_SESSION_STARTTLS] = NET_STEP_WAIT, [SMTP_SESSION_DONE] = NET_STEP_DONE,
      [SMTP_SESSION_CUT] = NET_STEP_CUT,
  };
  Client *client = session;
  gboolean was_in_mail = smtp_session_in_mail(client->session);
  SmtpSessionStatus status = read_on(client);
  gboolean has_more_to_come = was_in_mail && smtp_session_in_mail(client->session);

  client->waits_for_us = status == SMTP_SESSION_WAITING || status == SMTP_SESSION_CHECKING;
  pace_replies(client, status);
  /* What a client sends of which it is not known yet that it waits is acknowledged at once, not with the next reply, so
   * that no more than its last bytes can be dropped. */
  if (client->n_replies++ < QUICK_REPLIES || has_more_to_come)
    net_conn_acknowledge_quickly(client->conn);
  return steps[status];
}

static void expire(gpointer session) {
  const Client *client = session;

  smtp_session_expire(client->session, net_conn_input(client->conn));
}

static void input_ended(gpointer session) {
  ((Client *)session)->input_ended = TRUE;
}

static void ended(gpointer session) {
  Client *client = session;

  if (client->session && !client->input_ended)
    smtp_session_input_ended(client->session, net_conn_input(client->conn));
}

static void stop(gpointer session, gboolean now) {
  Client *client = session;

  client->stopping = TRUE;
  client->grace_over = now;
}

/* --- life */

static void wake_cb(gpointer user_data) {
  net_client_wake(((Client *)user_data)->client);
}

static gpointer session_new(gpointer data, NetClient *net_client, const NetOrigin *origin) {
  const SmtpServer *server = data;
  Client *client = g_new0(Client, 1);

  client->server = server;
  client->client = net_client;
  client->conn = net_client_conn(net_client);
  client->peer = origin->name;
  client->peer_literal = net_address_literal(&origin->peer);
  client->key = origin->key;
  client->is_unix = origin->is_unix;
  client->offers_tls = origin->can_secure;
  client->offers_xclient = net_cidrs_contain(server->xclients, &origin->peer);
  /* A message whose end has come is stored, whether or not its client waits to hear so. */
  net_conn_read_on(client->conn);
  return client;
}

/* A new session, or the one that asked for TLS. */
static void start(gpointer session, const NetSecured *secured) {
  Client *client = session;
  const SmtpServer *server = client->server;
  const SmtpOrigin origin = {
      .peer = client->peer,
      .peer_literal = client->peer_literal,
      .key = client->key,
      .is_unix = client->is_unix,
      .offers_tls = client->offers_tls,
      .offers_xclient = client->offers_xclient,
      .tls = *secured,
  };

  client->progress_us = g_get_monotonic_time();
  if (client->session) {
    smtp_session_secured(client->session, &origin);
  } else {
    client->session = smtp_session_new(&server->session, server->handler, server->handler_data, &origin,
                                       net_conn_output(client->conn), wake_cb, client);
    client->is_ahead = net_conn_receive(client->conn); /* before the greeting; after STARTTLS there is none */
  }
}

static void session_free(gpointer session) {
  Client *client = session;

  smtp_session_free(client->session);
  g_free(client->peer_literal);
  g_free(client);
}

const NetProtocol smtp_protocol = {
    .session_new = session_new,
    .start = start,
    .step = step,
    .time_left_ms = time_left_ms,
    .expire = expire,
    .input_ended = input_ended,
    .stop = stop,
    .quiet = quiet,
    .ended = ended,
    .session_free = session_free,
    .turn_away = turn_away,
};
