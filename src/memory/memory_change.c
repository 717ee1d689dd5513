#include "memory/memory_private.h"

#include "inbox/error.h"
#include <string.h>

enum { REPORTED_MAX = 1000 }; /* changes of one call that are reported one by one */

/* What a change has done by now. */
typedef struct Course {
  MemoryMails *mails;
  const InboxChange *change;
  GPtrArray *events;
  GPtrArray *tags; /* cleaned */
  GPtrArray *tags_off;
  guint64 n_changed;
} Course;

static void report(GPtrArray *events, guint64 n_reported, InboxEventKind kind, const InboxMail *mail) {
  InboxMail *shown = kind == INBOX_EVENT_CHANGED ? inbox_mail_ref((InboxMail *)mail) : NULL;

  if (n_reported < REPORTED_MAX)
    g_ptr_array_add(events, inbox_event_new(kind, shown, mail->id));
  else
    inbox_mail_unref(shown);
  if (n_reported == REPORTED_MAX)
    g_ptr_array_add(events, inbox_event_new(INBOX_EVENT_MANY, NULL, NULL));
}

static void put(Course *course, MemoryMail *one, InboxMail *mail) {
  memory_mail_replace(one, mail);
  report(course->events, course->n_changed++, INBOX_EVENT_CHANGED, mail);
}

/* --- which messages */

static void select_messages(const MemoryMails *mails, const InboxSelection *selection) {
  for (guint i = 0; i < mails->all->len; i++) {
    MemoryMail *one = memory_mail_at(mails, i);
    one->is_selected = !selection->ids && memory_mails_match(mails, one, selection->query);
  }
  for (guint i = 0; selection->ids && i < selection->ids->len; i++) {
    MemoryMail *one = g_hash_table_lookup(mails->by_id, g_ptr_array_index(selection->ids, i));
    if (one)
      one->is_selected = TRUE;
  }
}

static gboolean change_each(Course *course, void (*change_one)(Course *course, MemoryMail *one)) {
  select_messages(course->mails, &course->change->selection);
  for (guint i = 0; i < course->mails->all->len; i++)
    if (memory_mail_at(course->mails, i)->is_selected)
      change_one(course, memory_mail_at(course->mails, i));
  return TRUE;
}

/* --- marks */

static gboolean marked(gboolean now, const InboxChange *change, InboxMarks mark) {
  return (now || (change->set & mark) != 0) && (change->clear & mark) == 0;
}

static void mark_one(Course *course, MemoryMail *one) {
  const InboxMail *now = one->mail;
  gboolean is_read = marked(now->is_read, course->change, INBOX_MARK_READ);
  gboolean is_flagged = marked(now->is_flagged, course->change, INBOX_MARK_FLAGGED);

  if (is_read == now->is_read && is_flagged == now->is_flagged)
    return;
  InboxMail *mail = memory_mail_copy(now);
  course->mails->totals.n_unread += (mail->is_read ? 1 : 0) - (is_read ? 1 : 0);
  mail->is_read = is_read;
  mail->is_flagged = is_flagged;
  put(course, one, mail);
}

static gboolean mark(Course *course, GError **error) {
  return change_each(course, mark_one);
}

/* --- tags */

static gboolean find_tag(const GPtrArray *tags, const char *name, guint *out_at) {
  for (*out_at = 0; *out_at < tags->len; (*out_at)++)
    if (g_ascii_strcasecmp(g_ptr_array_index(tags, *out_at), name) == 0)
      return TRUE;
  return FALSE;
}

/* A copy of the message without these tags, and with those. */
static void retag(Course *course, MemoryMail *one, const GPtrArray *off, const GPtrArray *on) {
  InboxMail *mail = memory_mail_copy(one->mail);
  guint at;

  for (guint i = 0; off && i < off->len; i++)
    if (find_tag(mail->tags, g_ptr_array_index(off, i), &at))
      g_ptr_array_remove_index(mail->tags, at);
  for (guint i = 0; i < on->len; i++)
    g_ptr_array_add(mail->tags, g_strdup(g_ptr_array_index(on, i)));
  g_autoptr(GPtrArray) all = mail->tags;
  mail->tags = inbox_tags_clean(all); /* the names they have stay, up to INBOX_TAGS_MAX */
  put(course, one, mail);
}

