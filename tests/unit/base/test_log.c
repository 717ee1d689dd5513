#include "base/log.h"
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READ_MAX = 64 * 1024, LINES_TOO_MANY = 4 * LOG_PENDING_MAX / 100 };

typedef struct Fixture {
  struct event_base *base;
  int read_fd;
  int write_fd;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer unused) {
  int fds[2];

  g_assert_cmpint(pipe(fds), ==, 0);
  *fixture = (Fixture){event_base_new(), fds[0], fds[1]};
}

static void tear_down(Fixture *fixture, gconstpointer unused) {
  event_base_free(fixture->base);
  if (fixture->read_fd >= 0)
    close(fixture->read_fd);
  close(fixture->write_fd);
}

/* Reads what is there, without waiting for more. */
static char *read_all(int fd) {
  GString *text = g_string_new(NULL);
  char bytes[READ_MAX];
  ssize_t n;

  fcntl(fd, F_SETFL, O_NONBLOCK);
  while ((n = read(fd, bytes, sizeof bytes)) > 0)
    g_string_append_len(text, bytes, n);
  return g_string_free(text, FALSE);
}

/* What one event makes of `message`, without time and line end. */
static char *logged_text(Fixture *fixture, LogLevel level, const char *message) {
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_TEXT, LOG_LEVEL_DEBUG);

  log_say(log, level, "test", "%s", message);
  log_free(log);

  g_autofree char *line = read_all(fixture->read_fd);
  gsize time_len = strlen("2013-01-13 14:00:07,346 "), len = strlen(line);
  g_assert_cmpuint(len, >, time_len);
  g_assert_cmpint(line[len - 1], ==, '\n');
  line[len - 1] = '\0';
  return g_strdup(line + time_len);
}

static void text_line_has_local_time_level_and_message(Fixture *fixture, gconstpointer unused) {
  g_setenv("TZ", "XXX-5:30", TRUE);
  tzset();
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_TEXT, LOG_LEVEL_DEBUG);
  g_autoptr(GDateTime) before = g_date_time_new_now_local();
  log_say(log, LOG_LEVEL_INFO, "start", "Starting SMTP server at %s:%d", "127.0.0.1", 1025);
  log_free(log);

  g_autofree char *line = read_all(fixture->read_fd);
  g_assert_true(g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} INFO: "
                                     "Starting SMTP server at 127\\.0\\.0\\.1:1025\n$",
                                     line, 0, 0));
  line[10] = 'T';
  line[19] = '\0';
  g_autoptr(GTimeZone) zone = g_time_zone_new_local();
  g_autoptr(GDateTime) logged = g_date_time_new_from_iso8601(line, zone);
  g_assert_nonnull(logged);
  g_assert_cmpint(ABS(g_date_time_to_unix(logged) - g_date_time_to_unix(before)), <=, 2);
}

static void levels_are_named_as_pythons_logging_does(Fixture *fixture, gconstpointer unused) {
  static const char *const expected[] = {"DEBUG: x", "INFO: x", "WARNING: x", "ERROR: x"};

  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
    g_autofree char *text = logged_text(fixture, (LogLevel)i, "x");
    g_assert_cmpstr(text, ==, expected[i]);
  }
}

static void events_below_the_threshold_are_left_out(Fixture *fixture, gconstpointer unused) {
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);

  g_assert_false(log_enabled(log, LOG_LEVEL_INFO));
  g_assert_true(log_enabled(log, LOG_LEVEL_WARNING));
  log_say(log, LOG_LEVEL_INFO, "test", "left out");
  log_event(log, LOG_LEVEL_DEBUG, "test", "left out", LOG_NUMBER("n", 1));
  log_say(log, LOG_LEVEL_ERROR, "test", "in");
  log_free(log);
  g_autofree char *text = read_all(fixture->read_fd);
  g_assert_null(strstr(text, "left out"));
  g_assert_nonnull(strstr(text, "ERROR: in\n"));
}

