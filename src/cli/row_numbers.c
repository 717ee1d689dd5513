#include "cli/row_numbers.h"
#include "app/state_directory.h"
#include "cli/json_member.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600, START_INDEX = 20 };

static char *directory_of_lists(void) {
  g_autofree char *runtime = state_directory_find_runtime();
  g_autofree char *state = runtime ? NULL : state_directory_find(g_getenv("DSMTPD_STATE_DIRECTORY"));

  return g_build_filename(runtime ? runtime : state, "rows", NULL);
}

/* When a process started, in ticks since the system did, so that one that gets its number later is not taken for it; 0
 * where that is not known. It is field 22 of stat, whose second is a name in parentheses (proc(5)). */
static guint64 start_of(pid_t pid) {
  g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
  g_autofree char *stat_text = NULL;

  if (!g_file_get_contents(path, &stat_text, NULL, NULL))
    return 0;
  const char *after_name = strrchr(stat_text, ')');
  g_auto(GStrv) fields = g_strsplit(after_name ? after_name + 1 : "", " ", -1);
  return g_strv_length(fields) > START_INDEX ? g_ascii_strtoull(fields[START_INDEX], NULL, 10) : 0;
}

/* The number of its device, by whichever standard stream is not redirected; FALSE: all are. */
static gboolean find_terminal(dev_t *out_device) {
  static const int streams[] = {STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO};
  struct stat status;

  for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
    if (!isatty(streams[i]) || fstat(streams[i], &status) != 0)
      continue;
    *out_device = status.st_rdev;
    return TRUE;
  }
  return FALSE;
}

/* "SESSION-START-TERMINAL"; NULL: there is no terminal. */
static char *name_of_list(void) {
  pid_t session = getsid(0);
  dev_t device;

  if (!find_terminal(&device))
    return NULL;
  return g_strdup_printf("%d-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, (int)session, start_of(session),
                         (guint64)device);
}

static void remove_lists_of_ended_sessions(const char *directory) {
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    char *end;
    guint64 session = g_ascii_strtoull(name, &end, 10);
    if (*end != '-' || session == 0 || session > G_MAXINT || kill((pid_t)session, 0) == 0 || errno != ESRCH)
      continue;
    g_autofree char *path = g_build_filename(directory, name, NULL);
    unlink(path);
  }
}

/* NULL: a path in it is not UTF-8, which JSON cannot hold. */
static char *print_list(const char *target, const json_t *messages, guint first) {
  json_t *ids = json_array();

  for (size_t i = 0; i < json_array_size(messages); i++)
    json_array_append_new(ids, json_string(json_member_text(json_array_get(messages, i), "ID")));
  json_t *list = json_pack("{s:s, s:i, s:o}", "target", target, "first", (int)first, "ids", ids);
  char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
  json_decref(list);
  return text;
}

void row_numbers_keep(const char *target, const json_t *messages, guint first) {
  g_autofree char *directory = directory_of_lists();
  g_autofree char *name = name_of_list();

  if (!name || g_mkdir_with_parents(directory, DIRECTORY_MODE) != 0)
    return;
  g_autofree char *path = g_build_filename(directory, name, NULL);
  char *text = print_list(target, messages, first);
  remove_lists_of_ended_sessions(directory);
  if (!text || !g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, FILE_MODE, NULL))
    unlink(path); /* no list rather than the one before */
  free(text);
}

/* NULL: none was printed. The caller decrefs. */
static json_t *read_list(void) {
  g_autofree char *directory = directory_of_lists();
  g_autofree char *name = name_of_list();
  g_autofree char *path = name ? g_build_filename(directory, name, NULL) : NULL;

  return path ? json_load_file(path, 0, NULL) : NULL;
}

static gboolean is_number(const char *word) {
  gsize n_digits = strspn(word, "0123456789");

  return n_digits > 0 && n_digits <= ROW_NUMBER_DIGITS_MAX && word[n_digits] == '\0';
}

/* NULL with *error set. */
static char *find_id(const json_t *list, const char *target, const char *word, GError **error) {
  const char *listed = json_member_text(list, "target");
  const json_t *ids = json_object_get(list, "ids");
  gint64 first = json_member_number(list, "first"), n_rows = (gint64)json_array_size(ids);
  gint64 row = g_ascii_strtoll(word, NULL, 10) - first;

  if (!list)
    cli_fail(error, EXIT_CODE_USAGE,
             "%s is the number of a row, but no list was printed on this terminal; run dsmtpd list first", word);
  else if (strcmp(listed, target) != 0)
    cli_fail(error, EXIT_CODE_USAGE,
             "the list printed last on this terminal was of %s, not of %s; run dsmtpd list again", listed, target);
  else if (row < 0 || row >= n_rows)
    cli_fail(error, EXIT_CODE_USAGE, "the list printed last on this terminal has no row %s", word);
  else
    return g_strdup(json_string_value(json_array_get(ids, (size_t)row)));
  return NULL;
}

char *row_numbers_resolve(const char *target, const char *word, GError **error) {
  if (!is_number(word))
    return g_strdup(word);
  json_t *list = read_list();
  char *id = find_id(list, target, word, error);

  json_decref(list);
  return id;
}
