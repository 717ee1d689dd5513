#include "memory/memory_private.h"

#include "inbox/error.h"
#include "inbox/match.h"
#include <string.h>

enum { THREAD_COUNTED_MAX = 1000, THREAD_REFERENCES_MAX = 100 };

static void mail_free(MemoryMail *one) {
  inbox_mail_unref(one->mail);
  g_bytes_unref(one->bytes);
  for (guint i = 0; i < SEARCHABLE_N; i++)
    g_string_free(one->texts[i], TRUE);
  g_free(one->transcript);
  g_free(one);
}

MemoryMails *memory_mails_new(const MemoryLimits *limits) {
  MemoryMails *mails = g_new0(MemoryMails, 1);

  mails->limits = *limits;
  mails->all = g_ptr_array_new_with_free_func((GDestroyNotify)mail_free);
  mails->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  mails->threads = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
  mails->thread_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return mails;
}

void memory_mails_free(MemoryMails *mails) {
  if (!mails)
    return;
  g_ptr_array_unref(mails->all);
  g_hash_table_unref(mails->by_id);
  g_hash_table_unref(mails->thread_keys);
  g_hash_table_unref(mails->threads);
  g_queue_clear_full(&mails->attempts, (GDestroyNotify)inbox_attempt_free);
  g_free(mails);
}

const InboxTotals *memory_mails_totals(const MemoryMails *mails) {
  return &mails->totals;
}

InboxMail *memory_mail_copy(const InboxMail *mail) {
  InboxMail *copy = inbox_mail_new(mail->id, mail_summary_copy(mail->summary), inbox_tags_clean(mail->tags));

  copy->cursor = mail->cursor;
  copy->uid = mail->uid;
  copy->received_us = mail->received_us;
  copy->is_read = mail->is_read;
  copy->is_flagged = mail->is_flagged;
  copy->thread = mail->thread;
  return copy;
}

void memory_mail_replace(MemoryMail *one, InboxMail *mail) {
  inbox_mail_unref(one->mail);
  one->mail = mail;
}

/* --- conversations, joined as the index joins them (index/index_thread.h) */

static void move_thread(MemoryMails *mails, MemoryThread *from, MemoryThread *to) {
  GHashTableIter iter;
  gpointer thread;

  for (guint i = 0; i < mails->all->len; i++) {
    MemoryMail *one = memory_mail_at(mails, i);
    if (one->thread != from)
      continue;
    InboxMail *moved = memory_mail_copy(one->mail);
    moved->thread = to->number;
    memory_mail_replace(one, moved);
    one->thread = to;
  }
  g_hash_table_iter_init(&iter, mails->thread_keys);
  while (g_hash_table_iter_next(&iter, NULL, &thread))
    if (thread == from)
      g_hash_table_iter_replace(&iter, to);
  to->n_messages += from->n_messages;
  to->newest = MAX(to->newest, from->newest);
  g_hash_table_remove(mails->threads, &from->number);
}

static MemoryThread *thread_new(MemoryMails *mails, guint64 number) {
  MemoryThread *thread = g_new0(MemoryThread, 1);

  thread->number = number;
  g_hash_table_insert(mails->threads, &thread->number, thread);
  return thread;
}

/* The message IDs that say where it belongs, borrowed. */
static GPtrArray *thread_keys_of(const MailSummary *summary) {
  GPtrArray *keys = g_ptr_array_new();
  const GPtrArray *references = summary->references;

  for (guint i = references->len - MIN(references->len, THREAD_REFERENCES_MAX); i < references->len; i++)
    g_ptr_array_add(keys, g_ptr_array_index(references, i));
  if (summary->has_message_id)
    g_ptr_array_add(keys, summary->message_id);
  return keys;
}

static MemoryThread *join_thread(MemoryMails *mails, const InboxMail *mail) {
  g_autoptr(GPtrArray) keys = thread_keys_of(mail->summary);
  MemoryThread *thread = NULL;

  for (guint i = 0; i < keys->len; i++) {
    MemoryThread *found = g_hash_table_lookup(mails->thread_keys, g_ptr_array_index(keys, i));
    if (found && (!thread || found->number < thread->number))
      thread = found;
  }
  if (!thread)
    thread = thread_new(mails, mail->cursor);
  for (guint i = 0; i < keys->len; i++) {
    MemoryThread *found = g_hash_table_lookup(mails->thread_keys, g_ptr_array_index(keys, i));
    if (!found)
      g_hash_table_insert(mails->thread_keys, g_strdup(g_ptr_array_index(keys, i)), thread);
    else if (found != thread)
      move_thread(mails, found, thread);
  }
  thread->n_messages++;
  thread->newest = mail->cursor;
  return thread;
}