static void set_tags_of_one(Course *course, MemoryMail *one) {
  g_autoptr(GPtrArray) off = g_ptr_array_copy(one->mail->tags, NULL, NULL);

  g_ptr_array_set_free_func(off, NULL);
  retag(course, one, off, course->tags);
}

static gboolean set_tags(Course *course, GError **error) {
  return change_each(course, set_tags_of_one);
}

static void change_tags_of_one(Course *course, MemoryMail *one) {
  retag(course, one, course->tags_off, course->tags);
}

static gboolean change_tags(Course *course, GError **error) {
  return change_each(course, change_tags_of_one);
}

static gboolean select_tagged(MemoryMails *mails, const char *name, gboolean *out_found) {
  guint at;

  *out_found = FALSE;
  for (guint i = 0; i < mails->all->len; i++) {
    MemoryMail *one = memory_mail_at(mails, i);
    one->is_selected = find_tag(one->mail->tags, name, &at);
    *out_found |= one->is_selected;
  }
  return *out_found;
}

static gboolean check_new_name(MemoryMails *mails, const char *old_name, const char *name, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  gboolean exists = FALSE;

  g_ptr_array_add(names, (gpointer)name);
  g_autoptr(GPtrArray) clean = inbox_tags_clean(names);
  if (clean->len != 1 || strcmp(g_ptr_array_index(clean, 0), name) != 0) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID, "this is not a valid tag: use letters, digits and ._@-");
    return FALSE;
  }
  if (g_ascii_strcasecmp(old_name, name) == 0 || !select_tagged(mails, name, &exists))
    return TRUE;
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_EXISTS, "there is a tag %s already", name);
  return FALSE;
}

/* Renames a tag, or removes it when there is no new name. */
static gboolean change_tag_itself(Course *course, GError **error) {
  const InboxChange *change = course->change;
  gboolean found = FALSE;

  if (change->new_name && !check_new_name(course->mails, change->name, change->new_name, error))
    return FALSE;
  if (!select_tagged(course->mails, change->name, &found)) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND, "there is no tag %s", change->name);
    return FALSE;
  }
  g_autoptr(GPtrArray) off = g_ptr_array_new();
  g_autoptr(GPtrArray) on = g_ptr_array_new();
  g_ptr_array_add(off, change->name);
  if (change->new_name)
    g_ptr_array_add(on, change->new_name);
  for (guint i = 0; i < course->mails->all->len; i++)
    if (memory_mail_at(course->mails, i)->is_selected)
      retag(course, memory_mail_at(course->mails, i), off, on);
  return TRUE;
}

/* --- deleting */

static gboolean delete_messages(Course *course, GError **error) {
  MemoryMails *mails = course->mails;
  gboolean all_go = !course->change->selection.ids && !course->change->selection.query;

  select_messages(mails, &course->change->selection);
  for (guint i = 0; i < mails->all->len; i++) {
    const MemoryMail *one = memory_mail_at(mails, i);
    if (one->is_selected && !all_go)
      report(course->events, course->n_changed, INBOX_EVENT_DELETED, one->mail);
    course->n_changed += one->is_selected ? 1 : 0;
  }
  if (all_go)
    g_ptr_array_add(course->events, inbox_event_new(INBOX_EVENT_CLEARED, NULL, NULL));
  memory_mails_remove_selected(mails);
  return TRUE;
}

/* --- transcripts and attempts */

void memory_mails_keep_transcript(MemoryMails *mails, const char *id, char *transcript) {
  MemoryMail *one = g_hash_table_lookup(mails->by_id, id);
  gsize n_bytes = strlen(transcript);

  if (!one || one->transcript || !memory_mails_reserve(mails, n_bytes)) {
    g_free(transcript);
    return;
  }
  one->transcript = transcript;
  one->n_bytes += n_bytes;
}

void memory_mails_keep_attempt(MemoryMails *mails, InboxAttempt *attempt, GPtrArray *events) {
  attempt->number = ++mails->n_attempts_ever;
  g_queue_push_head(&mails->attempts, attempt);
  if (g_queue_get_length(&mails->attempts) > INBOX_ATTEMPTS_MAX)
    inbox_attempt_free(g_queue_pop_tail(&mails->attempts));
  g_ptr_array_add(events, inbox_event_new(INBOX_EVENT_REJECTED, NULL, NULL));
}

