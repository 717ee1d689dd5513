/* Which inboxes the servers of this user have open now. Their names and places are told on this machine only: whoever
 * else may read the messages here need not know what its owner works on beside them. */
#include "api/api_private.h"
#include "api/inbox_names.h"
#include <string.h>

void api_inbox_free(ApiInbox *inbox) {
  if (!inbox)
    return;
  g_free(inbox->maildir);
  g_free(inbox->url);
  g_free(inbox);
}

static gint by_place(gconstpointer a, gconstpointer b) {
  const ApiInbox *const *one = a, *const *other = b;
  int order = strcmp((*one)->maildir, (*other)->maildir);

  return order != 0 ? order : g_strcmp0((*one)->url, (*other)->url);
}

static json_t *print_inbox(const ApiInbox *inbox, const char *name, gboolean is_near) {
  json_t *object = json_object();

  json_object_set_new(object, "Name", json_text(name));
  json_object_set_new(object, "Path", is_near ? json_text(inbox->maildir) : json_null());
  json_object_set_new(object, "URL", is_near && inbox->url ? json_text(inbox->url) : json_null());
  json_object_set_new(object, "Current", json_boolean(inbox->is_current));
  return object;
}

static json_t *print_inboxes(const GPtrArray *inboxes, gboolean is_near) {
  g_autofree const char **paths = g_new0(const char *, inboxes->len + 1);
  json_t *list = json_array();

  for (guint i = 0; i < inboxes->len; i++)
    paths[i] = ((const ApiInbox *)g_ptr_array_index(inboxes, i))->maildir;
  g_auto(GStrv) names = inbox_names(paths);
  for (guint i = 0; i < inboxes->len; i++)
    json_array_append_new(list, print_inbox(g_ptr_array_index(inboxes, i), names[i], is_near));
  return list;
}

typedef struct Listing {
  const ApiHost *host;
  gboolean is_near;
} Listing;

/* On a thread, for it reads files. */
static HttpResponse *make_list(HttpBudget *budget, gpointer data) {
  g_autofree Listing *listing = data;
  g_autoptr(GPtrArray) inboxes = listing->host->list_inboxes(listing->is_near, listing->host->list_inboxes_data);
  json_t *object = json_object();

  g_ptr_array_sort(inboxes, by_place);
  json_object_set_new(object, "Inboxes", print_inboxes(inboxes, listing->is_near));
  json_object_set_new(object, "Complete", json_boolean(listing->is_near));
  return api_json_response(budget, 200, object);
}

static void get_inboxes(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;

  if (!api->host->list_inboxes) {
    http_request_answer(request,
                        http_response_error(404, "this process serves a single command and knows no other servers"));
    return;
  }
  Listing *listing = g_new0(Listing, 1);
  *listing = (Listing){.host = api->host, .is_near = http_request_is_near(request)};
  api_answer_later(api, request, make_list, listing);
}

const HttpRoute api_inboxes_routes[] = {
    {.method = "GET", .pattern = "/api/v1/inboxes", .handler = get_inboxes},
    {.pattern = NULL},
};
