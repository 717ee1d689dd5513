/* A keeper without a disk keeps what it is given, in order, up to its limits. */
#include "inbox/error.h"
#include "memory/memory_keeper.h"

#include <string.h>
#include <unistd.h>

enum { MESSAGES_MAX = 5, BYTES_MAX = 64 * 1024 };

typedef struct Fixture {
  struct event_base *base;
  LoopQueue *queue;
  Crew *crew;
  InboxKeeper *keeper;
  Envelope *envelope;
  guint n_answers;
  guint n_reports;
  GPtrArray *ids;  /* char *, of what was delivered */
  GString *events; /* "NEW id; " of each */
  InboxTotals totals;
  int error_code; /* of the last answer; -1: none */
  guint64 n_changed;
  InboxRemoved removed;
  gboolean is_closed;
} Fixture;

/* --- the loop */

static void take_error(Fixture *fixture, const GError *error) {
  g_assert_false(fixture->is_closed);
  fixture->error_code = error ? error->code : -1;
  fixture->n_answers++;
}

static void turn_until(Fixture *fixture, const guint *counter, guint value) {
  while (*counter < value)
    g_assert_cmpint(event_base_loop(fixture->base, EVLOOP_ONCE), ==, 0);
}

static void reported_cb(const InboxReport *report, gpointer user_data) {
  static const char *const names[] = {
      [INBOX_EVENT_NEW] = "new",
      [INBOX_EVENT_CHANGED] = "changed",
      [INBOX_EVENT_DELETED] = "deleted",
      [INBOX_EVENT_CLEARED] = "cleared",
      [INBOX_EVENT_MANY] = "many",
      [INBOX_EVENT_REJECTED] = "rejected",
      [INBOX_EVENT_ATTEMPTS_CLEARED] = "attempts-cleared",
  };
  Fixture *fixture = user_data;

  fixture->totals = report->totals;
  fixture->n_reports++;
  g_assert_true(report->is_ready && report->is_whole);
  for (guint i = 0; i < report->events->len; i++) {
    const InboxEvent *event = g_ptr_array_index(report->events, i);
    g_string_append_printf(fixture->events, "%s%s", fixture->events->len > 0 ? " " : "", names[event->kind]);
  }
}

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->base = event_base_new();
  fixture->queue = loop_queue_new(fixture->base, NULL);
  fixture->crew = crew_new(CREW_THREADS_MAX);
  fixture->ids = g_ptr_array_new_with_free_func(g_free);
  fixture->events = g_string_new(NULL);
  fixture->keeper = memory_keeper_new(&(MemoryLimits){MESSAGES_MAX, BYTES_MAX}, 0, fixture->crew, fixture->queue);
  fixture->keeper->callbacks = (InboxKeeperCallbacks){.reported = reported_cb, .user_data = fixture};
  fixture->envelope = envelope_new();
  fixture->envelope->peer = g_strdup("127.0.0.1:5000");
  fixture->envelope->peer_literal = g_strdup("[127.0.0.1]");
  fixture->envelope->helo = g_strdup("client.example");
  fixture->envelope->reverse_path = g_strdup("from@example.com");
  g_ptr_array_add(fixture->envelope->forward_paths, g_strdup("To@example.com"));
  fixture->envelope->received_us = g_get_real_time();
}

static void closed_cb(gpointer data) {
  ((Fixture *)data)->is_closed = TRUE;
}

static void close_keeper(Fixture *fixture) {
  fixture->keeper->table->close(fixture->keeper, closed_cb, fixture);
  while (!fixture->is_closed)
    g_assert_cmpint(event_base_loop(fixture->base, EVLOOP_ONCE), ==, 0);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  if (!fixture->is_closed)
    close_keeper(fixture);
  crew_free(fixture->crew);
  loop_queue_free(fixture->queue);
  event_base_free(fixture->base);
  envelope_free(fixture->envelope);
  g_ptr_array_unref(fixture->ids);
  g_string_free(fixture->events, TRUE);
}

