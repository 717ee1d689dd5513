#include "index/index_sync.h"

#include "index/index_tag.h"
#include <string.h>

static guint64 next_number(const IndexSync *work) {
  return index_uids_next_number(index_write_uids(work->writer));
}

/* Takes the message. */
static InboxEvent *append_event(IndexSync *work, InboxEventKind kind, InboxMail *mail, const char *id, guint64 number) {
  InboxEvent *event = inbox_event_new(kind, mail, id);

  event->number = number;
  g_ptr_array_add(work->events, event);
  return event;
}

InboxEvent *index_sync_new_event(IndexSync *work, InboxEventKind kind) {
  InboxEvent *event = inbox_event_new(kind, NULL, NULL);

  event->number = next_number(work);
  return event;
}

gboolean index_sync_tell(IndexSync *work, InboxEventKind kind, const char *id, guint32 uid, GError **error) {
  return index_write_past(work->writer, append_event(work, kind, NULL, id, next_number(work)), uid, error);
}

gboolean index_sync_note_changed(IndexSync *work, gint64 seq, guint64 *out_number, GError **error) {
  *out_number = next_number(work);
  return index_write_touch(work->writer, seq, *out_number, error);
}

gboolean index_sync_tell_changed(IndexSync *work, gint64 seq, GError **error) {
  InboxMail *mail = NULL;
  guint64 number = 0;

  if (!index_sync_note_changed(work, seq, &number, error))
    return FALSE;
  Found found = index_write_view(work->writer, seq, &mail, error);
  if (found == FOUND)
    append_event(work, INBOX_EVENT_CHANGED, mail, NULL, number);
  return found != FOUND_FAILED;
}

/* A row that is not sound goes, so that its message is found as if it were new. */
static Found find(IndexSync *work, const char *id, IndexEntry *out_entry, GError **error) {
  Found found = index_write_find(work->writer, id, out_entry, error);

  if (found != FOUND || out_entry->is_sound)
    return found;
  gboolean is_removed = index_sync_remove(work, out_entry, id, error);
  index_entry_clear(out_entry);
  *out_entry = (IndexEntry){0};
  return is_removed ? FOUND_NOTHING : FOUND_FAILED;
}

static gboolean is_at(const IndexEntry *entry, const MailFile *file) {
  return entry->file.directory == file->directory && strcmp(entry->file.name, file->name) == 0;
}

/* --- adding */

typedef enum {
  ADD_DELIVERED, /* reported at `cursor` */
  ADD_FOUND,     /* news if it was written since we look */
  ADD_AGAIN      /* the message at `cursor` again */
} AddKind;

/* News come behind all others in lists. What came while nobody followed stands at its time, as if somebody had. */
static guint64 choose_cursor(const IndexSync *work, AddKind kind, guint64 cursor, gint64 received_us, gboolean is_news,
                             guint64 number) {
  if (kind == ADD_AGAIN)
    return cursor;
  if (is_news)
    return MAX(kind == ADD_DELIVERED ? cursor : number, index_write_totals(work->writer)->last_seq + 1);
  return (guint64)CLAMP(received_us, 1, g_get_real_time());
}

/* Told is what nobody can know yet: all, but for what is found when the index was made. */
static gboolean is_told(const IndexSync *work, AddKind kind, gboolean is_news) {
  return is_news || (kind == ADD_FOUND && !index_uids_is_fresh(index_write_uids(work->writer)));
}

static void feed_summary(const char *bytes, gsize n_bytes, gpointer user_data) {
  summary_reader_feed(user_data, bytes, n_bytes);
}

/* NULL: it cannot be read; when it is gone, that will be told. */
static MailSummary *read_summary(const IndexSync *work, const MailFile *file, GBytes *bytes) {
  if (bytes)
    return mail_summary_read(bytes, work->parts->ignored);
  g_autoptr(SummaryReader) reader = summary_reader_new(work->parts->ignored);
  guint64 n_left = 0;
  if (!mail_file_each_piece(work->parts->maildir, file, feed_summary, reader, &n_left, NULL))
    return NULL;
  MailSummary *summary = summary_reader_end(reader);
  summary->size_bytes += n_left;
  if (n_left > 0)
    g_ptr_array_add(summary->diagnostics, g_strdup("more than 64 MiB: what follows was not looked at"));
  return summary;
}

static gboolean add(IndexSync *work, const char *id, const MailFile *file, GBytes *bytes, AddKind kind, guint64 cursor,
                    gint64 *out_seq, GError **error) {
  const Maildir *maildir = work->parts->maildir;
  gint64 received_us;
  gint64 written_us;

  if (!mail_file_times(maildir, file, &received_us, &written_us) &&
      (!index_gone_get_back(work->gone, file) || !mail_file_times(maildir, file, &received_us, &written_us)))
    return TRUE; /* gone; that will be told */
  MailSummary *summary = read_summary(work, file, bytes);
  if (!summary)
    return TRUE;
  g_autoptr(InboxMail) mail = inbox_mail_new(id, summary, inbox_tags_clean(summary->tags));
  MailFlags flags = mail_file_flags(file);
  gboolean is_news = kind == ADD_DELIVERED || (kind == ADD_FOUND && written_us >= work->live_since_us);
  guint64 number =
      kind == ADD_DELIVERED ? index_uids_arrival_number(index_write_uids(work->writer), cursor) : next_number(work);
  mail->received_us = received_us;
  mail->is_read = (flags & MAIL_FLAG_SEEN) != 0;
  mail->is_flagged = (flags & MAIL_FLAG_FLAGGED) != 0;
  mail->cursor = choose_cursor(work, kind, cursor, received_us, is_news, number);
  if (!index_write_add(work->writer, mail, file, number, error))
    return FALSE;
  mail_summary_drop_text(summary);
  if (out_seq)
    *out_seq = (gint64)mail->cursor;
  if (is_told(work, kind, is_news))
    append_event(work, INBOX_EVENT_NEW, g_steal_pointer(&mail), NULL, number);
  return TRUE;
}

