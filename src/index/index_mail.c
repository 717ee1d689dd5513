#include "index/index_mail.h"

#include "maildir/maildir.h"
#include <jansson.h>
#include <string.h>

enum { HASH_DIGITS = 32 };

IndexMail *index_mail_new(const char *id, MailSummary *summary, GPtrArray *tags) {
  IndexMail *mail = g_new0(IndexMail, 1);
  mail->id = g_strdup(id);
  mail->summary = summary;
  mail->tags = tags;
  mail->n_refs = 1;
  return mail;
}

IndexMail *index_mail_ref(IndexMail *mail) {
  g_atomic_int_inc(&mail->n_refs);
  return mail;
}

void index_mail_unref(IndexMail *mail) {
  if (!mail || !g_atomic_int_dec_and_test(&mail->n_refs))
    return;
  mail_summary_free(mail->summary);
  g_ptr_array_unref(mail->tags);
  g_free(mail->id);
  g_free(mail);
}

/* Beside the texts: what the allocator adds, and the structures around them. */
enum { MAIL_BYTES = 1024, TEXT_BYTES = 40 };

static gsize text_bytes(const char *text) {
  return text ? strlen(text) + TEXT_BYTES : 0;
}

static gsize texts_bytes(const GPtrArray *texts) {
  gsize n_bytes = 0;
  for (guint i = 0; texts && i < texts->len; i++)
    n_bytes += text_bytes(g_ptr_array_index(texts, i));
  return n_bytes;
}

gsize index_mail_bytes(const IndexMail *mail) {
  const MailSummary *summary = mail->summary;
  gsize n_bytes = MAIL_BYTES + text_bytes(summary->subject) + text_bytes(summary->snippet) +
                  text_bytes(summary->message_id) + text_bytes(summary->return_path) + text_bytes(summary->username) +
                  texts_bytes(summary->references) + texts_bytes(summary->recipients) +
                  texts_bytes(summary->diagnostics) + texts_bytes(mail->tags);
  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    for (guint j = 0; j < summary->addresses[i]->len; j++) {
      const MailAddress *address = g_ptr_array_index(summary->addresses[i], j);
      n_bytes += TEXT_BYTES + text_bytes(address->name) + text_bytes(address->address);
    }
  return n_bytes;
}

char *index_mail_id(const char *file_name) {
  gsize len = maildir_id_length(file_name);
  gboolean is_plain = len > 0 && !g_str_has_prefix(file_name, "x-"); /* no name can pass for another's hash */
  for (gsize i = 0; i < len; i++)
    is_plain &= g_ascii_isalnum(file_name[i]) || strchr("._~-", file_name[i]) != NULL;
  if (is_plain)
    return g_strndup(file_name, len);
  g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)file_name, len);
  return g_strdup_printf("x-%.*s", HASH_DIGITS, digest);
}

/* Lists as JSON */

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

char *index_mail_print_lists(const MailSummary *summary) {
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

void index_mail_parse_lists(const char *json, MailSummary *summary) {
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