/* --- asking */

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  Fixture *fixture = user_data;

  g_assert_true((id == NULL) == (error != NULL));
  g_ptr_array_add(fixture->ids, g_strdup(id));
  take_error(fixture, error);
}

static void send_mail(Fixture *fixture, const char *text, gsize n_bytes) {
  InboxDraft *draft = fixture->keeper->table->begin(fixture->keeper, fixture->envelope, NULL, NULL);
  gsize half = n_bytes / 2;

  g_assert_true(fixture->keeper->table->append(draft, (const guint8 *)text, half));
  g_assert_true(fixture->keeper->table->append(draft, (const guint8 *)text + half, n_bytes - half));
  fixture->keeper->table->commit(draft, NULL, delivered_cb, fixture);
}

/* Returns its ID, borrowed; NULL: it was not stored. */
static const char *deliver(Fixture *fixture, const char *text) {
  guint n_answers = fixture->n_answers;

  send_mail(fixture, text, strlen(text));
  g_assert_cmpuint(fixture->n_answers, ==, n_answers);
  turn_until(fixture, &fixture->n_answers, n_answers + 1);
  return g_ptr_array_index(fixture->ids, fixture->ids->len - 1);
}

typedef struct Question {
  Fixture *fixture;
  const char *query;
  const char *id;
  gboolean counts_threads;
  char *answer;
} Question;

static void answered_cb(gpointer answer, const GError *error, gpointer user_data) {
  Question *question = user_data;

  question->answer = answer;
  take_error(question->fixture, error);
}

/* The caller frees the answer. */
static char *ask(Fixture *fixture, InboxWork work, Question question) {
  guint n_answers = fixture->n_answers;

  question.fixture = fixture;
  fixture->keeper->table->ask(fixture->keeper, INBOX_LANE_MESSAGES, work, answered_cb, &question);
  turn_until(fixture, &fixture->n_answers, n_answers + 1);
  return question.answer;
}

/* "subject{tags} " of each message found, with a star if it is flagged, in capitals if it is read. */
static gpointer list_work(InboxReader *reader, gpointer user_data, GError **error) {
  const Question *question = user_data;
  const SearchQueryOptions options = {0};
  g_autoptr(SearchQuery) query = question->query ? search_query_parse(question->query, &options, NULL) : NULL;
  const InboxListRequest request = {
      .query = query, .limit = 100, .oldest_first = TRUE, .counts_threads = question->counts_threads};
  g_auto(InboxPage) page = {0};
  guint32 last_uid = 0;
  GString *out = g_string_new(NULL);

  if (!inbox_reader_list(reader, &request, &page, error))
    return g_string_free(out, TRUE);
  for (guint i = 0; i < page.messages->len; i++) {
    const InboxMail *mail = g_ptr_array_index(page.messages, i);
    g_assert_cmpuint(mail->uid, >, last_uid);
    last_uid = mail->uid;
    g_autofree char *subject =
        mail->is_read ? g_ascii_strup(mail->summary->subject, -1) : g_strdup(mail->summary->subject);
    g_string_append_printf(out, "%s%s%s", i > 0 ? " " : "", subject, mail->is_flagged ? "*" : "");
    for (guint j = 0; j < mail->tags->len; j++)
      g_string_append_printf(out, "#%s", (const char *)g_ptr_array_index(mail->tags, j));
    if (question->counts_threads)
      g_string_append_printf(out, ":%u", mail->n_in_thread);
  }
  g_assert_cmpuint(page.n_matching, ==, page.messages->len);
  return g_string_free(out, FALSE);
}

static void assert_list(Fixture *fixture, const char *query, const char *expected) {
  g_autofree char *list = ask(fixture, list_work, (Question){.query = query});

  g_assert_cmpstr(list, ==, expected);
}

