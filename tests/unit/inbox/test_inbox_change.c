/* Marks, tags and deletes: in the Maildir, in the lists and in the events. */
#include "inbox_bench.h"

/* Events, printed one a line. */
static void print_event_cb(const InboxEvent *event, gpointer user_data) {
  static const char *const names[] = {"new", "changed", "deleted", "cleared", "many"};

  g_string_append_printf(user_data, "%s%s%s\n", names[event->kind], event->id ? " " : "", event->id ? event->id : "");
}

static void check_events(GString *events, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void check_events(GString *events, const char *format, ...) {
  va_list args;

  va_start(args, format);
  g_autofree char *expected = g_strdup_vprintf(format, args);
  va_end(args);
  g_assert_cmpstr(events->str, ==, expected);
  g_string_truncate(events, 0);
}

/* The message's only file. The caller frees. */
static char *file_of(const Bench *bench, const char *id) {
  static const char *const directories[] = {"new", "cur"};
  char *found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
    g_autoptr(GPtrArray) names = foreign_list(bench, directories[i]);
    for (guint j = 0; j < names->len; j++)
      if (g_str_has_prefix(g_ptr_array_index(names, j), id)) {
        g_assert_null(found);
        found = g_strdup_printf("%s/%s", directories[i], (char *)g_ptr_array_index(names, j) + strlen(id));
      }
  }
  return found;
}

static void check_file(const Bench *bench, const char *id, const char *directory, const char *suffix) {
  g_autofree char *file = file_of(bench, id);

  g_assert_true(g_str_has_prefix(file, directory));
  g_assert_true(g_str_has_suffix(file, suffix));
}

static void marks_are_flags_of_the_file(Bench *bench, gconstpointer data) {
  g_autoptr(GString) events = g_string_new(NULL);
  g_autofree char *one = g_strdup(bench_deliver(bench, "one"));
  g_autofree char *two = g_strdup(bench_deliver(bench, "two"));

  bench_list(bench, 0, 1);
  InboxSubscription *subscription = inbox_subscribe(bench->inbox, 0, print_event_cb, events);

  bench_mark(bench, bench_select(one, "nobody", NULL), INBOX_MARK_READ, 0);
  g_assert_cmpuint(bench->n_changed, ==, 1);
  check_events(events, "changed %s\n", one);
  check_file(bench, one, "cur/", ":2,S");
  check_file(bench, two, "new/", "");
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_unread, ==, 1);
  g_assert_true(bench_mail(bench, 1)->is_read);

  bench_mark(bench, bench_select(one, two, NULL), INBOX_MARK_FLAGGED, 0);
  g_assert_cmpuint(bench->n_changed, ==, 2);
  check_file(bench, one, "cur/", ":2,FS");
  check_file(bench, two, "cur/", ":2,F");
  g_string_truncate(events, 0);

  bench_mark(bench, bench_select(one, NULL), INBOX_MARK_FLAGGED, 0);
  g_assert_cmpuint(bench->n_changed, ==, 0);
  check_events(events, "%s", "");

  bench_mark(bench, bench_all, 0, INBOX_MARK_READ | INBOX_MARK_FLAGGED);
  g_assert_cmpuint(bench->n_changed, ==, 2);
  check_file(bench, one, "cur/", ":2,");
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_unread, ==, 2);
  inbox_unsubscribe(subscription);
}

static void other_flags_of_the_file_stay(Bench *bench, gconstpointer data) {
  bench_wait_whole(bench);
  g_autofree char *id = g_strdup(bench_deliver(bench, "one"));
  g_autofree char *file = file_of(bench, id);
  g_autofree char *from = g_strdup_printf("%s/new/%s%s", bench->place, id, file + strlen("new/"));
  g_autofree char *to = g_strdup_printf("%s/cur/%s,S=9,W=10:2,PR", bench->place, id);
  g_assert_cmpint(g_rename(from, to), ==, 0);
  bench_mark(bench, bench_select(id, NULL), INBOX_MARK_READ | INBOX_MARK_FLAGGED, 0);
  check_file(bench, id, "cur/,S=9,W=10", ":2,FPRS");
}

