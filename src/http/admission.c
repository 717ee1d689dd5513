/* What stands between the head of a request and its handler: the route, the gate, the login, room for the body. */
#include "http/session_private.h"
#include "syntax/http_target.h"
#include <string.h>

#define ALLOWED_HEADERS "Authorization, Content-Type, If-None-Match, If-Range, Last-Event-ID, Range"

static void refuse(HttpSession *session, const HttpRejection *rejection) {
  http_request_answer(session->request, http_response_error(rejection->status, "%s", rejection->text));
}

void http_session_refuse_and_close(HttpSession *session, const HttpRejection *rejection) {
  session->request->keeps_alive = FALSE;
  session->state = HTTP_STATE_BODY;
  refuse(session, rejection);
}

/* OPTIONS: what may be done, also for a page of another origin that the gate knows. */
static void answer_options(HttpRequest *request) {
  HttpResponse *response = http_response_text(200, "");
  const char *allow = request->match.allow ? request->match.allow : "GET, HEAD, POST, PUT, DELETE, OPTIONS";

  http_response_set_header(response, "Allow", allow);
  if (request->allow_origin) {
    http_response_set_header(response, "Access-Control-Allow-Methods", allow);
    http_response_set_header(response, "Access-Control-Allow-Headers", ALLOWED_HEADERS);
    http_response_set_header(response, "Access-Control-Max-Age", "600");
  }
  http_request_answer(request, response);
}

/* "//view/1.html", which clients make of an address that ends with a slash. NULL: no slash is repeated, or there is a
 * backslash, which browsers take for a slash: "/\\host" would lead to another site. */
static char *merge_slashes(const HttpHead *head) {
  g_autoptr(GString) path = g_string_new(head->path);

  if (strchr(path->str, '\\') || g_string_replace(path, "//", "/", 0) == 0)
    return NULL;
  while (strstr(path->str, "//"))
    g_string_replace(path, "//", "/", 0);
  if (head->query)
    g_string_append_printf(path, "?%s", head->query);
  return g_string_free(g_steal_pointer(&path), FALSE);
}

/* The path is cut, as it may have 8 KiB. */
static void answer_no_route(HttpRequest *request) {
  g_autofree char *merged = merge_slashes(&request->head);
  HttpResponse *response;

  if (merged && strcmp(request->head.method, "GET") == 0) {
    response = http_response_redirect(merged);
  } else if (!request->match.allow) {
    response = http_response_error(404, "404 not found: %.200s. The page is at %s/, the API at %s/api/v1/",
                                   request->head.path, request->prefix, request->prefix);
  } else {
    response = http_response_error(405, "method %s is not allowed here; allowed: %s", request->head.method,
                                   request->match.allow);
    http_response_set_header(response, "Allow", request->match.allow);
  }
  http_request_answer(request, response);
}

/* Reads what the target says. */
static HttpRejection resolve(HttpSession *session, HttpRequest *request) {
  HttpRejection rejection = {0};
  g_auto(GStrv) segments = http_target_split(request->head.path, &rejection);

  if (segments)
    request->query = http_query_parse(request->head.query, &rejection);
  if (request->query)
    http_routes_match(session->context->routes, request->head.method, segments, &request->match);
  return rejection;
}

static HttpRejection ask_gate(HttpSession *session, HttpRequest *request) {
  const HttpRoute *route = request->match.route;
  gboolean is_public = route && (route->flags & HTTP_ROUTE_PUBLIC) != 0;
  HttpVerdict verdict = http_gate_check(session->context->gate, &request->head, &session->local, is_public);

  request->allow_origin = verdict.allow_origin;
  if (verdict.rejection.status != 0)
    session->context->counters.n_rejected_at_gate++;
  return verdict.rejection;
}

static gsize body_max(const HttpRequest *request) {
  const HttpRoute *route = request->match.route;

  return route && route->body_max_bytes > 0 ? route->body_max_bytes : HTTP_BODY_MAX;
}

HttpRejection http_session_make_room(HttpSession *session, HttpRequest *request, guint64 n_bytes) {
  gsize held_bytes = request->charge ? http_charge_bytes(request->charge) : 0;

  if (n_bytes > body_max(request) - held_bytes)
    return (HttpRejection){413, "the body is too large for this path"};
  gboolean has_room = n_bytes == 0;
  if (request->charge)
    has_room = http_charge_grow(request->charge, n_bytes);
  else if (n_bytes > 0)
    has_room = (request->charge = http_charge_new(session->context->budget, n_bytes)) != NULL;
  if (!has_room)
    return (HttpRejection){503, HTTP_NO_ROOM};
  return (HttpRejection){0};
}

