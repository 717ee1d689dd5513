/* What Mailpit checks of a mail, and its release. Whatever would have this server reach out is not done. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/html_check.h"
#include "message/links.h"
#include <string.h>

static HttpResponse *make_links(const ApiMail *mail, const ApiRead *read) {
  g_autoptr(GPtrArray) found = message_links(mail->message);
  json_t *object = json_object();
  json_t *links = json_array();

  for (guint i = 0; i < found->len; i++) {
    const char *url = ((const MessageLink *)g_ptr_array_index(found, i))->url;
    if (g_ascii_strncasecmp(url, "mailto:", strlen("mailto:")) == 0)
      continue;
    json_t *link = json_object();
    json_object_set_new(link, "URL", json_text(url));
    json_object_set_new(link, "StatusCode", json_integer(0));
    json_object_set_new(link, "Status", json_text("not fetched: this server asks no other"));
    json_array_append_new(links, link);
  }
  json_object_set_new(object, "Errors", json_integer(0));
  json_object_set_new(object, "Links", links);
  return api_json_response(200, object);
}

static void get_link_check(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_links, .marks_read = TRUE});
}

static HttpResponse *make_html_check(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *html = message_html(mail->message);

  if (!html)
    return http_response_error(400, "this mail has no HTML to check");
  return api_json_response(200, html_check(html));
}

static void get_html_check(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_html_check});
}

/* --- release */

static HttpResponse *make_release(const ApiMail *mail, const ApiRead *read) {
  return http_response_error(400, "the mail cannot be released: no relay is set up");
}

static HttpResponse *make_bad_release(const ApiMail *mail, const ApiRead *read) {
  return http_response_error(400, "the body has to be JSON with To, a list of at least one address");
}

static void post_release(HttpRequest *request, gpointer user_data) {
  g_autoptr(json_t) body = api_body_read(request, FALSE, NULL, NULL);
  g_autoptr(GPtrArray) to = body ? api_json_get_strings(body, "To", NULL) : NULL;

  api_read(user_data, request, &(ApiRead){.make = to && to->len > 0 ? make_release : make_bad_release});
}

const HttpRoute api_checks_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/link-check", .handler = get_link_check},
    {.method = "GET", .pattern = "/api/v1/message/{id}/html-check", .handler = get_html_check},
    {.method = "POST", .pattern = "/api/v1/message/{id}/release", .handler = post_release},
    {.pattern = NULL},
};