static gpointer open_work(InboxReader *reader, gpointer user_data, GError **error) {
  const Question *question = user_data;
  char stored[2048] = "";
  guint64 size_bytes = 0;
  int fd = inbox_reader_open(reader, question->id, NULL, NULL, &size_bytes, error);

  if (fd < 0)
    return NULL;
  g_assert_cmpint(read(fd, stored, sizeof stored - 1), ==, (gssize)size_bytes);
  close(fd);
  return g_strdup(stored);
}

static void changed_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_changed = n_changed;
  take_error(fixture, error);
}

/* Takes what the change points to. */
static void change(Fixture *fixture, InboxChange change) {
  guint n_answers = fixture->n_answers;

  g_string_truncate(fixture->events, 0);
  fixture->keeper->table->change(fixture->keeper, g_memdup2(&change, sizeof change), changed_cb, fixture);
  turn_until(fixture, &fixture->n_answers, n_answers + 1);
}

static GPtrArray *strings(const char *first, const char *second) {
  GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

  for (guint i = 0; i < 2; i++)
    if ((i == 0 ? first : second))
      g_ptr_array_add(all, g_strdup(i == 0 ? first : second));
  return all;
}

/* --- the tests */

static void what_is_delivered_is_listed_and_opened(Fixture *fixture, gconstpointer data) {
  g_autofree char *first = g_strdup(deliver(fixture, "Subject: one\n\nHello\n"));

  deliver(fixture, "Subject: two\n\nHello zebra\n");
  assert_list(fixture, NULL, "one two");
  assert_list(fixture, "ebra", "two");
  assert_list(fixture, "-ebra", "one");
  assert_list(fixture, "rcpt:to@", "one two");
  g_autofree char *stored = ask(fixture, open_work, (Question){.id = first});
  g_assert_true(g_str_has_prefix(stored, "Return-Path: <from@example.com>\n"));
  g_assert_true(g_str_has_suffix(stored, "\nSubject: one\n\nHello\n"));
  g_assert_nonnull(strstr(stored, first));
  g_assert_null(ask(fixture, open_work, (Question){.id = "none"}));
  g_assert_cmpint(fixture->error_code, ==, INBOX_ERROR_NOT_FOUND);
  turn_until(fixture, &fixture->n_reports, 6);
  g_assert_cmpuint(fixture->totals.n_messages, ==, 2);
  g_assert_cmpuint(fixture->totals.n_unread, ==, 2);
}

static void as_many_messages_fit_as_the_limit_says(Fixture *fixture, gconstpointer data) {
  for (guint i = 0; i < MESSAGES_MAX; i++)
    g_assert_nonnull(deliver(fixture, "Subject: a\n\n"));
  g_assert_null(deliver(fixture, "Subject: b\n\n"));
  g_assert_cmpint(fixture->error_code, ==, INBOX_ERROR_NO_SPACE);
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_DELETE,
                                .selection = {.ids = strings(g_ptr_array_index(fixture->ids, 2), NULL)}});
  g_assert_cmpuint(fixture->n_changed, ==, 1);
  g_assert_nonnull(deliver(fixture, "Subject: c\n\n"));
  assert_list(fixture, NULL, "a a a a c");
}

static void measured_cb(guint64 free_bytes, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_changed = free_bytes;
  take_error(fixture, NULL);
}

static guint64 measure(Fixture *fixture) {
  guint n_answers = fixture->n_answers;

  fixture->keeper->table->measure_space(fixture->keeper, measured_cb, fixture);
  turn_until(fixture, &fixture->n_answers, n_answers + 1);
  return fixture->n_changed;
}

/* A body without a letter is searched for nothing, and so takes the same room whatever its length. */
static gboolean deliver_bytes(Fixture *fixture, gsize n_bytes) {
  g_autofree char *text = g_strnfill(n_bytes, '\n');
  guint n_answers = fixture->n_answers;

  send_mail(fixture, text, n_bytes);
  turn_until(fixture, &fixture->n_answers, n_answers + 1);
  return g_ptr_array_index(fixture->ids, fixture->ids->len - 1) != NULL;
}