static gboolean is_empty_thread(gpointer key, gpointer thread, gpointer user_data) {
  return ((const MemoryThread *)thread)->n_messages == 0;
}

/* --- adding and removing */

guint64 memory_mails_free_bytes(const MemoryMails *mails) {
  return mails->limits.max_bytes - mails->held_bytes;
}

gboolean memory_mails_reserve(MemoryMails *mails, gsize n_bytes) {
  gboolean has_room = n_bytes <= memory_mails_free_bytes(mails);

  mails->held_bytes += has_room ? n_bytes : 0;
  return has_room;
}

char *memory_mails_print_id(InboxCursor cursor) {
  return g_strdup_printf("%" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT ".memory", cursor / G_USEC_PER_SEC,
                         cursor % G_USEC_PER_SEC);
}

static MemoryMail *mail_new(InboxCursor cursor, GBytes *bytes, SummaryIgnored ignored) {
  MemoryMail *one = g_new0(MemoryMail, 1);
  MailSummary *summary = mail_summary_read(bytes, ignored);
  g_autofree char *id = memory_mails_print_id(cursor);

  one->bytes = g_bytes_ref(bytes);
  for (guint i = 0; i < SEARCHABLE_N; i++)
    one->texts[i] = g_string_new(NULL);
  searchable_read(summary, one->texts);
  one->mail = inbox_mail_new(id, summary, inbox_tags_clean(summary->tags));
  one->mail->cursor = cursor;
  one->mail->received_us = summary->received_us != 0 ? summary->received_us : g_get_real_time();
  mail_summary_drop_text(summary);
  one->n_bytes = g_bytes_get_size(bytes) + inbox_mail_bytes(one->mail) + sizeof *one;
  for (guint i = 0; i < SEARCHABLE_N; i++)
    one->n_bytes += one->texts[i]->allocated_len;
  return one;
}

const InboxMail *memory_mails_add(MemoryMails *mails, InboxCursor cursor, GBytes *bytes, SummaryIgnored ignored,
                                  GError **error) {
  MemoryMail *one = mail_new(cursor, bytes, ignored);

  if (mails->all->len >= mails->limits.max_messages || !memory_mails_reserve(mails, one->n_bytes)) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_NO_SPACE,
                "there is no room in memory for more than %u messages of %" G_GUINT64_FORMAT " bytes", mails->all->len,
                mails->held_bytes);
    mail_free(one);
    return NULL;
  }
  one->thread = join_thread(mails, one->mail);
  one->mail->thread = one->thread->number;
  one->mail->uid = ++mails->last_uid;
  g_ptr_array_add(mails->all, one);
  g_hash_table_insert(mails->by_id, g_strdup(one->mail->id), one);
  mails->totals.last_seq = cursor;
  mails->totals.n_messages++;
  mails->totals.n_unread++;
  mails->totals.n_bytes += one->mail->summary->size_bytes;
  return one->mail;
}

static void forget(MemoryMails *mails, MemoryMail *one) {
  mails->totals.n_messages--;
  mails->totals.n_unread -= one->mail->is_read ? 0 : 1;
  mails->totals.n_bytes -= one->mail->summary->size_bytes;
  mails->held_bytes -= one->n_bytes;
  one->thread->n_messages--;
  g_hash_table_remove(mails->by_id, one->mail->id);
}

void memory_mails_remove_selected(MemoryMails *mails) {
  GPtrArray *kept = g_ptr_array_new_with_free_func((GDestroyNotify)mail_free);

  g_ptr_array_set_free_func(mails->all, NULL);
  for (guint i = 0; i < mails->all->len; i++) {
    MemoryMail *one = memory_mail_at(mails, i);
    if (!one->is_selected) {
      g_ptr_array_add(kept, one);
      one->thread->newest = one->mail->cursor; /* the last one says it */
      continue;
    }
    forget(mails, one);
    mail_free(one);
  }
  g_ptr_array_unref(mails->all);
  mails->all = kept;
  g_hash_table_foreach_remove(mails->thread_keys, is_empty_thread, NULL);
  g_hash_table_foreach_remove(mails->threads, is_empty_thread, NULL);
}

/* --- searching */

static guint64 thread_of(const char *id, gconstpointer user_data) {
  const MemoryMails *mails = user_data;
  const MemoryMail *one = g_hash_table_lookup(mails->by_id, id);

  return one ? one->mail->thread : 0;
}

