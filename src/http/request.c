#include "http/body.h"
#include "http/session_private.h"
#include <string.h>

HttpRequest *http_request_new(HttpSession *session) {
  HttpRequest *request = g_new0(HttpRequest, 1);

  request->session = session;
  request->budget = http_budget_ref(session->context->budget);
  request->peer = g_strdup(session->peer);
  request->prefix = http_routes_prefix(session->context->routes);
  request->body = g_bytes_new(NULL, 0);
  request->joined = g_ptr_array_new_with_free_func(g_free);
  request->start_us = g_get_monotonic_time();
  return request;
}

void http_request_free(HttpRequest *request) {
  if (!request)
    return;
  http_head_clear(&request->head);
  http_match_clear(&request->match);
  g_strfreev(request->query);
  g_bytes_unref(request->body);
  http_charge_free(request->charge);
  http_budget_unref(request->budget);
  g_ptr_array_unref(request->joined);
  g_free(request->user);
  g_free(request->peer);
  g_free(request);
}

const char *http_request_method(const HttpRequest *request) {
  return request->head.method;
}

const char *http_request_param(const HttpRequest *request, const char *name) {
  for (guint i = 0; request->match.names[i]; i++)
    if (strcmp(request->match.names[i], name) == 0)
      return request->match.values[i];
  return NULL;
}

const char *http_request_query(const HttpRequest *request, const char *name) {
  for (guint i = 0; request->query[i]; i += 2)
    if (strcmp(request->query[i], name) == 0)
      return request->query[i + 1];
  return NULL;
}

const char *http_request_header(const HttpRequest *request, const char *name) {
  const GArray *headers = request->head.headers;
  g_autoptr(GString) joined = NULL;

  for (guint i = 0; i < headers->len; i++) {
    const HttpHeader *header = &g_array_index(headers, HttpHeader, i);
    if (g_ascii_strcasecmp(header->name, name) != 0)
      continue;
    if (joined)
      g_string_append_printf(joined, ", %s", header->value);
    else
      joined = g_string_new(header->value);
  }
  if (!joined)
    return NULL;
  char *value = g_string_free(g_steal_pointer(&joined), FALSE);
  g_ptr_array_add(request->joined, value);
  return value;
}

GBytes *http_request_body(const HttpRequest *request) {
  return request->body;
}

HttpBudget *http_request_budget(const HttpRequest *request) {
  return request->budget;
}

const char *http_request_peer(const HttpRequest *request) {
  return request->peer;
}

static gboolean is_forwarded(const HttpHead *head) {
  static const char *const names[] = {"Forwarded", "Via", "X-Real-IP"};
  static const char prefix[] = "X-Forwarded-";

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (http_head_header(head, names[i]))
      return TRUE;
  for (guint i = 0; i < head->headers->len; i++)
    if (g_ascii_strncasecmp(g_array_index(head->headers, HttpHeader, i).name, prefix, strlen(prefix)) == 0)
      return TRUE;
  return FALSE;
}

/* nginx, unless told otherwise, adds no field and calls us by our address; before 1.29.7 it gives itself away by ending
 * each connection. Others hand on the name by which they were called, over unix sockets as well. */
gboolean http_request_is_near(const HttpRequest *request) {
  const HttpSession *session = request->session;

  return session && session->is_peer_local && http_host_is_loopback(&request->head.host) && request->head.keeps_alive &&
         !request->allow_origin && !is_forwarded(&request->head);
}

const char *http_request_prefix(const HttpRequest *request) {
  return request->prefix;
}

gboolean http_request_is_abandoned(const HttpRequest *request) {
  return g_atomic_int_get(&request->is_abandoned);
}

void http_request_on_cancel(HttpRequest *request, void (*func)(gpointer user_data), gpointer user_data) {
  request->cancelled = func;
  request->cancelled_data = user_data;
}

void http_request_abandon(HttpRequest *request) {
  void (*cancelled)(gpointer user_data) = g_steal_pointer(&request->cancelled);

  request->session = NULL;
  g_atomic_int_set(&request->is_abandoned, TRUE);
  if (cancelled)
    cancelled(request->cancelled_data);
}

/* --- answering */

/* Answers of that size and more are compressed by a helper thread: the loop would stand still for a millisecond. */
enum { COMPRESS_ASIDE_MIN = 64 * 1024 };

typedef struct CompressJob {
  HttpRequest *request;
  HttpResponse *response;
  HttpBudget *budget;
  LoopQueue *queue;
} CompressJob;

/* Of a source nothing is sent to HEAD, and an empty one need not be read. */
static gboolean is_streamed(const HttpRequest *request, const HttpResponse *response) {
  return response->source.read && http_response_length(response) > 0 && g_strcmp0(request->head.method, "HEAD") != 0;
}

static void send_answer(HttpRequest *request, HttpResponse *response) {
  if (request->session && is_streamed(request, response)) {
    http_body_send(request->session, request, response);
  } else if (request->session) {
    http_session_send(request->session, request, response);
  } else {
    http_response_free(response);
    http_request_free(request);
  }
}

static void compressed_cb(gpointer data) {
  CompressJob *job = data;

  send_answer(job->request, job->response);
  http_budget_unref(job->budget);
  g_free(job);
}

static void compress_cb(gpointer data) {
  CompressJob *job = data;

  http_response_compress(job->response, job->budget);
  loop_queue_post(job->queue, compressed_cb, job);
}

static void compress_aside(HttpContext *context, HttpRequest *request, HttpResponse *response) {
  CompressJob *job = g_new0(CompressJob, 1);

  job->request = request;
  job->response = response;
  job->budget = http_budget_ref(request->budget); /* the server may go first */
  job->queue = context->queue;
  strand_run(context->compressors, compress_cb, job);
}

void http_request_answer(HttpRequest *request, HttpResponse *response) {
  request->cancelled = NULL;
  if (!request->session) {
    send_answer(request, response);
    return;
  }
  http_response_apply_conditions(response, &request->head);
  if (!http_response_wants_compression(response, &request->head)) {
    send_answer(request, response);
  } else if (g_bytes_get_size(response->bytes) >= COMPRESS_ASIDE_MIN) {
    compress_aside(request->session->context, request, response);
  } else {
    http_response_compress(response, request->budget);
    send_answer(request, response);
  }
}