static void as_many_bytes_fit_as_the_limit_says(Fixture *fixture, gconstpointer data) {
  guint64 before = measure(fixture);

  g_assert_cmpuint(before, ==, BYTES_MAX);
  g_assert_true(deliver_bytes(fixture, 10000));
  guint64 overhead = before - measure(fixture) - 10000;
  guint64 left = measure(fixture) - overhead;
  g_assert_false(deliver_bytes(fixture, left + 1));
  g_assert_cmpint(fixture->error_code, ==, INBOX_ERROR_NO_SPACE);
  g_assert_cmpuint(measure(fixture), ==, left + overhead);
  g_assert_true(deliver_bytes(fixture, left));
  g_assert_cmpuint(measure(fixture), ==, 0);
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_DELETE});
  g_assert_cmpstr(fixture->events->str, ==, "cleared");
  g_assert_cmpuint(measure(fixture), ==, BYTES_MAX);
}

static void messages_that_come_are_bounded_together(Fixture *fixture, gconstpointer data) {
  const InboxKeeperTable *table = fixture->keeper->table;
  g_autofree guint8 *bytes = g_malloc0(BYTES_MAX);
  InboxDraft *first = table->begin(fixture->keeper, fixture->envelope, NULL, NULL);
  InboxDraft *second = table->begin(fixture->keeper, fixture->envelope, NULL, NULL);

  g_assert_true(table->append(first, bytes, BYTES_MAX - 10));
  g_assert_true(table->append(second, bytes, 11));
  g_assert_true(table->append(second, bytes, BYTES_MAX));
  table->discard(first);
  table->commit(second, NULL, delivered_cb, fixture);
  turn_until(fixture, &fixture->n_answers, 1);
  g_assert_cmpint(fixture->error_code, ==, INBOX_ERROR_NO_SPACE);
  g_assert_nonnull(deliver(fixture, "Subject: a\n\n"));
}

static void marks_and_tags_are_changed(Fixture *fixture, gconstpointer data) {
  g_autofree char *one = g_strdup(deliver(fixture, "Subject: one\nX-Tags: own\n\n"));

  deliver(fixture, "Subject: two\n\n");
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_MARK,
                                .selection = {.ids = strings(one, "none")},
                                .set = INBOX_MARK_READ | INBOX_MARK_FLAGGED});
  g_assert_cmpuint(fixture->n_changed, ==, 1);
  g_assert_cmpstr(fixture->events->str, ==, "changed");
  assert_list(fixture, NULL, "ONE*#own two");
  assert_list(fixture, "is:unread", "two");
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_MARK, .set = INBOX_MARK_READ, .clear = INBOX_MARK_FLAGGED});
  g_assert_cmpuint(fixture->n_changed, ==, 2);
  g_assert_cmpuint(fixture->totals.n_unread, ==, 0);
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_SET_TAGS, .tags = strings("b", "A!a")});
  assert_list(fixture, NULL, "ONE#A a#b TWO#A a#b");
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_TAGS,
                                .selection = {.ids = strings(one, NULL)},
                                .tags = strings("c", "B"),
                                .tags_off = strings("a a", NULL)});
  assert_list(fixture, NULL, "ONE#b#c TWO#A a#b");
  assert_list(fixture, "tag:B", "ONE#b#c TWO#A a#b");
}

static void a_tag_is_renamed_and_removed(Fixture *fixture, gconstpointer data) {
  static const struct {
    const char *name;
    const char *new_name;
    int error_code;
    const char *list;
  } cases[] = {
      {"none", "x", INBOX_ERROR_NOT_FOUND, "one#a two#a#b"},
      {"a", "B", INBOX_ERROR_EXISTS, "one#a two#a#b"},
      {"a", "x!", INBOX_ERROR_INVALID, "one#a two#a#b"},
      {"A", "c", -1, "one#c two#b#c"},
      {"c", "C", -1, "one#C two#b#C"},
      {"b", NULL, -1, "one#C two#C"},
      {"b", NULL, INBOX_ERROR_NOT_FOUND, "one#C two#C"},
  };

  deliver(fixture, "Subject: one\nX-Tags: a\n\n");
  deliver(fixture, "Subject: two\nX-Tags: a, b\n\n");
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    change(fixture, (InboxChange){.kind = cases[i].new_name ? INBOX_CHANGE_RENAME_TAG : INBOX_CHANGE_REMOVE_TAG,
                                  .name = g_strdup(cases[i].name),
                                  .new_name = g_strdup(cases[i].new_name)});
    g_assert_cmpint(fixture->error_code, ==, cases[i].error_code);
    assert_list(fixture, NULL, cases[i].list);
  }
}