static void deleted_messages_are_gone(Bench *bench, gconstpointer data) {
  g_autoptr(GString) events = g_string_new(NULL);
  g_autofree char *one = g_strdup(bench_deliver(bench, "one"));
  g_autofree char *two = g_strdup(bench_deliver(bench, "two"));

  bench_mark(bench, bench_select(two, NULL), INBOX_MARK_READ, 0);
  InboxSubscription *subscription = inbox_subscribe(bench->inbox, 0, print_event_cb, events);
  bench_delete(bench, bench_select(two, "nobody", NULL));
  g_assert_cmpuint(bench->n_changed, ==, 1);
  check_events(events, "deleted %s\n", two);
  g_autofree char *gone = file_of(bench, two);
  g_assert_null(gone);
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 1);
  InboxCursor cursor = bench->cursor;

  bench_delete(bench, bench_all);
  g_assert_cmpuint(bench->n_changed, ==, 1);
  check_events(events, "cleared\n");
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 0);
  g_assert_cmpuint(bench->n_unread, ==, 0);
  g_assert_cmpuint(bench->cursor, ==, cursor); /* no place comes twice */
  bench_deliver(bench, "three");
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 1);
  g_assert_cmpuint(bench_mail(bench, 0)->cursor, >, cursor);
  inbox_unsubscribe(subscription);
}

static void query_selects(Bench *bench, gconstpointer data) {
  bench_deliver(bench, "apple");
  bench_deliver(bench, "pineapple");
  bench_deliver(bench, "pear");
  SearchQuery *query = search_query_parse("subject:APPLE", &(SearchQueryOptions){0}, NULL);
  const InboxListRequest request = {.query = search_query_ref(query), .limit = 10};
  bench_list_request(bench, &request);
  g_assert_cmpuint(bench->n_matching, ==, 2);
  g_assert_cmpuint(bench->n_total, ==, 3);
  bench_mark(bench, (InboxSelection){.query = search_query_ref(query)}, INBOX_MARK_READ, 0);
  g_assert_cmpuint(bench->n_changed, ==, 2);
  bench_delete(bench, (InboxSelection){.query = query});
  g_assert_cmpuint(bench->n_changed, ==, 2);
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 1);
  g_assert_cmpstr(bench_mail(bench, 0)->summary->subject, ==, "pear");
}

/* A directory in the place of a message can be marked and not be removed. */
static void what_cannot_be_deleted_stays_listed(Bench *bench, gconstpointer data) {
  bench_deliver(bench, "one");
  g_autofree char *id = g_strdup(bench_deliver(bench, "two"));
  g_autofree char *file = file_of(bench, id);
  g_autofree char *path = g_strdup_printf("%s/new/%s%s", bench->place, id, file + strlen("new/"));
  g_autofree char *inside = g_build_filename(path, "x", NULL);
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_mkdir_with_parents(inside, 0700), ==, 0);
  bench_delete(bench, bench_all);
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_FAILED);
  bench_list(bench, 0, 50);
  while (bench->n_total > 1) /* the others leave with the next comparison */
    bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 1);
}

/* --- tags */

static GPtrArray *names(const char *name, ...) {
  GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
  va_list args;

  va_start(args, name);
  for (; name; name = va_arg(args, const char *))
    g_ptr_array_add(list, g_strdup(name));
  va_end(args);
  return list;
}

static void tag(Bench *bench, const char *id, GPtrArray *tags) {
  guint n_answers = bench->n_answers;

  inbox_tag_set(bench->inbox, bench_select(id, NULL), tags, bench_changed_cb, bench);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
}

static void rename_tag(Bench *bench, const char *old_name, const char *new_name) {
  guint n_answers = bench->n_answers;

  if (new_name)
    inbox_tag_rename(bench->inbox, old_name, new_name, bench_changed_cb, bench);
  else
    inbox_tag_remove(bench->inbox, old_name, bench_changed_cb, bench);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
}

static gpointer tags_cb(InboxReader *reader, gpointer user_data, GError **error) {
  g_autoptr(GPtrArray) tags = inbox_reader_tags(reader, error);
  GString *text = g_string_new(NULL);

  for (guint i = 0; tags && i < tags->len; i++) {
    const InboxTag *tag = g_ptr_array_index(tags, i);
    g_string_append_printf(text, "%s=%u ", tag->name, (guint)tag->n_messages);
  }
  return g_string_free(text, FALSE);
}

static const char *list_tags(Bench *bench) {
  g_free(bench->text);
  bench->text = bench_ask(bench, INBOX_LANE_LISTS, tags_cb, NULL);
  return bench->text;
}

static char *tags_of(Bench *bench, guint n) {
  bench_list(bench, 0, 50);
  const GPtrArray *tags = bench_mail(bench, n)->tags;
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < tags->len; i++)
    g_string_append_printf(text, "%s|", (char *)g_ptr_array_index(tags, i));
  return g_string_free(text, FALSE);
}