gboolean memory_mails_match(const MemoryMails *mails, const MemoryMail *one, const SearchQuery *query) {
  const MatchSubject subject = {one->mail, one->texts, one->thread->newest == one->mail->cursor};

  return match_query(query, &subject, thread_of, mails);
}

/* --- reading */

static gboolean is_within(const InboxListRequest *request, const InboxMail *mail) {
  return mail->cursor > request->after && (request->before == 0 || mail->cursor < request->before);
}

static gboolean show(const MemoryMail *one, const InboxListRequest *request, GPtrArray *messages, GError **error) {
  const InboxHold *hold = &request->hold;
  InboxMail *mail = request->counts_threads ? memory_mail_copy(one->mail) : inbox_mail_ref(one->mail);

  g_ptr_array_add(messages, mail);
  if (request->counts_threads)
    mail->n_in_thread = MIN(one->thread->n_messages, THREAD_COUNTED_MAX);
  if (!hold->func || hold->func(inbox_mail_bytes(mail), hold->data))
    return TRUE;
  g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_NO_ROOM, "the list needs too much memory");
  return FALSE;
}

gboolean memory_mails_list(const MemoryMails *mails, const InboxListRequest *request, InboxPage *out_page,
                           GError **error) {
  g_auto(InboxPage) page = {
      .n_total = mails->totals.n_messages,
      .n_unread = mails->totals.n_unread,
      .cursor = mails->totals.last_seq,
      .messages = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_mail_unref),
  };
  guint64 limit = MIN(request->limit, INBOX_PAGE_MAX);

  for (guint i = 0; i < mails->all->len; i++) {
    const MemoryMail *one = memory_mail_at(mails, request->oldest_first ? i : mails->all->len - 1 - i);
    if (!is_within(request, one->mail) || !memory_mails_match(mails, one, request->query))
      continue;
    if (page.n_matching >= request->start && page.messages->len < limit && !show(one, request, page.messages, error))
      return FALSE;
    page.n_matching++;
    page.n_matching_unread += one->mail->is_read ? 0 : 1;
  }
  *out_page = page;
  page.messages = NULL;
  return TRUE;
}

static const MemoryMail *find_last(const MemoryMails *mails, const SearchQuery *query) {
  for (guint i = mails->all->len; i > 0; i--)
    if (memory_mails_match(mails, memory_mail_at(mails, i - 1), query))
      return memory_mail_at(mails, i - 1);
  return NULL;
}

InboxMail *memory_mails_find(const MemoryMails *mails, const char *id, const SearchQuery *query, GBytes **out_bytes,
                             GError **error) {
  const MemoryMail *one = id ? g_hash_table_lookup(mails->by_id, id) : find_last(mails, query);

  if (!one) {
    g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND, "there is no such message");
    return NULL;
  }
  if (out_bytes)
    *out_bytes = g_bytes_ref(one->bytes);
  return inbox_mail_ref(one->mail);
}

/* --- tags and recipients are counted when they are asked for */

static gint compare_tags(gconstpointer a, gconstpointer b) {
  return g_ascii_strcasecmp((*(const InboxTag *const *)a)->name, (*(const InboxTag *const *)b)->name);
}

GPtrArray *memory_mails_tags(const MemoryMails *mails) {
  GPtrArray *tags = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_tag_free);
  g_autoptr(GHashTable) by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < mails->all->len; i++) {
    const GPtrArray *names = memory_mail_at(mails, i)->mail->tags;
    for (guint j = 0; j < names->len; j++) {
      char *key = g_ascii_strdown(g_ptr_array_index(names, j), -1);
      InboxTag *tag = g_hash_table_lookup(by_name, key);
      if (!tag) {
        tag = g_new0(InboxTag, 1);
        tag->name = g_strdup(g_ptr_array_index(names, j));
        g_ptr_array_add(tags, tag);
      }
      tag->n_messages++;
      g_hash_table_replace(by_name, key, tag);
    }
  }
  g_ptr_array_sort(tags, compare_tags);
  return tags;
}

static void count_recipients(const InboxMail *mail, GHashTable *by_address) {
  g_autoptr(GHashTable) addresses = mail_summary_addressees(mail->summary);
  GHashTableIter iter;
  gpointer address;

  g_hash_table_iter_init(&iter, addresses);
  while (g_hash_table_iter_next(&iter, &address, NULL)) {
    InboxRecipient *recipient = g_hash_table_lookup(by_address, address);
    if (!recipient) {
      recipient = g_new0(InboxRecipient, 1);
      recipient->address = g_strdup(address);
      g_hash_table_insert(by_address, recipient->address, recipient);
    }
    recipient->n_messages++;
    recipient->n_unread += mail->is_read ? 0 : 1;
  }
}