static void answers_are_one_conversation(Fixture *fixture, gconstpointer data) {
  g_autofree char *one = g_strdup(deliver(fixture, "Subject: one\nMessage-ID: <1@x>\n\n"));

  deliver(fixture, "Subject: two\nMessage-ID: <2@x>\n\n");
  deliver(fixture, "Subject: three\nMessage-ID: <3@x>\nReferences: <1@x> <2@x>\n\n");
  deliver(fixture, "Subject: four\n\n");
  g_autofree char *list = ask(fixture, list_work, (Question){.counts_threads = TRUE});
  g_assert_cmpstr(list, ==, "one:3 two:3 three:3 four:1");
  assert_list(fixture, "is:newest", "three four");
  g_autofree char *query = g_strdup_printf("thread:%s", one);
  assert_list(fixture, query, "one two three");
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_DELETE,
                                .selection = {.ids = strings(g_ptr_array_index(fixture->ids, 2), NULL)}});
  g_assert_cmpstr(fixture->events->str, ==, "deleted");
  assert_list(fixture, "is:newest", "two four");
}

static void retention_cb(const InboxRemoved *removed, const GError *error, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->removed = *removed;
  take_error(fixture, error);
}

static void trim(Fixture *fixture, InboxLimits limits) {
  guint n_answers = fixture->n_answers;

  fixture->keeper->table->set_limits(fixture->keeper, &limits);
  fixture->keeper->table->retention_step(fixture->keeper, retention_cb, fixture);
  turn_until(fixture, &fixture->n_answers, n_answers + 1);
}

static void the_oldest_go_and_flagged_ones_stay(Fixture *fixture, gconstpointer data) {
  g_autofree char *one = g_strdup(deliver(fixture, "Subject: one\n\n"));

  deliver(fixture, "Subject: two\n\n");
  deliver(fixture, "Subject: three\n\n");
  change(fixture,
         (InboxChange){.kind = INBOX_CHANGE_MARK, .selection = {.ids = strings(one, NULL)}, .set = INBOX_MARK_FLAGGED});
  trim(fixture, (InboxLimits){.max_messages = 2});
  g_assert_cmpuint(fixture->removed.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 1);
  g_assert_false(fixture->removed.is_held_up);
  assert_list(fixture, NULL, "one* three");
  trim(fixture, (InboxLimits){.max_bytes = 1});
  g_assert_cmpuint(fixture->removed.removed[INBOX_LIMIT_BYTES].n_messages, ==, 1);
  g_assert_true(fixture->removed.is_held_up);
  assert_list(fixture, NULL, "one*");
  deliver(fixture, "Subject: four\n\n");
  trim(fixture, (InboxLimits){.max_age_us = G_GUINT64_CONSTANT(3600) * G_USEC_PER_SEC});
  assert_list(fixture, NULL, "one* four");
}

static gpointer said_work(InboxReader *reader, gpointer user_data, GError **error) {
  const Question *question = user_data;
  g_autofree char *transcript = NULL;
  g_auto(InboxAttemptPage) page = {0};

  g_assert_true(inbox_reader_transcript(reader, question->id, &transcript, error));
  g_assert_true(inbox_reader_attempts(reader, "55", 0, 10, &page, error));
  GString *out = g_string_new(transcript ? transcript : "none");
  for (guint i = 0; i < page.attempts->len; i++)
    g_string_append_printf(out, " %s", ((const InboxAttempt *)g_ptr_array_index(page.attempts, i))->reply);
  for (guint i = 0; i < page.codes->len; i++)
    g_string_append_printf(out, " %s:%d", g_array_index(page.codes, InboxAttemptCode, i).code,
                           (int)g_array_index(page.codes, InboxAttemptCode, i).n_attempts);
  return g_string_free(out, FALSE);
}

