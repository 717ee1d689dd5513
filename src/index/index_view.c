#include "index/index_view.h"

#include "index/index_lists.h"
#include "index/index_row.h"

const char index_view_sql[] =
    "SELECT mail.seq, id, received_us, is_read, is_flagged, thread_id, size, n_attachments, n_inline,"
    " subject, message_id, has_message_id, return_path, username, date_us, snippet, lists,"
    " uid, (SELECT group_concat(name) FROM mail_tag JOIN tag ON tag.id = mail_tag.tag WHERE mail_tag.seq = mail.seq)"
    " FROM mail JOIN mail_view USING (seq) WHERE mail.seq = ?1";

typedef enum {
  SEQ,
  ID,
  RECEIVED_US,
  IS_READ,
  IS_FLAGGED,
  THREAD,
  SIZE,
  N_ATTACHMENTS,
  N_INLINE,
  SUBJECT,
  MESSAGE_ID,
  HAS_MESSAGE_ID,
  RETURN_PATH,
  USERNAME,
  DATE_US,
  SNIPPET,
  LISTS,
  UID,
  TAGS
} Column;

static gint compare_names(gconstpointer a, gconstpointer b) {
  return g_ascii_strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* No tag has a comma in it. */
static GPtrArray *read_tags(const char *joined) {
  GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);
  g_auto(GStrv) names = joined ? g_strsplit(joined, ",", -1) : NULL;

  for (char **name = names; name && *name; name++)
    g_ptr_array_add(tags, g_strdup(*name));
  g_ptr_array_sort(tags, compare_names);
  return tags;
}

InboxMail *index_view_read(sqlite3_stmt *statement) {
  MailSummary *summary = mail_summary_new();

  mail_summary_drop_text(summary);
  summary->subject = index_row_text(statement, SUBJECT);
  summary->message_id = index_row_text(statement, MESSAGE_ID);
  summary->has_message_id = sqlite3_column_int(statement, HAS_MESSAGE_ID) != 0;
  summary->return_path = index_row_text_or_null(statement, RETURN_PATH);
  summary->username = index_row_text(statement, USERNAME);
  summary->date_us = index_row_time_us(statement, DATE_US);
  summary->size_bytes = index_row_size(statement, SIZE);
  summary->n_attachments = index_row_count(statement, N_ATTACHMENTS);
  summary->n_inline = index_row_count(statement, N_INLINE);
  summary->snippet = index_row_text(statement, SNIPPET);
  g_autofree char *lists = index_row_text(statement, LISTS);
  g_autofree char *tags = index_row_text_or_null(statement, TAGS);
  g_autofree char *id = index_row_text(statement, ID);
  index_lists_parse(lists, summary);
  InboxMail *mail = inbox_mail_new(id, summary, read_tags(tags));
  mail->cursor = (guint64)sqlite3_column_int64(statement, SEQ);
  mail->uid = (guint32)CLAMP(sqlite3_column_int64(statement, UID), 0, (gint64)G_MAXUINT32 - 1);
  mail->received_us = index_row_time_us(statement, RECEIVED_US);
  mail->is_read = sqlite3_column_int(statement, IS_READ) != 0;
  mail->is_flagged = sqlite3_column_int(statement, IS_FLAGGED) != 0;
  mail->thread = (guint64)sqlite3_column_int64(statement, THREAD);
  return mail;
}