static gboolean clear_attempts(Course *course, GError **error) {
  course->n_changed = g_queue_get_length(&course->mails->attempts);
  g_queue_clear_full(&course->mails->attempts, (GDestroyNotify)inbox_attempt_free);
  if (course->n_changed > 0)
    g_ptr_array_add(course->events, inbox_event_new(INBOX_EVENT_ATTEMPTS_CLEARED, NULL, NULL));
  return TRUE;
}

/* --- the whole */

gboolean memory_mails_change(MemoryMails *mails, const InboxChange *change, GPtrArray *events, guint64 *out_changed,
                             GError **error) {
  static gboolean (*const changes[INBOX_CHANGES_N])(Course *course, GError **error) = {
      [INBOX_CHANGE_MARK] = mark,
      [INBOX_CHANGE_DELETE] = delete_messages,
      [INBOX_CHANGE_SET_TAGS] = set_tags,
      [INBOX_CHANGE_TAGS] = change_tags,
      [INBOX_CHANGE_RENAME_TAG] = change_tag_itself,
      [INBOX_CHANGE_REMOVE_TAG] = change_tag_itself,
      [INBOX_CHANGE_CLEAR_ATTEMPTS] = clear_attempts,
  };
  g_autoptr(GPtrArray) tags = change->tags ? inbox_tags_clean(change->tags) : NULL;
  g_autoptr(GPtrArray) tags_off = change->tags_off ? inbox_tags_clean(change->tags_off) : NULL;
  Course course = {.mails = mails, .change = change, .events = events, .tags = tags, .tags_off = tags_off};
  gboolean ok = changes[change->kind](&course, error);

  *out_changed = course.n_changed;
  return ok;
}

/* --- retention */

static gboolean is_over(const InboxLimits *limits, InboxLimit limit, const InboxTotals *left, const InboxMail *mail) {
  switch (limit) {
  case INBOX_LIMIT_AGE:
    return limits->max_age_us > 0 && mail->received_us <= g_get_real_time() - (gint64)limits->max_age_us;
  case INBOX_LIMIT_MESSAGES:
    return limits->max_messages > 0 && left->n_messages > limits->max_messages;
  default:
    return limits->max_bytes > 0 && left->n_bytes > limits->max_bytes;
  }
}

void memory_mails_trim(MemoryMails *mails, const InboxLimits *limits, GPtrArray *events, InboxRemoved *out_removed) {
  guint64 n_removed = 0;
  InboxTotals left = mails->totals;

  *out_removed = (InboxRemoved){0};
  for (guint i = 0; i < mails->all->len; i++)
    memory_mail_at(mails, i)->is_selected = FALSE;
  for (InboxLimit limit = 0; limit < INBOX_LIMITS_N; limit++)
    for (guint i = 0; i < mails->all->len; i++) {
      MemoryMail *one = memory_mail_at(mails, i);
      if (one->is_selected || one->mail->is_flagged || !is_over(limits, limit, &left, one->mail))
        continue;
      one->is_selected = TRUE;
      report(events, n_removed++, INBOX_EVENT_DELETED, one->mail);
      left.n_messages--;
      left.n_bytes -= one->mail->summary->size_bytes;
      out_removed->removed[limit].n_messages++;
      out_removed->removed[limit].n_bytes += one->mail->summary->size_bytes;
    }
  memory_mails_remove_selected(mails);
  for (guint i = 0; i < mails->all->len; i++) {
    const InboxMail *mail = memory_mail_at(mails, i)->mail;
    if (!mail->is_flagged && (out_removed->oldest_us == 0 || mail->received_us < out_removed->oldest_us))
      out_removed->oldest_us = mail->received_us;
  }
  for (InboxLimit limit = INBOX_LIMIT_MESSAGES; limit < INBOX_LIMITS_N; limit++)
    out_removed->is_held_up |= out_removed->oldest_us == 0 && mails->all->len > 0 &&
                               (out_removed->removed[limit].n_messages > 0 || is_over(limits, limit, &left, NULL));
}
