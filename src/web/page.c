#include "web/page.h"
#include "http/response.h"
#include "web/page_data.h"
#include <string.h>

/* Nothing from elsewhere, no script or style inside the page, no form that sends, no other page around it. Pictures
 * are also those that the page draws itself, and frames what it hands to the browser's viewer of PDF. */
#define PAGE_POLICY                                                                                                    \
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "          \
  "media-src 'self'; frame-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

/* Their path names the hash of all of them. */
#define NEVER_CHANGES "private, max-age=31536000, immutable"

/* NULL: there is no such file. The caller unrefs. */
static GBytes *find(const char *path, const char *suffix) {
  g_autofree char *name = g_strconcat("/dsmtpd/page/", path, suffix, NULL);

  return g_resource_lookup_data(page_data_get_resource(), name, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

static const char *type_of(const char *path) {
  static const struct {
    const char *suffix;
    const char *type;
  } types[] = {
      {".css", "text/css; charset=utf-8"},
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
    if (g_str_has_suffix(path, types[i].suffix))
      return types[i].type;
  return "application/octet-stream";
}

/* NULL: there is no such file. */
static HttpResponse *file_response(const char *path) {
  g_autoptr(GBytes) bytes = find(path, "");
  g_autoptr(GBytes) compressed = find(path, ".gz");

  if (!bytes || !compressed)
    return NULL;
  HttpResponse *response = http_response_bytes(200, type_of(path), bytes);
  http_response_set_compressed(response, compressed);
  return response;
}

/* What its files are called may change with the next version, so it is asked for again each time. */
static HttpResponse *page_response(const char *path) {
  HttpResponse *response = file_response(path);

  http_response_set_header(response, "Content-Security-Policy", PAGE_POLICY);
  http_response_set_header(response, "Cache-Control", "no-cache");
  http_response_set_etag(response, PAGE_HASH);
  return response;
}

static void get_list(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, page_response("list.html"));
}

/* Whether there is such a message the page finds out. */
static void get_mail(HttpRequest *request, gpointer user_data) {
  const char *id = http_request_param(request, "id");

  if (id[strspn(id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._~-")] == '\0')
    http_request_answer(request, page_response("mail.html"));
  else
    http_request_answer(request, http_response_error(404, "not the ID of a message"));
}

/* For people; a program that asks for JSON gets the document that the page is made from. */
static void get_api(HttpRequest *request, gpointer user_data) {
  const char *accepts = http_request_header(request, "Accept");
  gboolean wants_json = accepts && strstr(accepts, "json") && !strstr(accepts, "text/html");
  HttpResponse *response = wants_json ? http_response_redirect("openapi.json") : page_response("api.html");

  http_response_set_header(response, "Vary", "Accept");
  http_request_answer(request, response);
}

static void get_file(HttpRequest *request, gpointer user_data) {
  const char *directory = http_request_param(request, "folder");
  const char *file = http_request_param(request, "file");
  g_autofree char *path = g_strjoin("/", "files", directory ? directory : file, directory ? file : NULL, NULL);
  gboolean is_ours = strcmp(http_request_param(request, "hash"), PAGE_HASH) == 0;
  HttpResponse *response = is_ours ? file_response(path) : NULL;

  if (!response) {
    http_request_answer(request,
                        http_response_error(404, "this version of the page has no such file; reload the page"));
    return;
  }
  http_response_set_header(response, "Cache-Control", NEVER_CHANGES);
  http_response_set_etag(response, PAGE_HASH);
  http_request_answer(request, response);
}

/* Relative, as a proxy may have put more before the path. */
static void get_api_root(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, http_response_redirect("v1/"));
}

/* "/mail" instead of "/mail/". */
static void get_root(HttpRequest *request, gpointer user_data) {
  g_autofree char *location = g_strconcat(http_request_prefix(request), "/", NULL);

  http_request_answer(request, http_response_redirect(location));
}

void page_add_routes(HttpRoutes *routes) {
  static const HttpRoute rows[] = {
      {.method = "GET", .pattern = "/", .handler = get_list},
      {.method = "GET", .pattern = "/attempts", .handler = get_list},
      {.method = "GET", .pattern = "/view/{id}", .handler = get_mail},
      {.method = "GET", .pattern = "/api/", .handler = get_api_root},
      {.method = "GET", .pattern = "/api/v1", .handler = get_api_root},
      {.method = "GET", .pattern = "/api/v1/", .handler = get_api},
      {.method = "GET", .pattern = "/page/{hash}/{file}", .handler = get_file},
      {.method = "GET", .pattern = "/page/{hash}/{folder}/{file}", .handler = get_file},
      {.pattern = NULL},
  };
  static const HttpRoute root_row[] = {
      {.method = "GET", .pattern = "", .handler = get_root},
      {.pattern = NULL},
  };

  http_routes_add(routes, rows, NULL);
  if (*http_routes_prefix(routes) != '\0')
    http_routes_add(routes, root_row, NULL);
}