void http_session_call_handler(HttpSession *session) {
  HttpRequest *request = session->request;

  session->state = HTTP_STATE_HANDLER;
  session->is_handed_out = TRUE;
  if (session->body) {
    g_bytes_unref(request->body);
    request->body = g_byte_array_free_to_bytes(g_steal_pointer(&session->body));
    session->context->counters.received_bytes += g_bytes_get_size(request->body);
  }
  if (request->charge)
    request->body = http_charge_attach(g_steal_pointer(&request->charge), request->body);
  if (strcmp(request->head.method, "OPTIONS") == 0)
    answer_options(request);
  else if (!request->match.route)
    answer_no_route(request);
  else
    request->match.route->handler(request, request->match.user_data);
}

static void begin_body(HttpSession *session, HttpRequest *request) {
  http_session_begin_phase(session, HTTP_STATE_BODY);
  session->body = g_byte_array_new();
  session->body_left = request->head.content_length;
  session->chunked = (HttpChunked){0};
  if (request->head.expects_continue)
    evbuffer_add_printf(session->output, "HTTP/1.1 100 Continue\r\n\r\n");
}

static gboolean has_body(const HttpRequest *request) {
  return request->head.is_chunked || request->head.content_length > 0;
}

/* Nothing stands against it but perhaps its size. */
static void admit(HttpSession *session, HttpRequest *request) {
  HttpRejection rejection = http_session_make_room(session, request, request->head.content_length);

  if (rejection.status != 0)
    refuse(session, &rejection);
  else if (has_body(request))
    begin_body(session, request);
  else
    http_session_call_handler(session);
}

/* --- logins */

/* Preflights come without one, and OPTIONS tells nothing about messages. */
static gboolean needs_login(const HttpSession *session, const HttpRequest *request) {
  const HttpRoute *route = request->match.route;

  return session->context->login && strcmp(request->head.method, "OPTIONS") != 0 &&
         !(route && (route->flags & HTTP_ROUTE_PUBLIC) != 0);
}

static void refuse_login(HttpSession *session) {
  g_autofree char *challenge = http_login_challenge(session->context->login);
  HttpResponse *response =
      http_response_error(401, "login required: name and password, or token, are missing or wrong");

  http_response_set_header(response, "WWW-Authenticate", challenge);
  http_request_answer(session->request, response);
}

/* Where a request stands whose body, if it has one, has still to be read. */
static void stand_before_body(HttpSession *session) {
  session->state = has_body(session->request) ? HTTP_STATE_BODY : HTTP_STATE_HANDLER;
}

/* RFC 6585 4 */
static void block_login(HttpSession *session, guint wait_s) {
  HttpResponse *response = http_response_error(429, "too many failed logins from your address; try again later");
  g_autofree char *seconds = g_strdup_printf("%u", wait_s);

  http_response_set_header(response, "Retry-After", seconds);
  http_request_answer(session->request, response);
}

static void login_checked_cb(const char *user, guint wait_s, gpointer user_data) {
  HttpSession *session = user_data;

  session->check = NULL;
  if (session->state != HTTP_STATE_LOGIN)
    return; /* dropped meanwhile */
  stand_before_body(session);
  session->request->user = g_strdup(user);
  if (user)
    admit(session, session->request);
  else if (wait_s > 0)
    block_login(session, wait_s);
  else
    refuse_login(session);
  session->wake(session->wake_data);
}

static void ask_login(HttpSession *session, HttpRequest *request) {
  G_STATIC_ASSERT(sizeof session->peer_key.bytes == AUTH_CLIENT_BYTES);
  static const HttpRejection busy = {503, "too many logins are being checked; try again later"};
  HttpLoginAnswer answer = http_login_check(session->context->login, http_head_header(&request->head, "Authorization"),
                                            session->peer_key.bytes, login_checked_cb, session);

  request->user = answer.user;
  session->check = answer.check;
  switch (answer.status) {
  case HTTP_LOGIN_ACCEPTED:
    admit(session, request);
    break;
  case HTTP_LOGIN_CHECKING:
    session->state = HTTP_STATE_LOGIN;
    break;
  case HTTP_LOGIN_BUSY:
    refuse(session, &busy);
    break;
  case HTTP_LOGIN_BLOCKED:
    block_login(session, answer.wait_s);
    break;
  case HTTP_LOGIN_REJECTED:
  default:
    refuse_login(session);
  }
}

void http_session_begin_request(HttpSession *session) {
  HttpRequest *request = session->request = http_request_new(session);
  HttpRejection rejection = http_head_parse(session->reader.text->str, session->reader.text->len, &request->head);

  http_head_reader_clear(&session->reader);
  if (rejection.status != 0) {
    http_session_refuse_and_close(session, &rejection);
    return;
  }
  request->keeps_alive = request->head.keeps_alive;
  stand_before_body(session);
  if (*request->head.path == '/')
    rejection = resolve(session, request);
  else
    request->query = g_new0(char *, 1);
  if (rejection.status == 0)
    rejection = ask_gate(session, request);
  if (rejection.status != 0)
    refuse(session, &rejection);
  else if (needs_login(session, request))
    ask_login(session, request);
  else
    admit(session, request);
}