static gint compare_recipients(gconstpointer a, gconstpointer b) {
  const InboxRecipient *first = *(const InboxRecipient *const *)a;
  const InboxRecipient *second = *(const InboxRecipient *const *)b;

  if (first->n_messages != second->n_messages)
    return first->n_messages > second->n_messages ? -1 : 1;
  return strcmp(first->address, second->address);
}

void memory_mails_recipients(const MemoryMails *mails, const char *text, guint64 start, guint64 limit,
                             InboxRecipientPage *out_page) {
  g_autoptr(GHashTable) by_address = g_hash_table_new(g_str_hash, g_str_equal);
  g_autofree char *wanted = g_utf8_strdown(text ? text : "", -1);

  for (guint i = 0; i < mails->all->len; i++)
    count_recipients(memory_mail_at(mails, i)->mail, by_address);
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();
  GHashTableIter iter;
  gpointer one;
  g_hash_table_iter_init(&iter, by_address);
  while (g_hash_table_iter_next(&iter, NULL, &one))
    g_ptr_array_add(sorted, one);
  g_ptr_array_sort(sorted, compare_recipients);
  *out_page = (InboxRecipientPage){
      .n_total = sorted->len,
      .recipients = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_recipient_free),
  };
  for (guint i = 0; i < sorted->len; i++) {
    InboxRecipient *recipient = g_ptr_array_index(sorted, i);
    gboolean matches = strstr(recipient->address, wanted) != NULL;
    gboolean is_shown = matches && out_page->n_matching >= start && out_page->recipients->len < limit;
    out_page->n_matching += matches ? 1 : 0;
    if (is_shown)
      g_ptr_array_add(out_page->recipients, recipient);
    else
      inbox_recipient_free(recipient);
  }
}

/* --- what was said */

char *memory_mails_transcript(const MemoryMails *mails, const char *id) {
  const MemoryMail *one = g_hash_table_lookup(mails->by_id, id);

  return one ? g_strdup(one->transcript) : NULL;
}

static InboxAttempt *copy_attempt(const InboxAttempt *attempt) {
  InboxAttempt *copy = g_memdup2(attempt, sizeof *attempt);

  copy->peer = g_strdup(attempt->peer);
  copy->helo = g_strdup(attempt->helo);
  copy->reverse_path = g_strdup(attempt->reverse_path);
  copy->forward_paths = g_strdupv(attempt->forward_paths);
  copy->command = g_strdup(attempt->command);
  copy->reply = g_strdup(attempt->reply);
  copy->transcript = g_strdup(attempt->transcript);
  return copy;
}

static gint compare_codes(gconstpointer a, gconstpointer b) {
  return strcmp(((const InboxAttemptCode *)a)->code, ((const InboxAttemptCode *)b)->code);
}

static void count_code(GArray *codes, const char *reply) {
  InboxAttemptCode *found = NULL;

  for (guint i = 0; i < codes->len && !found; i++)
    if (g_str_has_prefix(reply, g_array_index(codes, InboxAttemptCode, i).code))
      found = &g_array_index(codes, InboxAttemptCode, i);
  if (!found) {
    InboxAttemptCode code = {.n_attempts = 0};
    g_strlcpy(code.code, reply, sizeof code.code);
    g_array_append_val(codes, code);
    found = &g_array_index(codes, InboxAttemptCode, codes->len - 1);
  }
  found->n_attempts++;
}

void memory_mails_attempts(const MemoryMails *mails, const char *code, guint64 before, guint limit,
                           InboxAttemptPage *out_page) {
  *out_page = (InboxAttemptPage){
      .attempts = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_attempt_free),
      .codes = g_array_new(FALSE, FALSE, sizeof(InboxAttemptCode)),
  };
  for (const GList *at = mails->attempts.head; at; at = at->next) {
    const InboxAttempt *attempt = at->data;
    count_code(out_page->codes, attempt->reply);
    if ((before == 0 || attempt->number < before) && out_page->attempts->len < limit &&
        g_str_has_prefix(attempt->reply, code ? code : ""))
      g_ptr_array_add(out_page->attempts, copy_attempt(attempt));
  }
  g_array_sort(out_page->codes, compare_codes);
}
