#include "inbox/inbox_private.h"

enum { DRAFT_MEMORY_MAX = 64 * 1024, DRAFT_FIRST_BYTES = 8 * 1024 /* room for most messages */ };

struct InboxDraft {
  Inbox *inbox;
  const Envelope *envelope;
  JobFunc resume;
  gpointer resume_data;
  GByteArray *body; /* NULL once the message is spooled */
  Spool *spool;     /* NULL while the message is small */
  char *id;         /* set with spool */
  gsize block_len;  /* of the block the spool begins with */
};

InboxDraft *inbox_draft_new(Inbox *inbox, const Envelope *envelope, JobFunc resume, gpointer resume_data) {
  InboxDraft *draft = g_new0(InboxDraft, 1);
  draft->inbox = inbox;
  draft->envelope = envelope;
  draft->resume = resume;
  draft->resume_data = resume_data;
  draft->body = g_byte_array_sized_new(DRAFT_FIRST_BYTES);
  return draft;
}

/* Frees all but what was given away. */
static void draft_free(InboxDraft *draft) {
  g_clear_pointer(&draft->body, g_byte_array_unref);
  g_free(draft->id);
  g_free(draft);
}

static GString *print_block(const InboxDraft *draft, const char *id, const char *bare_lf) {
  GString *block = g_string_new(NULL);
  envelope_print_block(draft->envelope, store_host(draft->inbox->store), id, bare_lf, block);
  return block;
}

static void start_spool(InboxDraft *draft) {
  draft->id = store_next_id(draft->inbox->store);
  draft->spool = store_spool_new(draft->inbox->store, draft->id, draft->resume, draft->resume_data);
  GString *block = print_block(draft, draft->id, NULL);
  draft->block_len = block->len;
  (void)spool_append(draft->spool, (const guint8 *)block->str, block->len);
  (void)spool_append(draft->spool, draft->body->data, draft->body->len);
  g_string_free(block, TRUE);
  g_clear_pointer(&draft->body, g_byte_array_unref);
}

gboolean inbox_draft_append(InboxDraft *draft, const guint8 *bytes, gsize n_bytes) {
  if (!draft->spool && n_bytes <= DRAFT_MEMORY_MAX - draft->body->len) {
    g_byte_array_append(draft->body, bytes, (guint)n_bytes);
    return TRUE;
  }
  if (!draft->spool)
    start_spool(draft);
  return spool_append(draft->spool, bytes, n_bytes);
}

/* Who waits for a delivery. */
typedef struct Receipt {
  Histogram *times; /* a reference */
  gint64 start_us;  /* monotonic */
  InboxDelivered delivered;
  gpointer user_data;
} Receipt;

static void delivery_done_cb(const char *id, const GError *error, gpointer user_data) {
  g_autofree Receipt *receipt = user_data;
  if (!error)
    histogram_add(receipt->times, g_get_monotonic_time() - receipt->start_us);
  g_rc_box_release(receipt->times);
  receipt->delivered(id, error, receipt->user_data);
}

void inbox_draft_commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data) {
  Store *store = draft->inbox->store;
  Receipt *receipt = g_new0(Receipt, 1);
  receipt->times = g_rc_box_acquire(draft->inbox->commit);
  receipt->start_us = g_get_monotonic_time();
  receipt->delivered = delivered;
  receipt->user_data = user_data;
  if (draft->spool) {
    GString *new_block = bare_lf ? print_block(draft, draft->id, bare_lf) : NULL;
    Delivery *delivery = delivery_new(g_steal_pointer(&draft->id), delivery_done_cb, receipt);
    store_spool_commit(store, draft->spool, delivery, new_block, draft->block_len);
  } else {
    Delivery *delivery = delivery_new(store_next_id(store), delivery_done_cb, receipt);
    delivery->block = print_block(draft, delivery->id, bare_lf);
    delivery->body = g_steal_pointer(&draft->body);
    store_deliver(store, delivery);
  }
  draft_free(draft);
}

void inbox_draft_discard(InboxDraft *draft) {
  if (draft) {
    spool_discard(draft->spool);
    draft_free(draft);
  }
}