static const struct {
  const char *raw;
  const char *shown;
} escapes[] = {
    {"plain ~text\\ \"quoted\"", "plain ~text\\ \"quoted\""},
    {"", ""},
    {"用户@例え.jp Grüße 👍🏽", "用户@例え.jp Grüße 👍🏽"},
    {"a\n2013-01-13 14:00:07,346 INFO: forged", "a\\x0a2013-01-13 14:00:07,346 INFO: forged"},
    {"\r\t\v\x01", "\\x0d\\x09\\x0b\\x01"},
    {"\x1b[2J\x7f", "\\x1b[2J\\x7f"},
    {"\xc2\x80\xc2\x9b"
     "1m\xc2\x9f\xc2\xa0",
     "\\u{0080}\\u{009b}1m\\u{009f}\xc2\xa0"},
    {"\u2027\u2028\u2029", "\u2027\\u{2028}\\u{2029}"},
    {"\u061c\u200e\u200f", "\\u{061c}\\u{200e}\\u{200f}"},
    {"\u202a\u202e\u2066\u2069\u206a", "\\u{202a}\\u{202e}\\u{2066}\\u{2069}\\u{206a}"},
    {"\ufeffx", "\\u{feff}x"},
    {"\xff", "\\xff"},
    {"\xc3", "\\xc3"},
    {"a\xe2\x82z", "a\\xe2\\x82z"},
    {"\xc0\xaf", "\\xc0\\xaf"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    {"\x9b", "\\x9b"},
};

static void what_could_forge_or_reach_the_terminal_is_escaped(Fixture *fixture, gconstpointer unused) {
  for (gsize i = 0; i < G_N_ELEMENTS(escapes); i++) {
    g_autofree char *text = logged_text(fixture, LOG_LEVEL_INFO, escapes[i].raw);
    g_autofree char *expected = g_strconcat("INFO: ", escapes[i].shown, NULL);
    g_assert_cmpstr(text, ==, expected);
  }
}

static void long_messages_are_cut_between_characters(Fixture *fixture, gconstpointer unused) {
  static const char *const units[] = {"x", "ü", "👍", "\n", "\xff", "\u202e"};

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    for (gsize shift = 0; shift < 12; shift++) {
      g_autoptr(GString) message = g_string_new_len("------------", (gssize)shift);
      while (message->len < 2 * LOG_LINE_MAX)
        g_string_append(message, units[i]);
      g_autofree char *text = logged_text(fixture, LOG_LEVEL_INFO, message->str);
      g_assert_cmpuint(strlen(text + strlen("INFO: ")), <=, LOG_LINE_MAX);
      g_assert_cmpuint(strlen(text), >, LOG_LINE_MAX - 32);
      g_assert_true(g_str_has_suffix(text, "..."));
      g_assert_true(g_utf8_validate(text, -1, NULL));
    }
  }
}

static json_t *logged_json(Fixture *fixture, const char *template, const LogField *fields) {
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_JSON, LOG_LEVEL_DEBUG);

  log_event_fields(log, LOG_LEVEL_INFO, "mail", template, fields);
  log_free(log);

  g_autofree char *line = read_all(fixture->read_fd);
  g_assert_true(g_str_has_suffix(line, "}\n"));
  g_assert_true(strchr(line, '\n') == line + strlen(line) - 1);
  json_error_t error;
  json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
  g_assert_nonnull(json);
  return json;
}

static const char *json_text(json_t *json, const char *key) {
  return json_string_value(json_object_get(json, key));
}

