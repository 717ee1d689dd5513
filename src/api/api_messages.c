#include "api/api_messages.h"
#include <string.h>

/* --- what a list holds */

ApiHolding *api_holding_new(HttpBudget *budget) {
  ApiHolding *holding = g_new0(ApiHolding, 1);

  holding->n_refs = 1;
  holding->budget = http_budget_ref(budget);
  holding->charge = http_charge_new(budget, 0);
  return holding;
}

void api_holding_unref(ApiHolding *holding) {
  if (!holding || !g_atomic_int_dec_and_test(&holding->n_refs))
    return;
  http_charge_free(holding->charge);
  http_budget_unref(holding->budget);
  g_free(holding);
}

static gboolean hold_cb(gsize n_bytes, gpointer user_data) {
  ApiHolding *holding = user_data;

  if (http_charge_grow(holding->charge, n_bytes))
    return TRUE;
  holding->n_wanted = http_charge_bytes(holding->charge) + n_bytes;
  return FALSE;
}

InboxHold api_hold(ApiHolding *holding) {
  return (InboxHold){.func = hold_cb, .data = holding};
}

static void unref_cb(gpointer data) {
  api_holding_unref(data);
}

InboxHold api_hold_ref(ApiHolding *holding) {
  g_atomic_int_inc(&holding->n_refs);
  return (InboxHold){.func = hold_cb, .data = holding, .free = unref_cb};
}

HttpResponse *api_holding_rejection(const ApiHolding *holding, GError **error) {
  if (!g_error_matches(*error, INBOX_ERROR, INBOX_ERROR_NO_ROOM))
    return NULL;
  g_clear_error(error);
  return api_no_room(holding->budget, holding->n_wanted);
}

/* --- printing */

/* JSON that grows, counted before it does. */
typedef struct Text {
  GByteArray *bytes;
  HttpCharge *charge;
  gsize n_wanted; /* 0: there was room for all */
} Text;

static void append(Text *text, const void *bytes, gsize len) {
  if (text->n_wanted > 0)
    return;
  if (http_charge_grow(text->charge, len))
    g_byte_array_append(text->bytes, bytes, (guint)len);
  else
    text->n_wanted = text->bytes->len + len;
}

/* Takes the value. */
static void append_value(Text *text, HttpBudget *budget, json_t *value) {
  gsize len = 0;
  g_autoptr(GBytes) json = json_print(budget, value, &len);

  if (json)
    append(text, g_bytes_get_data(json, NULL), len);
  else
    text->n_wanted = text->bytes->len + MAX(len, 1);
}

static void append_head(Text *text, HttpBudget *budget, json_t *head) {
  static const char key[] = ",\"messages\":[";

  append_value(text, budget, head);
  if (text->n_wanted > 0)
    return;
  g_byte_array_set_size(text->bytes, text->bytes->len - 1); /* without its brace */
  append(text, key, strlen(key));
}

HttpResponse *api_print_messages(HttpBudget *budget, guint status, json_t *head, const GPtrArray *messages) {
  Text text = {g_byte_array_new(), http_charge_new(budget, 0), 0};

  append_head(&text, budget, head);
  for (guint i = 0; i < messages->len && text.n_wanted == 0; i++) {
    if (i > 0)
      append(&text, ",", 1);
    append_value(&text, budget, json_summary(g_ptr_array_index(messages, i)));
  }
  append(&text, "]}", 2);
  g_autoptr(GBytes) json = http_charge_attach(text.charge, g_byte_array_free_to_bytes(text.bytes));
  if (text.n_wanted > 0)
    return api_no_room(budget, text.n_wanted);
  return http_response_counted(http_response_json(status, json));
}

HttpResponse *api_print_list(InboxReader *reader, HttpBudget *budget, const InboxListRequest *wanted, ApiHeadFunc head,
                             gpointer data, GError **error) {
  g_autoptr(ApiHolding) holding = api_holding_new(budget);
  InboxListRequest bounded = *wanted;
  g_autoptr(GError) reason = NULL;
  g_auto(InboxPage) page = {0};

  bounded.hold = api_hold(holding);
  if (inbox_reader_list(reader, &bounded, &page, &reason))
    return api_print_messages(budget, 200, head(&page, data), page.messages);
  HttpResponse *rejection = api_holding_rejection(holding, &reason);
  if (!rejection)
    g_propagate_error(error, g_steal_pointer(&reason));
  return rejection;
}
