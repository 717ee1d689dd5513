/* Tags. */
#include "api/api_private.h"
#include "api/api_request.h"

static HttpResponse *make_tags(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error) {
  g_autoptr(GPtrArray) tags = inbox_reader_tags(reader, error);

  return tags ? api_json_response(budget, 200, json_tags(tags)) : NULL;
}

static void get_tags(HttpRequest *request, gpointer user_data) {
  api_ask(user_data, request, INBOX_LANE_LISTS, make_tags, NULL, NULL);
}

/* Tags in place of those the messages have, or some to be added and others to be taken off. FALSE: an error. */
static gboolean read_tags(const json_t *body, GPtrArray **tags, GPtrArray **added, GPtrArray **removed,
                          GError **error) {
  gboolean is_change = api_json_get(body, "Add") || api_json_get(body, "Remove");

  if (is_change && api_json_get(body, "Tags"))
    return api_set_error(error, "give either Tags, or Add and Remove");
  *tags = is_change ? NULL : api_json_get_strings(body, "Tags", error);
  *added = is_change ? api_json_get_strings(body, "Add", error) : NULL;
  *removed = *added ? api_json_get_strings(body, "Remove", error) : NULL;
  return *tags || *removed;
}

static void put_tags(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) body = api_body_read(request, FALSE, NULL, &error);
  g_autoptr(GPtrArray) tags = NULL;
  g_autoptr(GPtrArray) added = NULL;
  g_autoptr(GPtrArray) removed = NULL;
  InboxSelection selection = {0};

  if (!body || !read_tags(body, &tags, &added, &removed, &error) ||
      !api_selection_read(request, body, &selection, &error)) {
    api_answer_bad(request, error);
    return;
  }
  if (!selection.query && !selection.ids) /* nobody means all by naming none */
    selection.ids = g_ptr_array_new();
  if (tags)
    inbox_tag_set(api->inbox, selection, g_steal_pointer(&tags), api_answer_changed, request);
  else
    inbox_tag_change(api->inbox, selection, g_steal_pointer(&added), g_steal_pointer(&removed), api_answer_changed,
                     request);
}

/* Here what is not found is part of what was asked, and not where. */
static void tag_changed_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  static const struct {
    InboxError code;
    const char *problem;
  } problems[] = {
      {INBOX_ERROR_NOT_FOUND, "no such tag"},
      {INBOX_ERROR_EXISTS, "a tag of this name exists already"},
      {INBOX_ERROR_INVALID, "a tag's name consists of letters, digits, spaces and . _ @ -"},
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
