#include "http/routes.h"
#include "syntax/http_target.h"
#include <string.h>

static void handler(HttpRequest *request, gpointer user_data) {}

static const HttpRoute rows[] = {
    {.method = "GET", .pattern = "/", .handler = handler},
    {.method = "GET", .pattern = "/message/{id}", .handler = handler},
    {.method = "DELETE", .pattern = "/message/{id}", .handler = handler},
    {.method = "GET", .pattern = "/message/latest", .handler = handler},
    {.method = "GET", .pattern = "/message/{id}/part/{part}", .handler = handler},
    {.method = "GET", .pattern = "/message/{id}/raw", .handler = handler},
    {.method = "GET", .pattern = "/view/{id}", .handler = handler},
    {.method = "GET", .pattern = "/view/{id}.html", .handler = handler},
    {.method = "GET", .pattern = "/view/{id}.txt", .handler = handler},
    {.method = "PUT", .pattern = "/tags/{tag}", .handler = handler},
    {.pattern = NULL},
};

/* "pattern name=value ...", or "405 methods", or "404". */
static char *match(const HttpRoutes *routes, const char *method, const char *path) {
  HttpRejection rejection = {0};
  g_auto(GStrv) segments = http_target_split(path, &rejection);
  g_auto(HttpMatch) found = {0};

  http_routes_match(routes, method, segments, &found);
  if (!found.route)
    return found.allow ? g_strdup_printf("405 %s", found.allow) : g_strdup("404");
  g_autoptr(GString) said = g_string_new(found.route->pattern);
  for (guint i = 0; found.names[i]; i++)
    g_string_append_printf(said, " %s=%s", found.names[i], found.values[i]);
  return g_string_free(g_steal_pointer(&said), FALSE);
}

static void test_matching(void) {
  static const struct {
    const char *method, *path, *said;
  } cases[] = {
      {"GET", "/", "/"},
      {"HEAD", "/", "/"},
      {"GET", "/message/abc", "/message/{id} id=abc"},
      {"DELETE", "/message/abc", "/message/{id} id=abc"},
      {"GET", "/message/latest", "/message/latest"},
      {"GET", "/message/latest/raw", "/message/{id}/raw id=latest"},
      {"GET", "/message/a/part/1.2", "/message/{id}/part/{part} id=a part=1.2"},
      {"GET", "/view/a", "/view/{id} id=a"},
      {"GET", "/view/a.html", "/view/{id}.html id=a"},
      {"GET", "/view/a.html.txt", "/view/{id}.txt id=a.html"},
      {"GET", "/view/.html", "/view/{id} id=.html"},
      {"PUT", "/tags/a b", "/tags/{tag} tag=a b"},
      {"POST", "/message/abc", "405 GET, HEAD, DELETE, OPTIONS"},
      {"DELETE", "/message/latest", "405 GET, HEAD, OPTIONS"},
      {"get", "/", "405 GET, HEAD, OPTIONS"},
      {"HEAD", "/tags/a", "405 PUT, OPTIONS"},
      {"GET", "/message", "404"},
      {"GET", "/message/", "404"},
      {"GET", "/message/a/", "404"},
      {"GET", "/message//raw", "404"},
      {"GET", "//", "404"},
      {"GET", "/Message/a", "404"},
      {"GET", "/view/a/b.html", "404"},
  };
  g_autoptr(HttpRoutes) routes = http_routes_new("");

  http_routes_add(routes, rows, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *said = match(routes, cases[i].method, cases[i].path);
    g_assert_cmpstr(said, ==, cases[i].said);
  }
}

static void test_a_prefix_stands_before_every_path(void) {
  g_autoptr(HttpRoutes) routes = http_routes_new("/tools/mail");

  http_routes_add(routes, rows, NULL);
  g_autofree char *below = match(routes, "GET", "/tools/mail/message/a");
  g_autofree char *top = match(routes, "GET", "/tools/mail/");
  g_autofree char *outside = match(routes, "GET", "/message/a");
  g_assert_cmpstr(below, ==, "/message/{id} id=a");
  g_assert_cmpstr(top, ==, "/");
  g_assert_cmpstr(outside, ==, "404");
}

static void test_tables_can_be_added(void) {
  static const HttpRoute more[] = {{.method = "GET", .pattern = "/more", .handler = handler}, {.pattern = NULL}};
  g_autoptr(HttpRoutes) routes = http_routes_new("");
  char *more_segments[] = {(char *)"more", NULL};
  g_auto(HttpMatch) found = {0};
  int data;

  http_routes_add(routes, rows, NULL);
  http_routes_add(routes, more, &data);
  http_routes_match(routes, "GET", more_segments, &found);
  g_assert_true(found.route == &more[0] && found.user_data == &data);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/routes/matching", test_matching);
  g_test_add_func("/routes/a_prefix_stands_before_every_path", test_a_prefix_stands_before_every_path);
  g_test_add_func("/routes/tables_can_be_added", test_tables_can_be_added);
  return g_test_run();
}