static void keep_attempt(Fixture *fixture, const char *reply) {
  InboxAttempt *attempt = g_new0(InboxAttempt, 1);

  *attempt = (InboxAttempt){
      .peer = g_strdup(""),
      .helo = g_strdup(""),
      .forward_paths = g_new0(char *, 1),
      .command = g_strdup(""),
      .reply = g_strdup(reply),
      .transcript = g_strdup(""),
  };
  fixture->keeper->table->keep_attempt(fixture->keeper, attempt);
}

static void what_was_said_is_kept(Fixture *fixture, gconstpointer data) {
  const char *id = deliver(fixture, "Subject: one\n\n");

  fixture->keeper->table->keep_transcript(fixture->keeper, "none", g_strdup("lost"));
  g_autofree char *before = ask(fixture, said_work, (Question){.id = id});
  g_assert_cmpstr(before, ==, "none");
  fixture->keeper->table->keep_transcript(fixture->keeper, id, g_strdup("said"));
  keep_attempt(fixture, "550 a");
  keep_attempt(fixture, "451 b");
  keep_attempt(fixture, "550 c");
  g_autofree char *after = ask(fixture, said_work, (Question){.id = id});
  g_assert_cmpstr(after, ==, "said 550 c 550 a 451:1 550:2");
  change(fixture, (InboxChange){.kind = INBOX_CHANGE_CLEAR_ATTEMPTS});
  g_assert_cmpuint(fixture->n_changed, ==, 3);
  g_assert_cmpstr(fixture->events->str, ==, "attempts-cleared");
}

static void a_cursor_comes_before_what_is_not_reported_yet(Fixture *fixture, gconstpointer data) {
  InboxCursor before = fixture->keeper->table->now(fixture->keeper);

  g_assert_cmpuint(fixture->keeper->table->now(fixture->keeper), >=, before);
  send_mail(fixture, "\n", 1);
  InboxCursor meanwhile = fixture->keeper->table->now(fixture->keeper);
  turn_until(fixture, &fixture->n_answers, 1);
  turn_until(fixture, &fixture->n_reports, 2);
  g_assert_cmpuint(meanwhile, <, fixture->totals.last_seq);
  g_assert_cmpuint(fixture->keeper->table->now(fixture->keeper), >=, fixture->totals.last_seq);
}

static void everybody_is_answered_before_the_end(Fixture *fixture, gconstpointer data) {
  Question question = {.fixture = fixture};

  send_mail(fixture, "\n", 1);
  fixture->keeper->table->ask(fixture->keeper, INBOX_LANE_LISTS, list_work, answered_cb, &question);
  fixture->keeper->table->retention_step(fixture->keeper, retention_cb, fixture);
  close_keeper(fixture);
  g_assert_cmpuint(fixture->n_answers, ==, 3);
  g_assert_cmpstr(question.answer, ==, "");
  g_free(question.answer);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/memory_keeper/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(what_is_delivered_is_listed_and_opened);
  ADD(as_many_messages_fit_as_the_limit_says);
  ADD(as_many_bytes_fit_as_the_limit_says);
  ADD(messages_that_come_are_bounded_together);
  ADD(marks_and_tags_are_changed);
  ADD(a_tag_is_renamed_and_removed);
  ADD(answers_are_one_conversation);
  ADD(the_oldest_go_and_flagged_ones_stay);
  ADD(what_was_said_is_kept);
  ADD(a_cursor_comes_before_what_is_not_reported_yet);
  ADD(everybody_is_answered_before_the_end);
#undef ADD
  return g_test_run();
}
