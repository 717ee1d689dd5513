#include "index/index_lists.h"

#include <jansson.h>

static const char *const address_keys[SUMMARY_ADDRESSES_N] = {
    [SUMMARY_FROM] = "from",         [SUMMARY_TO] = "to", [SUMMARY_CC] = "cc", [SUMMARY_BCC] = "bcc",
    [SUMMARY_REPLY_TO] = "reply_to",
};

static void put_strings(json_t *object, const char *key, const GPtrArray *strings) {
  if (strings->len == 0)
    return;
  json_t *list = json_array();
  for (guint i = 0; i < strings->len; i++)
    json_array_append_new(list, json_string(g_ptr_array_index(strings, i)));
  json_object_set_new(object, key, list);
}

char *index_lists_print(const MailSummary *summary) {
  json_t *object = json_object();

  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++) {
    const GPtrArray *addresses = summary->addresses[i];
    json_t *list = addresses->len > 0 ? json_array() : NULL;
    for (guint j = 0; j < addresses->len; j++) {
      const MailAddress *address = g_ptr_array_index(addresses, j);
      json_array_append_new(list, json_string(address->address));
      json_array_append_new(list, json_string(address->name));
    }
    if (list)
      json_object_set_new(object, address_keys[i], list);
  }
  put_strings(object, "rcpt", summary->recipients);
  put_strings(object, "references", summary->references);
  put_strings(object, "diagnostics", summary->diagnostics);
  char *json = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  char *copy = g_strdup(json);
  free(json); /* jansson's memory is not GLib's */
  return copy;
}

static void take_strings(const json_t *object, const char *key, GPtrArray *out) {
  const json_t *list = json_object_get(object, key);

  for (gsize i = 0; i < json_array_size(list); i++) {
    const char *text = json_string_value(json_array_get(list, i));
    g_ptr_array_add(out, g_strdup(text ? text : ""));
  }
}

void index_lists_parse(const char *json, MailSummary *summary) {
  json_t *object = json ? json_loads(json, 0, NULL) : NULL;

  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++) {
    const json_t *list = json_object_get(object, address_keys[i]);
    for (gsize j = 0; j + 1 < json_array_size(list); j += 2)
      g_ptr_array_add(summary->addresses[i], mail_address_new(json_string_value(json_array_get(list, j + 1)),
                                                              json_string_value(json_array_get(list, j))));
  }
  take_strings(object, "rcpt", summary->recipients);
  take_strings(object, "references", summary->references);
  take_strings(object, "diagnostics", summary->diagnostics);
  json_decref(object);
}