static void tags_are_set_renamed_and_removed(Bench *bench, gconstpointer data) {
  g_autofree char *one = g_strdup(bench_deliver(bench, "one"));
  g_autofree char *two = g_strdup(bench_deliver(bench, "two"));

  tag(bench, one, names("red", "Gr\xc3\xbcn", " a,b ", "RED", "", "\n", NULL));
  tag(bench, two, names("RED", NULL));
  g_autofree char *tags = tags_of(bench, 1);
  g_assert_cmpstr(tags, ==, "a b|Gr n|red|");
  g_assert_cmpstr(list_tags(bench), ==, "a b=1 Gr n=1 red=2 ");
  rename_tag(bench, "Red", "Rot");
  g_assert_cmpint(bench->error_code, ==, -1);
  g_assert_cmpuint(bench->n_changed, ==, 2);
  g_assert_cmpstr(list_tags(bench), ==, "a b=1 Gr n=1 Rot=2 ");
  rename_tag(bench, "rot", "A B");
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_EXISTS);
  rename_tag(bench, "rot", "x/y");
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_INVALID);
  rename_tag(bench, "nothing", "x");
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_NOT_FOUND);
  rename_tag(bench, "rot", "ROT");
  g_assert_cmpint(bench->error_code, ==, -1);
  rename_tag(bench, "a b", NULL);
  tag(bench, one, names("ROT", NULL));
  g_assert_cmpstr(list_tags(bench), ==, "ROT=2 ");
  bench_delete(bench, bench_select(two, NULL));
  bench_restart(bench);
  g_assert_cmpstr(list_tags(bench), ==, "ROT=1 ");
  bench_delete(bench, bench_all);
  g_assert_cmpstr(list_tags(bench), ==, "");
}

/* --- events */

static void note_number_cb(const InboxEvent *event, gpointer user_data) {
  GArray *numbers = user_data;

  if (numbers->len > 0)
    g_assert_cmpuint(event->number, >, g_array_index(numbers, guint64, numbers->len - 1));
  g_array_append_val(numbers, event->number);
}

static void events_can_be_asked_for_again(Bench *bench, gconstpointer data) {
  g_autoptr(GString) first = g_string_new(NULL);
  g_autoptr(GString) again = g_string_new(NULL);

  bench_list(bench, 0, 1);
  guint64 start = inbox_last_event(bench->inbox);
  InboxSubscription *subscription = inbox_subscribe(bench->inbox, 0, print_event_cb, first);
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint64));
  InboxSubscription *noting = inbox_subscribe(bench->inbox, 0, note_number_cb, numbers);
  for (guint i = 0; i < 3; i++)
    bench_deliver(bench, "mail");
  bench_list(bench, 0, 1);
  InboxSubscription *late = inbox_subscribe(bench->inbox, start, print_event_cb, again);
  g_assert_cmpstr(again->str, ==, first->str);
  g_string_truncate(again, 0);
  inbox_unsubscribe(late);
  late = inbox_subscribe(bench->inbox, g_array_index(numbers, guint64, 0), print_event_cb, again);
  check_events(again, "new %s\nnew %s\n", (char *)g_ptr_array_index(bench->ids, 1),
               (char *)g_ptr_array_index(bench->ids, 2));
  inbox_unsubscribe(late);
  late = inbox_subscribe(bench->inbox, g_array_index(numbers, guint64, 2), print_event_cb, again);
  check_events(again, "%s", "");
  inbox_unsubscribe(late);
  late = inbox_subscribe(bench->inbox, g_array_index(numbers, guint64, 2) + 1, print_event_cb, again);
  check_events(again, "many\n");
  inbox_unsubscribe(late);
  inbox_unsubscribe(noting);
  for (guint i = 0; i <= INBOX_EVENTS_KEPT / 1000; i++) { /* more than are kept */
    g_string_truncate(first, 0);
    for (guint j = 0; j < 500; j++) {
      const char *id = g_ptr_array_index(bench->ids, 0);
      inbox_mark(bench->inbox, bench_select(id, NULL), INBOX_MARK_READ, 0, bench_changed_cb, bench);
      inbox_mark(bench->inbox, bench_select(id, NULL), 0, INBOX_MARK_READ, bench_changed_cb, bench);
    }
    guint n_answers = bench->n_answers;
    bench_wait_for(bench, &bench->n_answers, n_answers + 1000);
  }
  late = inbox_subscribe(bench->inbox, g_array_index(numbers, guint64, 0), print_event_cb, again);
  check_events(again, "many\n");
  inbox_unsubscribe(late);
  inbox_unsubscribe(subscription);
}

