#include "api/api_private.h"
#include "api/api_request.h"
#include "syntax/envelope.h"
#include "syntax/received_octets.h"
#include <string.h>

static void read_free(ApiRead *read) {
  g_free(read->part_id);
  g_free(read->prefix);
  dns_records_unref(read->records);
  http_budget_unref(read->budget);
  g_free(read->id);
  g_free(read);
}

gsize api_read_envelope(GBytes *stored_octets, Envelope **out_envelope, char **out_bare_lf) {
  gsize len;
  const char *start = g_bytes_get_data(stored_octets, &len);
  gsize block_len = 0;

  if (out_bare_lf)
    *out_bare_lf = NULL;
  *out_envelope = start ? envelope_parse_block(start, len, &block_len, out_bare_lf) : NULL;
  if (!*out_envelope)
    *out_envelope = envelope_new();
  return block_len;
}

GBytes *api_read_received(GBytes *stored_octets, Envelope **out_envelope) {
  g_autoptr(Envelope) envelope = NULL;
  g_autofree char *bare_lf = NULL;
  gsize block_len = api_read_envelope(stored_octets, &envelope, &bare_lf);
  const guint8 *stored = (const guint8 *)g_bytes_get_data(stored_octets, NULL) + block_len;
  gsize n_stored = g_bytes_get_size(stored_octets) - block_len;
  ReceivedOctets counting;
  ReceivedOctets writing;

  received_octets_init(&counting, bare_lf);
  gsize n_received = received_octets_count(&counting, stored, n_stored);
  guint8 *received = g_try_malloc(MAX(n_received, 1));
  if (!received)
    return NULL;
  received_octets_init(&writing, bare_lf);
  received_octets_feed(&writing, stored, n_stored, received);
  if (out_envelope)
    *out_envelope = g_steal_pointer(&envelope);
  return g_bytes_new_take(received, n_received);
}

static gpointer make_cb(const InboxMail *mail, GBytes *stored_octets, gpointer user_data) {
  ApiRead *read = user_data;
  g_autoptr(Envelope) envelope = NULL;
  g_autoptr(GBytes) octets = api_read_received(stored_octets, &envelope);

  if (!octets) {
    read->response = http_response_error(503, "there is not enough memory for this mail");
    return read;
  }
  g_autoptr(Message) message = message_parse(octets, 0);
  const ApiMail asked = {
      .mail = mail, .envelope = envelope, .message = message, .octets = octets, .stored_octets = stored_octets};
  read->id = g_strdup(mail->id);
  read->was_read = mail->is_read;
  if (read->take)
    read->taken = read->take(&asked, read);
  else
    read->response = read->make(&asked, read);
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

void api_read(Api *api, HttpRequest *request, const ApiRead *wanted) {
  const char *id = http_request_param(request, "id");
  const char *text = http_request_query(request, "query");
  gboolean is_latest = !id || strcmp(id, "latest") == 0;
  g_autoptr(GError) error = NULL;
  SearchQuery *query = is_latest && text ? api_search_parse(request, text, &error) : NULL;

  if (error) {
    api_answer_bad(request, error);
    return;
  }
  ApiRead *read = g_memdup2(wanted, sizeof *wanted);
  read->api = api;
  read->request = request;
  read->part_id = g_strdup(http_request_param(request, "part"));
  read->prefix = g_strdup(http_request_prefix(request));
  read->records = dns_records_ref(api->host->dns_records);
  read->budget = http_budget_ref(http_request_budget(request));
  inbox_read(api->inbox, is_latest ? NULL : id, query, make_cb, done_cb, read);
}
