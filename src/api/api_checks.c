/* What Mailpit checks of a message by itself, and its release, which is not there. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/html_check.h"

static HttpResponse *make_html_check(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *html = message_html(mail->message);

  if (!html)
    return http_response_error(400, "the message has no HTML to check");
  g_autoptr(json_t) data = html_check_load();
  return api_json_response(read->budget, 200, html_check(data, html));
}

static void get_html_check(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_html_check});
}

/* --- release */

static HttpResponse *make_release(const ApiMail *mail, const ApiRead *read) {
  return http_response_error(400, "the message cannot be released: this server has no relay");
}

static HttpResponse *make_bad_release(const ApiMail *mail, const ApiRead *read) {
  return http_response_error(400, "the body must be JSON with To, a list of at least one address");
}

static void post_release(HttpRequest *request, gpointer user_data) {
  g_autoptr(json_t) body = api_body_read(request, FALSE, NULL, NULL);
  g_autoptr(GPtrArray) to = body ? api_json_get_strings(body, "To", NULL) : NULL;

  api_read(user_data, request, &(ApiRead){.make = to && to->len > 0 ? make_release : make_bad_release});
}

const HttpRoute api_checks_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/html-check", .handler = get_html_check},
    {.method = "POST", .pattern = "/api/v1/message/{id}/release", .handler = post_release},
    {.pattern = NULL},
};