static void count_event_cb(const InboxEvent *event, gpointer user_data) {
  guint *n_events = user_data;

  ++*n_events;
}

/* Messages with long headers: fewer of their events are kept. */
static void events_kept_are_bounded_by_bytes_too(Bench *bench, gconstpointer data) {
  enum { SUBJECT_BYTES = 100 * 1000, N_MESSAGES = INBOX_EVENTS_BYTES_MAX / SUBJECT_BYTES + 1 };
  g_autoptr(GString) events = g_string_new(NULL);
  g_autofree char *subject = g_strnfill(SUBJECT_BYTES, 's');
  g_autofree char *mail = g_strdup_printf("Subject: %s\n\nHello\n", subject);
  guint n_events = 0;
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint64));

  bench_list(bench, 0, 1);
  guint64 start = inbox_last_event(bench->inbox);
  InboxSubscription *subscription = inbox_subscribe(bench->inbox, 0, count_event_cb, &n_events);
  InboxSubscription *noting = inbox_subscribe(bench->inbox, 0, note_number_cb, numbers);
  for (guint i = 0; i < N_MESSAGES; i++)
    bench_send(bench, mail);
  bench_wait_for(bench, &n_events, N_MESSAGES);
  inbox_unsubscribe(subscription);
  inbox_unsubscribe(noting);
  inbox_unsubscribe(inbox_subscribe(bench->inbox, start, print_event_cb, events));
  check_events(events, "many\n");
  inbox_unsubscribe(
      inbox_subscribe(bench->inbox, g_array_index(numbers, guint64, N_MESSAGES - 2), print_event_cb, events));
  g_assert_true(g_str_has_prefix(events->str, "new "));
}

static void many_changes_are_one_event(Bench *bench, gconstpointer data) {
  enum { N_MESSAGES = 1100, N_TOLD = 1000 };
  g_autoptr(GString) events = g_string_new(NULL);

  for (guint i = 0; i < N_MESSAGES; i++)
    bench_send(bench, "Subject: many\n\nHello\n");
  bench_wait_for(bench, &bench->n_delivered, N_MESSAGES);
  bench_list(bench, 0, 1);
  InboxSubscription *subscription = inbox_subscribe(bench->inbox, 0, print_event_cb, events);
  bench_mark(bench, bench_all, INBOX_MARK_READ, 0);
  g_assert_cmpuint(bench->n_changed, ==, N_MESSAGES);
  g_auto(GStrv) lines = g_strsplit(events->str, "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, N_TOLD + 2);
  g_assert_cmpstr(lines[N_TOLD], ==, "many");
  inbox_unsubscribe(subscription);
}

/* --- while the start still compares the Maildir with the index */

enum { N_EARLY = 2000 };

/* Starts with an index that knows none of these messages. */
static void open_on_many(Bench *bench) {
  bench_close(bench);
  for (guint i = 0; i < N_EARLY; i++) {
    g_autofree char *name = g_strdup_printf("%u.M1P1Q%u.other", 1700000000 + i, i);
    g_autofree char *path = bench_path(bench, i % 2 ? "new" : "cur", name);
    g_autofree char *mail = g_strdup_printf("Subject: %s\nX-Tags: old\n\nHello\n", i % 4 ? "other" : "fourth");
    g_assert_true(g_file_set_contents(path, mail, -1, NULL));
  }
  bench_open(bench);
}

/* Asks, delivers a message before the answer, and waits for both. */
static void wait_for_early_answer(Bench *bench, guint n_answers) {
  bench_send(bench, "Subject: fourth\n\nThis one came later\n");
  bench_wait_for(bench, &bench->n_answers, n_answers);
  bench_wait_for(bench, &bench->n_delivered, 1);
  g_assert_cmpint(bench->error_code, ==, -1);
  g_assert_true(inbox_stats(bench->inbox).is_whole);
}

static guint count_found(Bench *bench, const char *text) {
  const InboxListRequest request = {.query = search_query_parse(text, &(SearchQueryOptions){0}, NULL), .limit = 1};

  bench_list_request(bench, &request);
  return (guint)bench->n_matching;
}

static void early_delete_is_about_all_messages(Bench *bench, gconstpointer data) {
  open_on_many(bench);
  inbox_delete(bench->inbox, bench_all, bench_changed_cb, bench);
  wait_for_early_answer(bench, 1);
  g_assert_cmpuint(bench->n_changed, ==, N_EARLY);
  g_autoptr(GPtrArray) left = foreign_list(bench, "new");
  g_autoptr(GPtrArray) left_in_cur = foreign_list(bench, "cur");
  g_assert_cmpuint(left->len, ==, 1); /* the one that came after the request */
  g_assert_cmpuint(left_in_cur->len, ==, 0);
  g_assert_cmpuint(count_found(bench, "later"), ==, 1);
}

static void early_search_deletes_all_it_means(Bench *bench, gconstpointer data) {
  open_on_many(bench);
  inbox_delete(bench->inbox,
               (InboxSelection){.query = search_query_parse("subject:fourth", &(SearchQueryOptions){0}, NULL)},
               bench_changed_cb, bench);
  wait_for_early_answer(bench, 1);
  g_assert_cmpuint(bench->n_changed, ==, N_EARLY / 4);
  g_assert_cmpuint(count_found(bench, "subject:fourth"), ==, 1);
  g_assert_cmpuint(bench->n_total, ==, N_EARLY - N_EARLY / 4 + 1);
}

static void early_marks_and_tags_are_about_all_messages(Bench *bench, gconstpointer data) {
  GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);

  g_ptr_array_add(tags, g_strdup("early"));
  open_on_many(bench);
  inbox_mark(bench->inbox, bench_all, INBOX_MARK_FLAGGED, 0, bench_changed_cb, bench);
  inbox_tag_set(bench->inbox,
                (InboxSelection){.query = search_query_parse("subject:fourth", &(SearchQueryOptions){0}, NULL)}, tags,
                bench_changed_cb, bench);
  inbox_tag_rename(bench->inbox, "old", "new", bench_changed_cb, bench);
  wait_for_early_answer(bench, 3);
  g_assert_cmpuint(count_found(bench, "is:flagged"), ==, N_EARLY);
  g_assert_cmpuint(count_found(bench, "tag:early"), ==, N_EARLY / 4);
  g_assert_cmpuint(count_found(bench, "tag:old"), ==, 0);
}

