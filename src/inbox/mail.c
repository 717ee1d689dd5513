#include "inbox/mail.h"

#include <string.h>

InboxMail *inbox_mail_new(const char *id, MailSummary *summary, GPtrArray *tags) {
  InboxMail *mail = g_new0(InboxMail, 1);

  mail->id = g_strdup(id);
  mail->summary = summary;
  mail->tags = tags;
  mail->n_refs = 1;
  return mail;
}

InboxMail *inbox_mail_ref(InboxMail *mail) {
  g_atomic_int_inc(&mail->n_refs);
  return mail;
}

void inbox_mail_unref(InboxMail *mail) {
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

gsize inbox_mail_bytes(const InboxMail *mail) {
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