static void json_line_has_all_fields(Fixture *fixture, gconstpointer unused) {
  const char *const to[] = {"c@d.test", "用户@例え.jp", NULL};
  const LogField fields[] = {LOG_TEXT("from", "a@b.test"),     LOG_LIST("to", to),
                             LOG_NUMBER("size", G_MAXINT64),   LOG_TEXT("nothing", NULL),
                             LOG_SAID("what", "one"),          LOG_OPTIONAL("absent", NULL),
                             LOG_OPTIONAL("present", "there"), {.key = NULL}};
  json_t *json = logged_json(fixture, "<what> mail", fields);
  json_t *list = json_object_get(json, "to");

  g_assert_true(
      g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", json_text(json, "time"), 0, 0));
  g_autoptr(GDateTime) logged = g_date_time_new_from_iso8601(json_text(json, "time"), NULL);
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  g_assert_cmpint(ABS(g_date_time_to_unix(logged) - g_date_time_to_unix(now)), <=, 2);
  g_assert_cmpstr(json_text(json, "level"), ==, "INFO");
  g_assert_cmpstr(json_text(json, "event"), ==, "mail");
  g_assert_cmpstr(json_text(json, "message"), ==, "one mail");
  g_assert_cmpstr(json_text(json, "from"), ==, "a@b.test");
  g_assert_cmpuint(json_array_size(list), ==, 2);
  g_assert_cmpstr(json_string_value(json_array_get(list, 1)), ==, to[1]);
  g_assert_cmpint(json_integer_value(json_object_get(json, "size")), ==, G_MAXINT64);
  g_assert_cmpstr(json_text(json, "nothing"), ==, "");
  g_assert_cmpstr(json_text(json, "present"), ==, "there");
  g_assert_cmpuint(json_object_size(json), ==, 9);
  json_decref(json);
}

static void json_texts_are_escaped_as_in_text(Fixture *fixture, gconstpointer unused) {
  for (gsize i = 0; i < G_N_ELEMENTS(escapes); i++) {
    const char *const list[] = {escapes[i].raw, NULL};
    const LogField fields[] = {LOG_TEXT("field", escapes[i].raw), LOG_LIST("list", list), {.key = NULL}};
    json_t *json = logged_json(fixture, "<field>", fields);

    g_assert_cmpstr(json_text(json, "message"), ==, escapes[i].shown);
    g_assert_cmpstr(json_text(json, "field"), ==, escapes[i].shown);
    g_assert_cmpstr(json_string_value(json_array_get(json_object_get(json, "list"), 0)), ==, escapes[i].shown);
    json_decref(json);
  }
}

static void lines_are_written_at_the_end_of_the_loop_iteration(Fixture *fixture, gconstpointer unused) {
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);

  log_say(log, LOG_LEVEL_INFO, "test", "one");
  log_say(log, LOG_LEVEL_INFO, "test", "two");
  g_autofree char *before = read_all(fixture->read_fd);
  g_assert_cmpstr(before, ==, "");
  event_base_loop(fixture->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
  g_autofree char *after = read_all(fixture->read_fd);
  g_assert_true(g_str_has_suffix(after, "INFO: two\n"));
  g_assert_cmpint(event_base_get_num_events(fixture->base, EVENT_BASE_COUNT_ADDED), ==, 0);
  log_free(log);
}

/* --- readers that do not read */

static guint64 n_lost_in(const char *text) {
  guint64 n_lost = 0;

  for (const char *at = text; (at = strstr(at, " log lines were lost so far: nobody read them\n")); at++) {
    const char *digits = at;
    while (g_ascii_isdigit(digits[-1]))
      digits--;
    n_lost = g_ascii_strtoull(digits, NULL, 10);
  }
  return n_lost;
}

static void log_too_many_lines(Fixture *fixture, Log *log) {
  g_autofree char *filler = g_strnfill(100, 'x');

  for (guint i = 0; i < LINES_TOO_MANY; i++) {
    log_say(log, LOG_LEVEL_INFO, "test", "%s %u", filler, i);
    if (i % 100 == 0)
      event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  }
}

/* Reads while the log writes, until nothing more comes. */
static char *drain(Fixture *fixture, int read_fd) {
  GString *text = g_string_new(NULL);
  gint64 end_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

  do {
    g_autofree char *piece = read_all(read_fd);
    g_string_append(text, piece);
    event_base_loop(fixture->base, EVLOOP_ONCE);
  } while (event_base_get_num_events(fixture->base, EVENT_BASE_COUNT_ADDED) > 0 && g_get_monotonic_time() < end_us);
  g_autofree char *rest = read_all(read_fd);
  g_string_append(text, rest);
  return g_string_free(text, FALSE);
}

static guint n_lines_in(const char *text) {
  guint n_lines = 0;

  for (const char *at = text; (at = strchr(at, '\n')); at++)
    n_lines++;
  return n_lines;
}

static void full_pipe_stops_nobody_and_losses_are_told(Fixture *fixture, gconstpointer unused) {
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);

  log_too_many_lines(fixture, log);
  g_autofree char *text = drain(fixture, fixture->read_fd);
  guint64 n_lost = n_lost_in(text);
  g_assert_cmpuint(n_lost, >, 0);
  /* One report, at the end; all other lines are there or counted. */
  g_assert_cmpuint(n_lines_in(text) - 1 + n_lost, ==, LINES_TOO_MANY);

  log_say(log, LOG_LEVEL_INFO, "test", "there again");
  log_free(log);
  g_autofree char *after = read_all(fixture->read_fd);
  g_assert_true(g_str_has_suffix(after, "INFO: there again\n"));
  g_assert_cmpuint(n_lines_in(after), ==, 1);
}

