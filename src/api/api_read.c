#include "api/api_private.h"
#include "api/api_request.h"
#include "message/links.h"
#include <string.h>

static void read_free(ApiRead *read) {
  g_free(read->part_id);
  g_free(read->prefix);
  http_charge_free(read->working);
  dns_records_unref(read->records);
  http_budget_unref(read->budget);
  api_named_clear(&read->named);
  g_free(read->id);
  g_free(read);
}

/* Beside the texts themselves, for a part and a field of the header. */
enum { PART_BYTES = 2048, FIELD_BYTES = 512 };

/* A text is there decoded and converted, or converted and in JSON; other parts are looked at one by one. */
gsize api_cost_of(const Message *message) {
  const GPtrArray *parts = message_parts(message);
  gsize n_text = 0, n_header = 0, n_largest = 0;

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    n_header += part->body_offset - part->header_offset;
    if (part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML)
      n_text += part->body_len;
    else if (part->kind != MESSAGE_PART_CONTAINER)
      n_largest = MAX(n_largest, part->body_len);
  }
  return 3 * (n_text + n_header) + n_largest + parts->len * PART_BYTES + message_fields(message)->len * FIELD_BYTES;
}

/* With a base address a link can be a thousand times as long as it is written. */
gsize api_cost_of_links(const ApiMail *mail, const ApiRead *read) {
  enum { COPIES = 3, GROWTH_MAX = 1000 };

  return api_cost_of(mail->message) + MIN(COPIES * (gsize)LINKS_BYTES_MAX, GROWTH_MAX * g_bytes_get_size(mail->bytes));
}

static HttpResponse *make(ApiRead *read, const ApiMail *mail) {
  gsize cost = read->cost ? read->cost(mail, read) : api_cost_of(mail->message);
  gsize counted = http_charge_bytes(read->working);

  http_charge_shrink(read->working, cost);
  if (cost > counted && !http_charge_grow(read->working, cost - counted))
    return api_no_room(read->budget, g_bytes_get_size(mail->bytes) + cost);
  if (read->take) {
    read->taken = read->take(mail, read);
    g_clear_pointer(&read->working, http_charge_free);
    return NULL;
  }
  HttpResponse *response = read->make(mail, read);
  return http_response_charge(response, g_steal_pointer(&read->working));
}

/* What making takes is known when the message has been read; before that it is taken to be as much as its file has, so
 * that most of what does not fit is rejected without a look at it. */
static HttpResponse *read_and_make(ApiRead *read, const InboxMail *mail, StoredMail *stored) {
  gsize first_guess = (gsize)MIN(stored_mail_size(stored), INBOX_WHOLE_BYTES_MAX);

  read->working = http_charge_new(read->budget, first_guess);
  g_autoptr(GBytes) bytes = read->working ? stored_mail_read(stored, read->budget) : NULL;

  if (!bytes)
    return api_unread_response(stored, read->budget);
  g_autoptr(Message) message = message_parse(bytes, 0);
  const ApiMail asked = {.mail = mail, .envelope = stored_mail_envelope(stored), .message = message, .bytes = bytes};
  return make(read, &asked);
}

static gpointer make_cb(InboxReader *reader, gpointer user_data, GError **error) {
  ApiRead *read = user_data;
  g_autoptr(InboxMail) mail = NULL;
  guint64 size_bytes = 0;

  if (http_request_is_abandoned(read->request)) {
    read->response = api_abandoned_response();
    return read;
  }
  int fd = inbox_reader_open(reader, read->named.id, read->named.query, &mail, &size_bytes, error);

  if (fd < 0)
    return NULL;
  g_autoptr(StoredMail) stored = stored_mail_new(fd, size_bytes);
  read->id = g_strdup(mail->id);
  read->was_read = mail->is_read;
  read->response =
      read->make_of_file ? read->make_of_file(mail, g_steal_pointer(&stored), read) : read_and_make(read, mail, stored);
  return read;
}

static void marked_cb(guint64 n_changed, const GError *error, gpointer user_data) {}

/* What is asked for later sees the mark, so that the answer need not wait for it. */
static void mark_read(const ApiRead *read) {
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

  g_ptr_array_add(ids, g_strdup(read->id));
  inbox_mark(read->api->inbox, (InboxSelection){.ids = g_steal_pointer(&ids)}, INBOX_MARK_READ, 0, marked_cb, NULL);
}

static void done_cb(gpointer answer, const GError *error, gpointer user_data) {
  ApiRead *read = user_data;

  if (read->marks_read && read->id && !read->was_read && read->api->inbox)
    mark_read(read);
  if (error || read->response)
    http_request_answer(read->request, error ? api_error_response(error) : read->response);
  else
    read->go_on(read->api, read->request, read->taken);
  read_free(read);
}

void api_named_clear(ApiNamed *named) {
  g_clear_pointer(&named->id, g_free);
  g_clear_pointer(&named->query, search_query_free);
}

gboolean api_read_name(HttpRequest *request, ApiNamed *out_named) {
  const char *id = http_request_param(request, "id");
  const char *text = http_request_query(request, "query");
  gboolean is_latest = !id || strcmp(id, "latest") == 0;
  g_autoptr(GError) error = NULL;

  out_named->id = is_latest ? NULL : g_strdup(id);
  out_named->query = is_latest && text ? api_search_parse(request, text, &error) : NULL;
  if (error)
    api_answer_bad(request, error);
  return error == NULL;
}

static void named_free(gpointer data) {
  api_named_clear(data);
  g_free(data);
}

void api_ask_named(Api *api, HttpRequest *request, ApiAskFunc work) {
  ApiNamed named;

  if (api_read_name(request, &named))
    api_ask(api, request, INBOX_LANE_LISTS, work, g_memdup2(&named, sizeof named), named_free);
}

void api_read(Api *api, HttpRequest *request, const ApiRead *wanted) {
  ApiNamed named;

  if (!api_read_name(request, &named))
    return;
  ApiRead *read = g_memdup2(wanted, sizeof *wanted);
  read->api = api;
  read->request = request;
  read->named = named;
  read->part_id = g_strdup(http_request_param(request, "part"));
  read->prefix = g_strdup(http_request_prefix(request));
  read->records = dns_records_ref(api->host->dns_records);
  read->budget = http_budget_ref(http_request_budget(request));
  inbox_ask(api->inbox, INBOX_LANE_MESSAGES, make_cb, done_cb, read);
}
