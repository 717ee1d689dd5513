#include "api/api_request.h"
#include "syntax/json_bounds.h"
#include <string.h>

G_DEFINE_QUARK(dsmtpd - api - error, api_error)

gboolean api_set_error(GError **error, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error_literal(error, API_ERROR, API_ERROR_BAD_REQUEST, message);
  return FALSE;
}

/* --- the query */

guint64 api_query_number(const HttpRequest *request, const char *name, guint64 usual) {
  const char *text = http_request_query(request, name);
  guint64 number;

  if (!text || !g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &number, NULL))
    return usual;
  return number;
}

guint64 api_query_limit(const HttpRequest *request) {
  const char *text = http_request_query(request, "limit");
  guint64 limit;

  if (!text || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &limit, NULL))
    return API_PAGE_USUAL;
  return limit == 0 ? API_PAGE_MAX : MIN(limit, API_PAGE_MAX);
}

gboolean api_query_after(const HttpRequest *request, guint64 *out_cursor, GError **error) {
  const char *text = http_request_query(request, "after");

  *out_cursor = 0;
  if (text && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, out_cursor, NULL))
    return api_set_error(error, "after must be a cursor: the number that lists and waits return");
  return TRUE;
}

gboolean api_query_flag(const HttpRequest *request, const char *name) {
  const char *text = http_request_query(request, name);

  return text && (strcmp(text, "1") == 0 || g_ascii_strcasecmp(text, "true") == 0);
}

SearchQuery *api_search_parse(const HttpRequest *request, const char *text, GError **error) {
  const SearchQueryOptions options = {
      .time_zone = http_request_query(request, "tz"),
      .strict = api_query_flag(request, "strict"),
  };
  g_autoptr(GError) problem = NULL;
  SearchQuery *query = search_query_parse(text, &options, &problem);

  if (!query)
    api_set_error(error, "invalid query: %s", problem->message);
  return query;
}

/* --- bodies */

static gboolean is_blank(const char *text, gsize len) {
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isspace(text[i]))
      return FALSE;
  return TRUE;
}

static gboolean is_form(const HttpRequest *request) {
  const char *type = http_request_header(request, "Content-Type");

  return type && g_ascii_strncasecmp(type, "application/x-www-form-urlencoded",
                                     strlen("application/x-www-form-urlencoded")) == 0;
}

static const char *find_name(const char *const names[], const char *name) {
  for (guint i = 0; names[i]; i++)
    if (g_ascii_strcasecmp(names[i], name) == 0)
      return names[i];
  return NULL;
}

/* A field becomes a list of texts, but "true" and "false" become what they say. NULL: some field is none of the names.
 */
static json_t *read_form(const char *text, gsize len, const char *const names[]) {
  json_t *object = json_object();
  g_autofree char *copy = g_strndup(text, len);
  g_auto(GStrv) fields = g_strsplit(copy, "&", JSON_VALUES_MAX);

  for (char **field = fields; *field; field++) {
    char *equals = strchr(*field, '=');
    g_autofree char *spaced = equals ? g_strdelimit(g_strdup(equals + 1), "+", ' ') : NULL;
    g_autofree char *value = spaced ? g_uri_unescape_string(spaced, NULL) : NULL;
    if (equals)
      *equals = '\0';
    const char *name = value ? find_name(names, *field) : NULL;
    if (!name) {
      json_decref(object);
      return NULL;
    }
    if (g_ascii_strcasecmp(value, "true") == 0 || g_ascii_strcasecmp(value, "false") == 0) {
      json_object_set_new(object, name, json_boolean(g_ascii_tolower(*value) == 't'));
      continue;
    }
    json_t *list = json_object_get(object, name);
    if (!list)
      json_object_set_new(object, name, list = json_array());
    json_array_append_new(list, json_string(value));
  }
  return object;
}

static json_t *read_json(const char *text, gsize len, GError **error) {
  const char *beyond = json_bounds_check(text, len);
  json_error_t problem;

  if (beyond) {
    api_set_error(error, "the JSON body is too large: %s", beyond);
    return NULL;
  }
  json_t *value = json_loadb(text, len, JSON_DECODE_ANY, &problem);
  if (!value)
    api_set_error(error, "the body is not valid JSON: line %d, column %d: %s", problem.line, problem.column,
                  problem.text);
  return value;
}

static json_t *check_object(json_t *value, GError **error) {
  if (value && !json_is_object(value)) {
    g_clear_pointer(&value, json_decref);
    api_set_error(error, "the body must be a JSON object");
  }
  return value;
}

json_t *api_json_read(GBytes *bytes, GError **error) {
  gsize len;
  const char *text = g_bytes_get_data(bytes, &len);

  if (!is_blank(text, len))
    return check_object(read_json(text, len, error), error);
  api_set_error(error, "the body is empty; it must be a JSON object");
  return NULL;
}

json_t *api_body_read(const HttpRequest *request, gboolean may_be_empty, const char *const form_names[],
                      GError **error) {
  gsize len;
  const char *text = g_bytes_get_data(http_request_body(request), &len);
  json_t *form = NULL;

  if (may_be_empty && is_blank(text, len))
    return json_object();
  if (form_names && is_form(request) && !is_blank(text, len))
    form = read_form(text, len, form_names);
  return form ? form : api_json_read(http_request_body(request), error);
}

/* --- members */

/* The name as it is goes before others of its letters. */
static const json_t *find_member(const json_t *object, const char *name) {
  void *member = json_object_iter((json_t *)object);
  const json_t *found = json_object_get(object, name);

  for (; member && !found; member = json_object_iter_next((json_t *)object, member))
    if (g_ascii_strcasecmp(json_object_iter_key(member), name) == 0)
      found = json_object_iter_value(member);
  return found;
}

const json_t *api_json_get(const json_t *object, const char *name) {
  const json_t *found = find_member(object, name);

  return json_is_null(found) ? NULL : found;
}

gboolean api_json_get_bool(const json_t *object, const char *name, gboolean *out, GError **error) {
  const json_t *value = api_json_get(object, name);

  if (value && !json_is_boolean(value)) {
    api_set_error(error, "%s must be true or false", name);
    return FALSE;
  }
  if (value)
    *out = json_is_true(value);
  return TRUE;
}

gboolean api_json_get_string(const json_t *object, const char *name, const char **out, GError **error) {
  const json_t *value = api_json_get(object, name);

  if (value && !json_is_string(value)) {
    api_set_error(error, "%s must be a string", name);
    return FALSE;
  }
  if (value)
    *out = json_string_value(value);
  return TRUE;
}

GPtrArray *api_json_get_strings(const json_t *object, const char *name, GError **error) {
  const json_t *value = api_json_get(object, name);
  g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);

  if (value && (!json_is_array(value) || json_array_size(value) > API_IDS_MAX)) {
    api_set_error(error, "%s must be a list of at most %d strings", name, API_IDS_MAX);
    return NULL;
  }
  for (gsize i = 0; i < json_array_size(value); i++) {
    const char *text = json_string_value(json_array_get(value, i));
    if (!text) {
      api_set_error(error, "%s must be a list of strings; item %zu is not a string", name, i + 1);
      return NULL;
    }
    g_ptr_array_add(strings, g_strdup(text));
  }
  return g_steal_pointer(&strings);
}
