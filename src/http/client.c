#include "http/client.h"
#include "net/conn.h"
#include "syntax/http_chunked.h"
#include <string.h>

typedef enum { STATE_IDLE, STATE_HEAD, STATE_BODY, STATE_BODY_TO_END, STATE_BODY_CHUNKED, STATE_OVER } ClientState;

struct HttpClient {
  NetConn *conn;
  char *host;
  char *authorization;       /* NULL: none */
  struct evbuffer *question; /* held back until TLS is agreed on */
  gboolean is_agreed;
  const HttpClientEvents *events;
  gpointer user_data;
  ClientState state;
  gboolean answers_have_no_body; /* to HEAD */
  gboolean keeps_alive;
  guint patience_ms;
  HttpHeadReader reader;
  HttpChunked chunked;
  guint64 left_bytes; /* of a body with a length */
};

G_DEFINE_QUARK(dsmtpd - http - client - error - quark, http_client_error)

static gboolean is_asking(const HttpClient *client) {
  return client->state != STATE_IDLE && client->state != STATE_OVER;
}

static void end(HttpClient *client, const GError *error) {
  client->state = error || !client->keeps_alive ? STATE_OVER : STATE_IDLE;
  net_conn_set_deadline(client->conn, 0);
  client->events->ended(error, client->user_data);
}

static void fail(HttpClient *client, HttpClientError code, const char *text) {
  g_autoptr(GError) error = g_error_new_literal(HTTP_CLIENT_ERROR, (gint)code, text);

  if (is_asking(client))
    end(client, error);
  else
    client->state = STATE_OVER;
}

/* --- reading: each returns FALSE when it needs more input */

/* 1xx tells that the answer is on its way. */
static gboolean begin_body(HttpClient *client, const HttpHead *head) {
  gboolean has_none = client->answers_have_no_body || head->status == 204 || head->status == 304;

  if (head->status < 200)
    return TRUE;
  client->events->headed(head, client->user_data);
  client->keeps_alive = head->keeps_alive;
  client->left_bytes = has_none ? 0 : head->content_length;
  client->chunked = (HttpChunked){0};
  if (head->is_chunked && !has_none) {
    client->state = STATE_BODY_CHUNKED;
  } else if (head->has_length || has_none) {
    client->state = STATE_BODY;
  } else {
    client->keeps_alive = FALSE;
    client->state = STATE_BODY_TO_END;
  }
  if (client->state == STATE_BODY && client->left_bytes == 0)
    end(client, NULL);
  return TRUE;
}

static gboolean read_head(HttpClient *client, const char *bytes, gsize len, gsize *out_taken) {
  HttpRejection rejection = {0};
  g_auto(HttpHead) head = {0};
  HttpHeadState state = http_head_reader_take(&client->reader, bytes, len, out_taken, &rejection);

  if (state == HTTP_HEAD_PARTIAL)
    return FALSE;
  if (state == HTTP_HEAD_COMPLETE)
    rejection = http_head_parse_answer(client->reader.text->str, client->reader.text->len, &head);
  http_head_reader_clear(&client->reader);
  if (rejection.status != 0) {
    g_autofree char *text = g_strdup_printf("the response is not HTTP/1.1: %s", rejection.text);
    fail(client, HTTP_CLIENT_ERROR_ANSWER, text);
    return FALSE;
  }
  return begin_body(client, &head);
}

static gboolean read_body(HttpClient *client, const char *bytes, gsize len, gsize *out_taken) {
  *out_taken = (gsize)MIN(len, client->left_bytes);
  client->left_bytes -= *out_taken;
  client->events->came(bytes, *out_taken, client->user_data);
  if (client->left_bytes == 0)
    end(client, NULL);
  return TRUE;
}

static gboolean read_body_to_end(HttpClient *client, const char *bytes, gsize len, gsize *out_taken) {
  *out_taken = len;
  client->events->came(bytes, len, client->user_data);
  return TRUE;
}

static gboolean read_body_chunked(HttpClient *client, const char *bytes, gsize len, gsize *out_taken) {
  const char *content;
  gsize content_len;
  HttpChunkedStatus status = http_chunked_take(&client->chunked, bytes, len, out_taken, &content, &content_len);

  if (content_len > 0)
    client->events->came(content, content_len, client->user_data);
  if (status == HTTP_CHUNKED_DONE)
    end(client, NULL);
  else if (status == HTTP_CHUNKED_BROKEN)
    fail(client, HTTP_CLIENT_ERROR_ANSWER, "the response's chunks are invalid");
  return status == HTTP_CHUNKED_MORE;
}

