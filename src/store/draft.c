#include "store/store_private.h"

enum { DRAFT_MEMORY_MAX = 64 * 1024, DRAFT_FIRST_BYTES = 8 * 1024 /* room for most messages */ };

typedef struct StoreDraft {
  InboxDraft draft; /* first */
  Store *store;
  const Envelope *envelope;
  JobFunc resume;
  gpointer resume_data;
  GByteArray *body;   /* NULL once the message is spooled */
  Spool *spool;       /* NULL while the message is small */
  char *id;           /* set with spool */
  gsize block_len;    /* of the block the spool begins with */
  GPtrArray *records; /* DeliveryRecord; NULL: none */
} StoreDraft;

InboxDraft *store_draft_new(InboxKeeper *keeper, const Envelope *envelope, JobFunc resume, gpointer resume_data) {
  StoreDraft *draft = g_new0(StoreDraft, 1);

  draft->draft.keeper = keeper;
  draft->store = (Store *)keeper;
  draft->envelope = envelope;
  draft->resume = resume;
  draft->resume_data = resume_data;
  draft->body = g_byte_array_sized_new(DRAFT_FIRST_BYTES);
  return &draft->draft;
}

/* Frees all but what was given away. */
static void draft_free(StoreDraft *draft) {
  g_clear_pointer(&draft->body, g_byte_array_unref);
  g_clear_pointer(&draft->records, g_ptr_array_unref);
  g_free(draft->id);
  g_free(draft);
}

static GString *print_block(const StoreDraft *draft, const char *id, const char *bare_lf) {
  GString *block = g_string_new(NULL);

  envelope_print_block(draft->envelope, store_host(draft->store), id, bare_lf, block);
  return block;
}

static void start_spool(StoreDraft *draft) {
  draft->id = store_next_id(draft->store);
  draft->spool = store_spool_new(draft->store, draft->id, draft->resume, draft->resume_data);
  GString *block = print_block(draft, draft->id, NULL);
  draft->block_len = block->len;
  (void)spool_append(draft->spool, (const guint8 *)block->str, block->len);
  (void)spool_append(draft->spool, draft->body->data, draft->body->len);
  g_string_free(block, TRUE);
  g_clear_pointer(&draft->body, g_byte_array_unref);
}

gboolean store_draft_append(InboxDraft *inbox_draft, const guint8 *bytes, gsize n_bytes) {
  StoreDraft *draft = (StoreDraft *)inbox_draft;

  if (!draft->spool && n_bytes <= DRAFT_MEMORY_MAX - draft->body->len) {
    g_byte_array_append(draft->body, bytes, (guint)n_bytes);
    return TRUE;
  }
  if (!draft->spool)
    start_spool(draft);
  return spool_append(draft->spool, bytes, n_bytes);
}

gboolean store_draft_add_record(InboxDraft *inbox_draft, const char *place, const char *name, GBytes *bytes,
                                GError **error) {
  StoreDraft *draft = (StoreDraft *)inbox_draft;

  return store_add_record(draft->store, &draft->records, place, name, bytes, error);
}

void store_draft_commit(InboxDraft *inbox_draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data) {
  StoreDraft *draft = (StoreDraft *)inbox_draft;

  if (draft->spool) {
    GString *new_block = bare_lf ? print_block(draft, draft->id, bare_lf) : NULL;
    Delivery *delivery = delivery_new(g_steal_pointer(&draft->id), delivered, user_data);
    delivery->records = g_steal_pointer(&draft->records);
    store_spool_commit(draft->store, draft->spool, delivery, new_block, draft->block_len);
  } else {
    Delivery *delivery = delivery_new(store_next_id(draft->store), delivered, user_data);
    delivery->block = print_block(draft, delivery->id, bare_lf);
    delivery->body = g_steal_pointer(&draft->body);
    delivery->records = g_steal_pointer(&draft->records);
    store_deliver(draft->store, delivery);
  }
  draft_free(draft);
}

void store_draft_discard(InboxDraft *inbox_draft) {
  StoreDraft *draft = (StoreDraft *)inbox_draft;

  spool_discard(draft->spool);
  draft_free(draft);
}
