#include "http/routes.h"
#include <string.h>

/* One segment of a pattern: a literal, or a parameter with a literal behind it. */
typedef struct Segment {
  char *parameter; /* NULL: none */
  char *literal;   /* "" */
} Segment;

typedef struct Pattern {
  const HttpRoute *route;
  gpointer user_data;
  GArray *segments; /* Segment */
} Pattern;

struct HttpRoutes {
  char *prefix;
  GPtrArray *patterns; /* Pattern */
};

static void segment_clear(gpointer data) {
  Segment *segment = data;

  g_free(segment->parameter);
  g_free(segment->literal);
}

static void pattern_free(gpointer data) {
  Pattern *pattern = data;

  g_array_unref(pattern->segments);
  g_free(pattern);
}

HttpRoutes *http_routes_new(const char *prefix) {
  HttpRoutes *routes = g_new0(HttpRoutes, 1);

  routes->prefix = g_strdup(prefix);
  routes->patterns = g_ptr_array_new_with_free_func(pattern_free);
  return routes;
}

void http_routes_free(HttpRoutes *routes) {
  if (!routes)
    return;
  g_free(routes->prefix);
  g_ptr_array_unref(routes->patterns);
  g_free(routes);
}

const char *http_routes_prefix(const HttpRoutes *routes) {
  return routes->prefix;
}

static Segment parse_segment(const char *text) {
  const char *end = strchr(text, '}');

  if (text[0] != '{')
    return (Segment){.literal = g_strdup(text)};
  g_assert(end);
  return (Segment){.parameter = g_strndup(text + 1, (gsize)(end - text - 1)), .literal = g_strdup(end + 1)};
}

static Pattern *pattern_new(const char *prefix, const HttpRoute *route, gpointer user_data) {
  g_autofree char *path = g_strconcat(prefix, route->pattern, NULL);
  g_auto(GStrv) texts = g_strsplit(path + 1, "/", -1);
  Pattern *pattern = g_new0(Pattern, 1);
  guint n_parameters = 0;

  pattern->route = route;
  pattern->user_data = user_data;
  pattern->segments = g_array_new(FALSE, FALSE, sizeof(Segment));
  g_array_set_clear_func(pattern->segments, segment_clear);
  for (char **text = texts; *text; text++) {
    const Segment segment = parse_segment(*text);
    n_parameters += segment.parameter != NULL;
    g_array_append_val(pattern->segments, segment);
  }
  /* "/" has one segment, an empty one, where g_strsplit() says none. */
  if (pattern->segments->len == 0)
    g_array_append_val(pattern->segments, ((Segment){.literal = g_strdup("")}));
  g_assert(n_parameters <= HTTP_ROUTE_PARAMS_MAX);
  return pattern;
}

/* Of two patterns that fit one path the one that says more, at the first segment that differs, comes first. */
static gint compare_patterns(gconstpointer a, gconstpointer b) {
  const Pattern *left = *(const Pattern *const *)a;
  const Pattern *right = *(const Pattern *const *)b;

  for (guint i = 0; i < MIN(left->segments->len, right->segments->len); i++) {
    const Segment *left_segment = &g_array_index(left->segments, Segment, i);
    const Segment *right_segment = &g_array_index(right->segments, Segment, i);
    if (!left_segment->parameter != !right_segment->parameter)
      return left_segment->parameter ? 1 : -1;
    gsize left_len = strlen(left_segment->literal);
    gsize right_len = strlen(right_segment->literal);
    if (left_segment->parameter && left_len != right_len)
      return left_len > right_len ? -1 : 1;
  }
  return 0;
}

void http_routes_add(HttpRoutes *routes, const HttpRoute *rows, gpointer user_data) {
  for (const HttpRoute *row = rows; row->pattern; row++)
    g_ptr_array_add(routes->patterns, pattern_new(routes->prefix, row, user_data));
  g_ptr_array_sort(routes->patterns, compare_patterns);
}

/* --- matching */

static gboolean segment_fits(const Segment *segment, const char *text) {
  if (!segment->parameter)
    return strcmp(segment->literal, text) == 0;
  return strlen(text) > strlen(segment->literal) && g_str_has_suffix(text, segment->literal);
}

static gboolean pattern_fits(const Pattern *pattern, char *const *segments, guint n_segments) {
  if (pattern->segments->len != n_segments)
    return FALSE;
  for (guint i = 0; i < n_segments; i++)
    if (!segment_fits(&g_array_index(pattern->segments, Segment, i), segments[i]))
      return FALSE;
  return TRUE;
}

static void take_values(const Pattern *pattern, char *const *segments, HttpMatch *match) {
  guint n_values = 0;

  match->route = pattern->route;
  match->user_data = pattern->user_data;
  for (guint i = 0; i < pattern->segments->len; i++) {
    const Segment *segment = &g_array_index(pattern->segments, Segment, i);
    if (!segment->parameter)
      continue;
    match->names[n_values] = segment->parameter;
    match->values[n_values++] = g_strndup(segments[i], strlen(segments[i]) - strlen(segment->literal));
  }
}

static gboolean answers(const HttpRoute *route, const char *method) {
  return strcmp(route->method, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

void http_routes_match(const HttpRoutes *routes, const char *method, char *const *segments, HttpMatch *out_match) {
  guint n_segments = g_strv_length((char **)segments);
  g_autoptr(GString) allow = g_string_new(NULL);
  const Pattern *first = NULL;

  *out_match = (HttpMatch){0};
  for (guint i = 0; i < routes->patterns->len; i++) {
    const Pattern *pattern = g_ptr_array_index(routes->patterns, i);
    /* The path belongs to the first pattern that fits it; others count only when they are as specific. */
    if (!pattern_fits(pattern, segments, n_segments) || (first && compare_patterns(&first, &pattern) != 0))
      continue;
    first = first ? first : pattern;
    g_string_append(allow, pattern->route->method);
    g_string_append(allow, strcmp(pattern->route->method, "GET") == 0 ? ", HEAD, " : ", ");
    if (!out_match->route && answers(pattern->route, method))
      take_values(pattern, segments, out_match);
  }
  if (first)
    out_match->allow = g_strconcat(allow->str, "OPTIONS", NULL);
}

void http_match_clear(HttpMatch *match) {
  for (char **value = match->values; *value; value++)
    g_free(*value);
  g_free(match->allow);
  *match = (HttpMatch){0};
}
