/* A mail as a page: its HTML or its text, alone. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/html_view.h"
#include <string.h>

/* Nothing of the mail runs or is fetched from elsewhere. Its own pictures are ours to serve, and need the origin to be
 * asked for; without scripts that gives nothing away. */
#define VIEW_POLICY                                                                                                    \
  "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self' data:; "  \
  "style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"

static HttpResponse *make_html(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *html = message_html(mail->message);

  if (!html)
    return http_response_error(404, "this mail has no HTML");
  g_autofree char *parts = g_strdup_printf("%s/api/v1/message/%s/part/", read->prefix, mail->mail->id);
  g_autofree char *view = html_view_print(html, mail->message, parts, read->flag);
  g_autoptr(GBytes) octets = g_bytes_new(view, strlen(view));
  HttpResponse *response = http_response_hostile("text/html; charset=utf-8", octets);
  http_response_set_header(response, "Content-Security-Policy", VIEW_POLICY);
  return response;
}

static HttpResponse *make_text(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *text = message_text(mail->message);
  g_autoptr(GBytes) octets = g_bytes_new(text, strlen(text));

  return http_response_hostile("text/plain; charset=utf-8", octets);
}

/* Until there is more to see: the HTML, if there is any, else the text. */
static HttpResponse *make_page(const ApiMail *mail, const ApiRead *read) {
  const GPtrArray *parts = message_parts(mail->message);
  const char *kind = "txt";

  for (guint i = 0; i < parts->len; i++)
    if (((const MessagePart *)g_ptr_array_index(parts, i))->kind == MESSAGE_PART_HTML)
      kind = "html";
  g_autofree char *path = read->flag ? g_strdup_printf("%s/view/%s", read->prefix, mail->mail->id)
                                     : g_strdup_printf("%s/view/%s.%s", read->prefix, mail->mail->id, kind);
  return http_response_redirect(path);
}

static void get_html(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request,
           &(ApiRead){.make = make_html, .marks_read = TRUE, .flag = api_query_flag(request, "embed")});
}

static void get_text(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_text, .marks_read = TRUE});
}

static void get_page(HttpRequest *request, gpointer user_data) {
  gboolean is_latest = strcmp(http_request_param(request, "id"), "latest") == 0;

  api_read(user_data, request, &(ApiRead){.make = make_page, .marks_read = !is_latest, .flag = is_latest});
}

const HttpRoute api_view_routes[] = {
    {.method = "GET", .pattern = "/view/{id}", .handler = get_page},
    {.method = "GET", .pattern = "/view/{id}.html", .handler = get_html},
    {.method = "GET", .pattern = "/view/{id}.txt", .handler = get_text},
    {.pattern = NULL},
};