static gboolean (*const readers[])(HttpClient *client, const char *bytes, gsize len, gsize *out_taken) = {
    [STATE_HEAD] = read_head,
    [STATE_BODY] = read_body,
    [STATE_BODY_TO_END] = read_body_to_end,
    [STATE_BODY_CHUNKED] = read_body_chunked,
};

static void read_input(HttpClient *client) {
  struct evbuffer *input = net_conn_input(client->conn);
  struct evbuffer_iovec span;
  gboolean goes_on = TRUE;

  while (goes_on && is_asking(client) && evbuffer_peek(input, -1, NULL, &span, 1) > 0 && span.iov_len > 0) {
    gsize n_taken = 0;
    goes_on = readers[client->state](client, span.iov_base, span.iov_len, &n_taken);
    evbuffer_drain(input, n_taken);
    goes_on = goes_on || n_taken == span.iov_len;
  }
}

static void send_question(HttpClient *client) {
  if (client->is_agreed)
    evbuffer_add_buffer(net_conn_output(client->conn), client->question);
  net_conn_update(client->conn);
}

/* --- what happens to the connection */

static void ready_cb(NetConn *conn, gpointer user_data) {
  HttpClient *client = user_data;

  if (is_asking(client))
    net_conn_set_deadline(conn, client->patience_ms);
  read_input(client);
  if (client->state == STATE_IDLE && evbuffer_get_length(net_conn_input(conn)) > 0)
    client->state = STATE_OVER; /* nobody asked for that: it would be taken for the next answer */
  net_conn_update(conn);
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  HttpClient *client = user_data;

  client->keeps_alive = FALSE;
  read_input(client);
  if (client->state == STATE_BODY_TO_END)
    end(client, NULL);
  else
    fail(client, HTTP_CLIENT_ERROR_BROKEN, "the connection closed before the response was complete");
}

static void expired_cb(NetConn *conn, gpointer user_data) {
  HttpClient *client = user_data;
  g_autofree char *text = g_strdup_printf("no response within %u s", (client->patience_ms + 999) / 1000);

  fail(client, HTTP_CLIENT_ERROR_SILENT, text);
}

static void shook_hands_cb(NetConn *conn, const GError *error, gpointer user_data) {
  HttpClient *client = user_data;

  client->is_agreed = !error;
  if (error)
    fail(client, HTTP_CLIENT_ERROR_BROKEN, error->message);
  else
    send_question(client);
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  fail(user_data, HTTP_CLIENT_ERROR_BROKEN, "the connection was lost");
}

static const NetConnEvents conn_events = {.ready = ready_cb,
                                          .input_ended = input_ended_cb,
                                          .expired = expired_cb,
                                          .shook_hands = shook_hands_cb,
                                          .ended = ended_cb};

/* --- for the owner */

HttpClient *http_client_new(struct event_base *base, int fd, TlsStream *tls, const char *host,
                            const char *authorization, const HttpClientEvents *events, gpointer user_data) {
  HttpClient *client = g_new0(HttpClient, 1);

  client->host = g_strdup(host);
  client->authorization = g_strdup(authorization);
  client->events = events;
  client->user_data = user_data;
  client->question = evbuffer_new();
  client->is_agreed = !tls;
  client->conn = net_conn_new(base, fd, &conn_events, client);
  if (tls)
    net_conn_change_transport(client->conn, &tls_transport, tls);
  return client;
}

static void unref_body(const void *bytes, size_t len, void *body) {
  g_bytes_unref(body);
}

void http_client_ask(HttpClient *client, const HttpQuestion *question) {
  struct evbuffer *output = client->question;
  gsize body_len = question->body ? g_bytes_get_size(question->body) : 0;

  evbuffer_add_printf(output, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: dsmtpd/" DSMTPD_VERSION "\r\n",
                      question->method, question->target, client->host);
  if (client->authorization)
    evbuffer_add_printf(output, "Authorization: %s\r\n", client->authorization);
  if (question->body)
    evbuffer_add_printf(output, "Content-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n", question->content_type,
                        body_len);
  evbuffer_add(output, "\r\n", 2);
  if (body_len > 0)
    evbuffer_add_reference(output, g_bytes_get_data(question->body, NULL), body_len, unref_body,
                           g_bytes_ref(question->body));
  client->answers_have_no_body = strcmp(question->method, "HEAD") == 0;
  client->patience_ms = question->patience_ms;
  client->state = STATE_HEAD;
  net_conn_set_deadline(client->conn, question->patience_ms);
  send_question(client);
}

gboolean http_client_can_ask(const HttpClient *client) {
  return client->state == STATE_IDLE;
}

void http_client_free(HttpClient *client) {
  if (!client)
    return;
  net_conn_free(client->conn);
  evbuffer_free(client->question);
  http_head_reader_clear(&client->reader);
  g_free(client->host);
  g_free(client->authorization);
  g_free(client);
}
