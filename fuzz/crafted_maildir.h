#pragma once
/* A Maildir of which a fuzz target makes what it likes, next to a file that nobody may touch, and all that is done to
 * one: lists, searches, reading, marks, tags, deleting.
 *
 * Owns: the directory and what is in it; its loop.
 * Thread: that of the target.
 * Errors: end the target.
 * Units and limits: CRAFTED_MESSAGES messages.
 * Source: docs/security.md, "What lies in the Maildir". */
#include "inbox/inbox.h"
#include "store/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { CRAFTED_MESSAGES = 3 };

#define CRAFTED_SECRET "Subject: secret\n\nsecret\n"

typedef struct CraftedMaildir {
  char *root;
  char *place;
  struct event_base *base;
  LoopQueue *queue;
  Inbox *inbox;
  guint n_waiting;
  SearchQuery *query; /* of the list under way */ /* answers */
} CraftedMaildir;

static inline void crafted_put(const char *directory, const char *name, const char *text) {
  g_autofree char *path = g_build_filename(directory, name, NULL);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint(write(fd, text, strlen(text)), ==, (gssize)strlen(text));
  close(fd);
}

static inline void crafted_init(CraftedMaildir *crafted) {
  static const char *const names[] = {"mail", "mail/new", "mail/cur", "mail/tmp"};

  *crafted = (CraftedMaildir){.root = g_dir_make_tmp("fuzz-maildir-XXXXXX", NULL), .base = event_base_new()};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(crafted->root, names[i], NULL);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  }
  crafted->place = g_build_filename(crafted->root, "mail", NULL);
  crafted_put(crafted->root, "secret", CRAFTED_SECRET);
}

static inline void crafted_put_messages(const CraftedMaildir *crafted) {
  g_autofree char *directory = g_build_filename(crafted->place, "new", NULL);

  for (guint i = 0; i < CRAFTED_MESSAGES; i++) {
    g_autofree char *name = g_strdup_printf("170000000%u.M%uP1Q1.crafted", i, i);
    g_autofree char *text =
        g_strdup_printf("From: from@example.com\nSubject: message %u\nX-Tags: kept\n\nHello %u\n", i, i);
    crafted_put(directory, name, text);
  }
}

/* What is below `path`; links are removed, not followed. */
static inline void crafted_empty(const char *path) {
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);

  for (const char *name; directory && (name = g_dir_read_name(directory));) {
    g_autofree char *entry = g_build_filename(path, name, NULL);
    if (g_unlink(entry) != 0) {
      crafted_empty(entry);
      g_rmdir(entry);
    }
  }
}