static void full_terminal_stops_nobody(Fixture *fixture, gconstpointer unused) {
  int terminal_fd = posix_openpt(O_RDWR | O_NOCTTY);

  if (terminal_fd < 0 || grantpt(terminal_fd) != 0 || unlockpt(terminal_fd) != 0) {
    g_test_skip("there are no pseudo terminals here");
    return;
  }
  int program_fd = open(ptsname(terminal_fd), O_RDWR | O_NOCTTY);
  g_assert_cmpint(program_fd, >=, 0);
  Log *log = log_new(fixture->base, program_fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
  log_too_many_lines(fixture, log);
  g_autofree char *text = drain(fixture, terminal_fd);
  g_assert_nonnull(strstr(text, "log lines were lost"));
  log_free(log);
  close(program_fd);
  close(terminal_fd);
}

static void free_waits_for_a_reader_but_not_for_ever(Fixture *fixture, gconstpointer unused) {
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);

  log_too_many_lines(fixture, log);
  gint64 before_us = g_get_monotonic_time();
  log_free(log);
  g_assert_cmpint(g_get_monotonic_time() - before_us, <, 3 * G_USEC_PER_SEC);
}

static void closed_reader_is_survived(Fixture *fixture, gconstpointer unused) {
  signal(SIGPIPE, SIG_IGN);
  Log *log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
  close(fixture->read_fd);
  fixture->read_fd = -1;

  log_too_many_lines(fixture, log);
  event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  g_assert_cmpint(event_base_get_num_events(fixture->base, EVENT_BASE_COUNT_ADDED), ==, 0); /* no timer for nothing */
  log_free(log);
}

static void closed_descriptor_is_survived(Fixture *fixture, gconstpointer unused) {
  Log *log = log_new(fixture->base, -1, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);

  log_say(log, LOG_LEVEL_ERROR, "test", "to nobody");
  event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  log_say(log, LOG_LEVEL_ERROR, "test", "to nobody");
  log_free(log);
  log_free(NULL);
}

static void full_disk_costs_lines_but_tears_none(Fixture *fixture, gconstpointer unused) {
  int fd = open("/dev/full", O_WRONLY);

  if (fd < 0) {
    g_test_skip("there is no /dev/full here");
    return;
  }
  Log *log = log_new(fixture->base, fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
  for (guint i = 0; i < 3; i++) {
    log_say(log, LOG_LEVEL_INFO, "test", "to a full disk");
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  }
  log_free(log);
  close(fd);
}

static void file_is_appended_to_in_place(Fixture *fixture, gconstpointer unused) {
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("dsmtpd-test-log-XXXXXX", &path, NULL);

  g_assert_cmpint(write(fd, "before\n", 7), ==, 7);

  Log *log = log_new(fixture->base, fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
  log_too_many_lines(fixture, log);
  log_free(log);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_true(g_str_has_prefix(text, "before\n"));
  g_assert_cmpuint(n_lines_in(text), ==, 1 + LINES_TOO_MANY);
  close(fd);
  unlink(path);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/base/log/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(text_line_has_local_time_level_and_message);
  ADD(levels_are_named_as_pythons_logging_does);
  ADD(events_below_the_threshold_are_left_out);
  ADD(what_could_forge_or_reach_the_terminal_is_escaped);
  ADD(long_messages_are_cut_between_characters);
  ADD(json_line_has_all_fields);
  ADD(json_texts_are_escaped_as_in_text);
  ADD(lines_are_written_at_the_end_of_the_loop_iteration);
  ADD(full_pipe_stops_nobody_and_losses_are_told);
  ADD(full_terminal_stops_nobody);
  ADD(free_waits_for_a_reader_but_not_for_ever);
  ADD(closed_reader_is_survived);
  ADD(closed_descriptor_is_survived);
  ADD(full_disk_costs_lines_but_tears_none);
  ADD(file_is_appended_to_in_place);
#undef ADD
  return g_test_run();
}
