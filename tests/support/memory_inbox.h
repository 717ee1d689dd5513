#pragma once
/* An inbox in memory with a loop to itself, whose keeper fails where a test wants it to.
 *
 * Owns: all of it.
 * Thread: the test's.
 * Errors: end the test, and so does a loop that turns for longer than MEMORY_INBOX_PATIENCE_S.
 * Source: our own. */
#include "inbox/inbox.h"
#include "memory/memory_keeper.h"
#include "support/failing_keeper.h"
#include <string.h>

enum { MEMORY_INBOX_PATIENCE_S = 60 };

typedef struct MemoryInbox {
  struct event_base *base;
  LoopQueue *queue;
  Crew *crew;
  InboxKeeper *keeper; /* see failing_keeper_fail() */
  Inbox *inbox;
  Envelope *envelope;
  guint n_answers; /* to what was asked below */
  char *id;        /* of the message delivered last */
} MemoryInbox;

static inline void memory_inbox_init(MemoryInbox *inbox) {
  static const MemoryLimits limits = {.max_messages = 1000, .max_bytes = 16 * 1024 * 1024};

  *inbox = (MemoryInbox){.base = event_base_new(), .crew = crew_new(CREW_THREADS_MAX), .envelope = envelope_new()};
  inbox->queue = loop_queue_new(inbox->base, NULL);
  inbox->keeper = failing_keeper_new(memory_keeper_new(&limits, 0, inbox->crew, inbox->queue), inbox->queue);
  failing_keeper_fail(inbox->keeper, FAILING_COMMIT, 0, 0);
  inbox->inbox = inbox_new(inbox->keeper, inbox->queue, NULL);
  inbox->envelope->peer = g_strdup("127.0.0.1:5000");
  inbox->envelope->peer_literal = g_strdup("[127.0.0.1]");
  inbox->envelope->helo = g_strdup("client.example");
  inbox->envelope->helo_is_name = TRUE;
  inbox->envelope->reverse_path = g_strdup("from@example.com");
  g_ptr_array_add(inbox->envelope->forward_paths, g_strdup("to@example.com"));
  inbox->envelope->received_us = g_get_real_time();
}

/* Whoever uses the inbox must have ended. The event base is the caller's from now on: a log may still have an event. */
static inline void memory_inbox_end(MemoryInbox *inbox) {
  inbox_end(inbox->inbox);
  loop_queue_free(inbox->queue);
  crew_free(inbox->crew);
  envelope_free(inbox->envelope);
  g_free(inbox->id);
}

static inline void memory_inbox_patience_cb(evutil_socket_t fd, short events, void *data) {
  g_error("nothing happened for %d s", MEMORY_INBOX_PATIENCE_S);
}

/* Turns the loop until the counter is at least so much. */
static inline void memory_inbox_turn(MemoryInbox *inbox, const guint *counter, guint value) {
  const struct timeval patience = {.tv_sec = MEMORY_INBOX_PATIENCE_S};
  struct event *timer = event_new(inbox->base, -1, 0, memory_inbox_patience_cb, NULL);

  event_add(timer, &patience);
  while (*counter < value)
    g_assert_cmpint(event_base_loop(inbox->base, EVLOOP_ONCE), ==, 0);
  event_free(timer);
}

static inline void memory_inbox_delivered_cb(const char *id, const GError *error, gpointer user_data) {
  MemoryInbox *inbox = user_data;

  g_assert_no_error(error);
  g_free(inbox->id);
  inbox->id = g_strdup(id);
  inbox->n_answers++;
}

/* Delivers a message with LF line ends, and waits for that. */
static inline void memory_inbox_deliver(MemoryInbox *inbox, const char *message) {
  InboxDraft *draft = inbox_draft_new(inbox->inbox, inbox->envelope, NULL, NULL);
  guint n_answers = inbox->n_answers;

  (void)inbox_draft_append(draft, (const guint8 *)message, strlen(message));
  inbox_draft_commit(draft, NULL, memory_inbox_delivered_cb, inbox);
  memory_inbox_turn(inbox, &inbox->n_answers, n_answers + 1);
}

static inline void memory_inbox_changed_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  g_assert_no_error(error);
  ((MemoryInbox *)user_data)->n_answers++;
}

static inline void memory_inbox_empty(MemoryInbox *inbox) {
  guint n_answers = inbox->n_answers;

  inbox_delete(inbox->inbox, (InboxSelection){NULL}, memory_inbox_changed_cb, inbox);
  memory_inbox_turn(inbox, &inbox->n_answers, n_answers + 1);
}