static void early_ids_are_waited_for_only_when_unknown(Bench *bench, gconstpointer data) {
  g_autofree char *known = g_strdup(bench_deliver(bench, "known"));

  bench_list(bench, 0, 1);
  open_on_many(bench);
  bench_mark(bench, bench_select(known, NULL), INBOX_MARK_READ, 0);
  g_assert_cmpuint(bench->n_changed, ==, 1);
  g_autofree char *last = g_strdup_printf("%u.M1P1Q%u.other", 1700000000, 0);
  bench_delete(bench, bench_select(last, NULL));
  g_assert_cmpuint(bench->n_changed, ==, 1);
}

static void early_change_is_answered_at_the_end(Bench *bench, gconstpointer data) {
  open_on_many(bench);
  inbox_delete(bench->inbox, bench_all, bench_changed_cb, bench);
  guint n_answers = bench->n_answers;
  bench_close(bench);
  g_assert_cmpuint(bench->n_answers, ==, n_answers + 1); /* done, or an error */
  g_autoptr(GPtrArray) left = foreign_list(bench, "new");
  g_assert_true(bench->error_code != -1 || left->len == 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/inbox_change/" #name, Bench, NULL, bench_set_up, name, bench_tear_down)
#define ADD_FOR_ALL(name) bench_add_for_all("inbox_change", #name, name)
  ADD(marks_are_flags_of_the_file);
  ADD(other_flags_of_the_file_stay);
  ADD(deleted_messages_are_gone);
  ADD_FOR_ALL(query_selects);
  ADD(what_cannot_be_deleted_stays_listed);
  ADD_FOR_ALL(tags_are_set_renamed_and_removed);
  ADD_FOR_ALL(events_can_be_asked_for_again);
  ADD_FOR_ALL(events_kept_are_bounded_by_bytes_too);
  ADD_FOR_ALL(many_changes_are_one_event);
  ADD(early_delete_is_about_all_messages);
  ADD(early_search_deletes_all_it_means);
  ADD(early_marks_and_tags_are_about_all_messages);
  ADD(early_ids_are_waited_for_only_when_unknown);
  ADD(early_change_is_answered_at_the_end);
  return g_test_run();
}
