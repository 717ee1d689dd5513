/* Tags. */
#include "api/api_private.h"
#include "api/api_request.h"

static void tags_listed_cb(const InboxTag *tags, guint n_tags, const GError *error, gpointer user_data) {
  HttpRequest *request = user_data;
  json_t *names = json_array();

  if (error) {
    json_decref(names);
    http_request_answer(request, api_error_response(error));
    return;
  }
  for (guint i = 0; i < n_tags; i++)
    json_array_append_new(names, json_text(tags[i].name));
  api_answer_json(request, names);
}

static void get_tags(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;

  inbox_tags(api->inbox, tags_listed_cb, request);
}

static void put_tags(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) body = api_body_read(request, FALSE, NULL, &error);
  g_autoptr(GPtrArray) ids = body ? api_json_get_strings(body, "IDs", &error) : NULL;
  g_autoptr(GPtrArray) tags = ids ? api_json_get_strings(body, "Tags", &error) : NULL;

  if (!tags) {
    api_answer_bad(request, error);
    return;
  }
  inbox_tag_set(api->inbox, (InboxSelection){.ids = g_steal_pointer(&ids)}, g_steal_pointer(&tags), api_answer_changed,
                request);
}

/* Here what is not found is part of what was asked, and not where. */
static void tag_changed_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  static const struct {
    InboxError code;
    const char *problem;
  } problems[] = {
      {INBOX_ERROR_NOT_FOUND, "there is no such tag"},
      {INBOX_ERROR_EXISTS, "there is a tag of this name already"},
      {INBOX_ERROR_INVALID, "a tag's name has letters, digits, spaces and . _ @ - only, and at least one of them"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(problems); i++)
    if (g_error_matches(error, INBOX_ERROR, (gint)problems[i].code)) {
      http_request_answer(user_data, http_response_error(400, "%s", problems[i].problem));
      return;
    }
  api_answer_changed(n_changed, error, user_data);
}

static void put_tag(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) body = api_body_read(request, FALSE, NULL, &error);
  const char *name = "";

  if (!body || !api_json_get_string(body, "Name", &name, &error)) {
    api_answer_bad(request, error);
    return;
  }
  inbox_tag_rename(api->inbox, http_request_param(request, "tag"), name, tag_changed_cb, request);
}

static void delete_tag(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;

  inbox_tag_remove(api->inbox, http_request_param(request, "tag"), tag_changed_cb, request);
}

const HttpRoute api_tags_routes[] = {
    {.method = "GET", .pattern = "/api/v1/tags", .handler = get_tags},
    {.method = "PUT", .pattern = "/api/v1/tags", .handler = put_tags},
    {.method = "PUT", .pattern = "/api/v1/tags/{tag}", .handler = put_tag},
    {.method = "DELETE", .pattern = "/api/v1/tags/{tag}", .handler = delete_tag},
    {.pattern = NULL},
};