static inline void crafted_clear(CraftedMaildir *crafted) {
  g_autofree char *secret = g_build_filename(crafted->root, "secret", NULL);
  g_autofree char *text = NULL;

  g_assert_true(g_file_get_contents(secret, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, CRAFTED_SECRET);
  event_base_free(crafted->base);
  crafted_empty(crafted->root);
  g_rmdir(crafted->root);
  g_free(crafted->place);
  g_free(crafted->root);
}

/* --- using it */

static inline void crafted_wait(CraftedMaildir *crafted) {
  while (crafted->n_waiting > 0)
    event_base_loop(crafted->base, EVLOOP_ONCE);
}

static inline void crafted_answered_cb(gpointer answer, const GError *error, gpointer user_data) {
  ((CraftedMaildir *)user_data)->n_waiting--;
}

static inline gpointer crafted_list_cb(InboxReader *reader, gpointer user_data, GError **error) {
  CraftedMaildir *crafted = user_data;
  const InboxListRequest request = {.query = crafted->query, .limit = 50, .counts_threads = TRUE};
  g_auto(InboxPage) page = {0};

  if (!inbox_reader_list(reader, &request, &page, error))
    return NULL;
  for (guint i = 0; i < page.messages->len; i++) {
    const InboxMail *mail = g_ptr_array_index(page.messages, i);
    g_assert_true(g_utf8_validate(mail->summary->subject, -1, NULL) && g_utf8_validate(mail->id, -1, NULL));
    g_assert_null(strstr(mail->summary->subject, "secret"));
  }
  return crafted;
}

static inline void crafted_list(CraftedMaildir *crafted, const char *query) {
  crafted->query = query ? search_query_parse(query, &(SearchQueryOptions){0}, NULL) : NULL;
  crafted->n_waiting++;
  inbox_ask(crafted->inbox, INBOX_LANE_LISTS, crafted_list_cb, crafted_answered_cb, crafted);
  crafted_wait(crafted);
  g_clear_pointer(&crafted->query, search_query_free);
}

static inline void crafted_read(InboxReader *reader, const char *id) {
  char bytes[1024] = "";
  guint64 size_bytes;
  int fd = inbox_reader_open(reader, id, NULL, NULL, &size_bytes, NULL);

  if (fd < 0)
    return;
  g_assert_cmpint(read(fd, bytes, sizeof bytes - 1), >=, 0);
  g_assert_null(strstr(bytes, "secret"));
  close(fd);
}

static inline gpointer crafted_read_cb(InboxReader *reader, gpointer user_data, GError **error) {
  g_autoptr(InboxMail) mail = inbox_reader_find(reader, NULL, NULL, NULL);
  g_autofree char *said = NULL;
  g_auto(InboxAttemptPage) page = {0};

  crafted_read(reader, NULL);
  crafted_read(reader, "1700000000.M0P1Q1.crafted");
  if (mail)
    (void)inbox_reader_transcript(reader, mail->id, &said, NULL);
  (void)inbox_reader_attempts(reader, NULL, 0, 50, &page, NULL);
  g_autoptr(GPtrArray) tags = inbox_reader_tags(reader, error);
  return tags ? user_data : NULL;
}

static inline void crafted_changed_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  ((CraftedMaildir *)user_data)->n_waiting--;
}

static inline void crafted_trimmed_cb(const InboxRemoved *trimmed, const GError *error, gpointer user_data) {
  ((CraftedMaildir *)user_data)->n_waiting--;
}

static inline void crafted_open(CraftedMaildir *crafted) {
  g_autoptr(GError) error = NULL;

  crafted->queue = loop_queue_new(crafted->base, NULL);
  InboxKeeper *keeper = store_open_now(&(StoreOptions){.directory = crafted->place, .sync = STORE_SYNC_NONE},
                                       crafted->queue, NULL, &error);
  g_assert_no_error(error);
  crafted->inbox = inbox_new(keeper, crafted->queue, NULL);
}

static inline void crafted_close(CraftedMaildir *crafted) {
  inbox_end(crafted->inbox);
  loop_queue_free(crafted->queue);
}

static inline GPtrArray *crafted_names(const char *name) {
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

  g_ptr_array_add(names, g_strdup(name));
  return names;
}

static inline void crafted_use(CraftedMaildir *crafted) {
  static const char *const queries[] = {NULL,       "message",   "subject:message 1",      "-hello",   "ell",
                                        "tag:kept", "is:unread", "header:subject=message", "is:newest"};
  Inbox *inbox = crafted->inbox;

  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++)
    crafted_list(crafted, queries[i]);
  crafted->n_waiting += 4;
  inbox_ask(inbox, INBOX_LANE_MESSAGES, crafted_read_cb, crafted_answered_cb, crafted);
  inbox_mark(inbox, (InboxSelection){0}, INBOX_MARK_READ | INBOX_MARK_FLAGGED, 0, crafted_changed_cb, crafted);
  inbox_mark(inbox, (InboxSelection){0}, 0, INBOX_MARK_FLAGGED, crafted_changed_cb, crafted);
  inbox_tag_set(inbox, (InboxSelection){0}, crafted_names("tag"), crafted_changed_cb, crafted);
  crafted_wait(crafted);
  crafted->n_waiting += 2;
  inbox_set_limits(inbox, &(InboxLimits){.max_messages = 2, .max_bytes = 100});
  inbox_retention_step(inbox, crafted_trimmed_cb, crafted);
  inbox_delete(inbox, (InboxSelection){.query = search_query_parse("message", &(SearchQueryOptions){0}, NULL)},
               crafted_changed_cb, crafted);
  crafted_wait(crafted);
  crafted_list(crafted, NULL);
  crafted->n_waiting++;
  inbox_delete(inbox, (InboxSelection){0}, crafted_changed_cb, crafted);
  crafted_wait(crafted);
}
