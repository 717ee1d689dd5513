/* Marking messages as read or flagged, and deleting them. */
#include "api/api_private.h"
#include "api/api_request.h"

static const char *const form_names[] = {"IDs", "Read", "Flagged", NULL};

gboolean api_selection_read(const HttpRequest *request, const json_t *body, InboxSelection *out_selection,
                            GError **error) {
  g_autoptr(GPtrArray) ids = api_json_get_strings(body, "IDs", error);
  const char *search = "";

  if (!ids || !api_json_get_string(body, "Search", &search, error))
    return FALSE;
  if (ids->len > 0 && *search != '\0')
    return api_set_error(error, "give either IDs or Search, not both");
  if (*search != '\0')
    out_selection->query = api_search_parse(request, search, error);
  else if (ids->len > 0)
    out_selection->ids = g_steal_pointer(&ids);
  return *search == '\0' || out_selection->query;
}

/* Which marks the body sets and which it clears. Without any it is about Read, as Mailpit has it. */
static gboolean read_marks(const json_t *body, InboxMarks *set, InboxMarks *clear, GError **error) {
  static const struct {
    const char *name;
    InboxMarks mark;
  } marks[] = {{"Read", INBOX_MARK_READ}, {"Flagged", INBOX_MARK_FLAGGED}};
  gboolean is_about_read = api_json_get(body, "Read") || !api_json_get(body, "Flagged");

  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
    gboolean is_set = FALSE;
    if (!api_json_get_bool(body, marks[i].name, &is_set, error))
      return FALSE;
    if (api_json_get(body, marks[i].name) || (marks[i].mark == INBOX_MARK_READ && is_about_read))
      *(is_set ? set : clear) |= marks[i].mark;
  }
  return TRUE;
}

static void put_messages(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) body = api_body_read(request, FALSE, form_names, &error);
  InboxSelection selection = {0};
  InboxMarks set = 0;
  InboxMarks clear = 0;

  if (!body || !read_marks(body, &set, &clear, &error) || !api_selection_read(request, body, &selection, &error))
    api_answer_bad(request, error);
  else
    inbox_mark(api->inbox, selection, set, clear, api_answer_changed, request);
}

/* --- deleting */

typedef struct Deletion {
  Api *api;
  HttpRequest *request;
  const char *done;
} Deletion;

static void deleted_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  g_autofree Deletion *deletion = user_data;

  deletion->api->n_deleted += n_changed;
  http_request_answer(deletion->request, error ? api_error_response(error) : http_response_text(200, deletion->done));
}

void api_delete(Api *api, HttpRequest *request, InboxSelection selection, const char *done) {
  Deletion *deletion = g_new0(Deletion, 1);

  *deletion = (Deletion){.api = api, .request = request, .done = done};
  inbox_delete(api->inbox, selection, deleted_cb, deletion);
}

/* MailHog's client for Node.js takes what comes back for JSON. It is told by what every other client says: who it is,
 * or what it takes. */
static gboolean is_mailhog_client(const HttpRequest *request) {
  static const char *const names[] = {"Accept", "Accept-Encoding", "Content-Type", "User-Agent"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (http_request_header(request, names[i]))
      return FALSE;
  return TRUE;
}

/* What cannot be read deletes nothing: it may have named some. */
static void delete_messages(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) body = api_body_read(request, TRUE, form_names, &error);
  g_autoptr(GPtrArray) ids = body ? api_json_get_strings(body, "IDs", &error) : NULL;

  if (!ids)
    api_answer_bad(request, error);
  else
    api_delete(api, request, (InboxSelection){.ids = ids->len > 0 ? g_steal_pointer(&ids) : NULL},
               is_mailhog_client(request) ? "" : "ok");
}

const HttpRoute api_mark_routes[] = {
    {.method = "PUT", .pattern = "/api/v1/messages", .handler = put_messages},
    {.method = "DELETE", .pattern = "/api/v1/messages", .handler = delete_messages},
    {.pattern = NULL},
};
