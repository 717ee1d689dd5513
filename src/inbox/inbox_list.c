#include "inbox/inbox_private.h"

/* Lists */

typedef struct List {
  InboxListRequest request;
  InboxPage page;
  GError *error;
  InboxListed listed;
  gpointer user_data;
} List;

static void list_work(IndexReader *reader, const GError *error, gpointer user_data) {
  List *list = user_data;
  inbox_page_clear(&list->page);
  g_clear_error(&list->error);
  if (reader)
    (void)index_reader_list(reader, &list->request, &list->page, &list->error);
  else
    list->error = g_error_copy(error);
}

static void list_done_cb(gpointer data) {
  List *list = data;
  const GError *error = list->error;
  list->listed(error ? NULL : &list->page, error, list->user_data);
  inbox_page_clear(&list->page);
  search_query_free(list->request.query);
  g_clear_error(&list->error);
  g_free(list);
}

void inbox_list(Inbox *inbox, const InboxListRequest *request, InboxListed listed, gpointer user_data) {
  List *list = g_new0(List, 1);
  list->request = *request;
  list->request.limit = MIN(request->limit, INBOX_PAGE_MAX);
  list->listed = listed;
  list->user_data = user_data;
  index_read(store_index(inbox->store), list_work, list_done_cb, list);
}

/* Tags */

typedef struct Tags {
  GPtrArray *counts; /* InboxTag * */
  GError *error;
  InboxTagsListed listed;
  gpointer user_data;
} Tags;

static void tags_work(IndexReader *reader, const GError *error, gpointer user_data) {
  Tags *tags = user_data;
  g_clear_pointer(&tags->counts, g_ptr_array_unref);
  g_clear_error(&tags->error);
  if (reader)
    tags->counts = index_reader_tags(reader, &tags->error);
  else
    tags->error = g_error_copy(error);
}

static void tags_done_cb(gpointer data) {
  Tags *tags = data;
  const GError *error = tags->error;
  tags->listed(error ? NULL : tags->counts, error, tags->user_data);
  g_clear_pointer(&tags->counts, g_ptr_array_unref);
  g_clear_error(&tags->error);
  g_free(tags);
}

void inbox_tags(Inbox *inbox, InboxTagsListed listed, gpointer user_data) {
  Tags *tags = g_new0(Tags, 1);
  tags->listed = listed;
  tags->user_data = user_data;
  index_read(store_index(inbox->store), tags_work, tags_done_cb, tags);
}

/* Recipients */

typedef struct Recipients {
  char *text;
  guint64 start;
  guint64 limit;
  InboxRecipientPage page;
  GError *error;
  InboxRecipientsListed listed;
  gpointer user_data;
} Recipients;

static void recipients_work(IndexReader *reader, const GError *error, gpointer user_data) {
  Recipients *recipients = user_data;
  inbox_recipient_page_clear(&recipients->page);
  g_clear_error(&recipients->error);
  if (reader)
    (void)index_reader_recipients(reader, recipients->text, recipients->start, recipients->limit, &recipients->page,
                                  &recipients->error);
  else
    recipients->error = g_error_copy(error);
}

static void recipients_done_cb(gpointer data) {
  Recipients *recipients = data;
  const GError *error = recipients->error;
  recipients->listed(error ? NULL : &recipients->page, error, recipients->user_data);
  inbox_recipient_page_clear(&recipients->page);
  g_clear_error(&recipients->error);
  g_free(recipients->text);
  g_free(recipients);
}

void inbox_recipients(Inbox *inbox, const char *text, guint64 start, guint64 limit, InboxRecipientsListed listed,
                      gpointer user_data) {
  Recipients *recipients = g_new0(Recipients, 1);
  recipients->text = g_strdup(text);
  recipients->start = start;
  recipients->limit = limit;
  recipients->listed = listed;
  recipients->user_data = user_data;
  index_read(store_index(inbox->store), recipients_work, recipients_done_cb, recipients);
}