gboolean index_sync_deliver(IndexSync *work, const MailFile *file, GBytes *bytes, guint64 cursor, GError **error) {
  g_autofree char *id = mail_file_id(file->name);
  g_auto(IndexEntry) entry = {0};

  work->own_count = MAX(work->own_count, maildir_count_in_name(work->parts->maildir, file->name));
  Found found = find(work, id, &entry, error);
  if (found != FOUND_NOTHING)
    return found == FOUND; /* somebody moved it already, and that was told first */
  return add(work, id, file, bytes, ADD_DELIVERED, cursor, NULL, error);
}

/* --- following */

/* A message has two files while a program has linked it to a new name and not yet removed the old one. The new one
 * counts.
 */
static gboolean move(IndexSync *work, IndexEntry *entry, const MailFile *file, GError **error) {
  gboolean was_read = entry->is_read;
  gboolean was_flagged = entry->is_flagged;

  if (!index_write_move(work->writer, entry, file, error))
    return FALSE;
  gboolean is_same = was_read == entry->is_read && was_flagged == entry->is_flagged;
  return is_same || index_sync_tell_changed(work, entry->seq, error);
}

/* A message of ours in new/ that will be handed over as delivered, in its turn. */
static gboolean is_expected(const IndexSync *work, const MailFile *file) {
  return file->directory == MAIL_DIRECTORY_NEW &&
         maildir_count_in_name(work->parts->maildir, file->name) > work->own_count;
}

gboolean index_sync_appear(IndexSync *work, const MailFile *file, GError **error) {
  g_autofree char *id = mail_file_id(file->name);
  g_auto(IndexEntry) entry = {0};
  Found found = find(work, id, &entry, error);

  if (found == FOUND) /* what is told may be over: it may have gone elsewhere, and been met there */
    return is_at(&entry, file) || !mail_file_exists(work->parts->maildir, file) || move(work, &entry, file, error);
  if (found == FOUND_FAILED)
    return FALSE;
  return is_expected(work, file) || add(work, id, file, NULL, ADD_FOUND, 0, NULL, error);
}

gboolean index_sync_meet(IndexSync *work, const MailFile *file, gint64 *out_seq, GError **error) {
  g_autofree char *id = mail_file_id(file->name);
  g_auto(IndexEntry) entry = {0};

  *out_seq = 0;
  Found found = find(work, id, &entry, error);
  if (found != FOUND)
    return found == FOUND_NOTHING;
  *out_seq = entry.seq;
  return is_at(&entry, file) || mail_file_exists(work->parts->maildir, &entry.file) || move(work, &entry, file, error);
}

gboolean index_sync_find(IndexSync *work, const MailFile *file, gboolean expects, gint64 *out_seq, GError **error) {
  if (!index_sync_meet(work, file, out_seq, error))
    return FALSE;
  if (*out_seq != 0 || (expects && is_expected(work, file)))
    return TRUE;
  g_autofree char *id = mail_file_id(file->name);
  return add(work, id, file, NULL, ADD_FOUND, 0, out_seq, error);
}

gboolean index_sync_remove(IndexSync *work, const IndexEntry *entry, const char *id, GError **error) {
  return index_write_remove(work->writer, entry, error) &&
         index_sync_tell(work, INBOX_EVENT_DELETED, id, entry->uid, error);
}

gboolean index_sync_vanish(IndexSync *work, const MailFile *file, GError **error) {
  g_autofree char *id = mail_file_id(file->name);
  g_auto(IndexEntry) entry = {0};
  Found found = find(work, id, &entry, error);

  if (found != FOUND)
    return found == FOUND_NOTHING;
  return !is_at(&entry, file) || mail_file_exists(work->parts->maildir, file) ||
         index_sync_remove(work, &entry, id, error);
}

gboolean index_sync_rewrite(IndexSync *work, const MailFile *file, GError **error) {
  if (maildir_count_in_name(work->parts->maildir, file->name) > 0)
    return TRUE; /* that was us, before it had this name */
  g_autofree char *id = mail_file_id(file->name);
  g_auto(IndexEntry) entry = {0};
  Found found = find(work, id, &entry, error);
  if (found == FOUND) {
    g_autoptr(InboxMail) before = NULL;
    if (index_write_view(work->writer, entry.seq, &before, error) != FOUND ||
        !index_write_remove(work->writer, &entry, error))
      return FALSE;
    gint64 seq = 0;
    if (!add(work, id, file, NULL, ADD_AGAIN, (guint64)entry.seq, &seq, error))
      return FALSE;
    if (seq == 0)
      return index_sync_tell(work, INBOX_EVENT_DELETED, id, entry.uid, error);
    return (before->tags->len == 0 || (index_tag_set(index_write_db(work->writer), seq, before->tags, error) &&
                                       index_write_tagged(work->writer, seq, error))) &&
           index_sync_tell_changed(work, seq, error);
  }
  return found == FOUND_NOTHING && index_sync_appear(work, file, error);
}
