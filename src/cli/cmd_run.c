/* run: another program with a server of its own. */
#include "api/json.h"
#include "app/option_rules.h"
#include "app/option_table.h"
#include "app/server_run.h"
#include "cli/browser.h"
#include "cli/child.h"
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/mail_line.h"
#include "cli/run_environment.h"
#include "net/address.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DIRECTORIES_OPEN_MAX = 16 };

typedef struct RunOptions {
  CommandCommon common;
  Options server; /* whose directory is where the messages are kept; NULL: nowhere */
  char *log_file; /* NULL: nothing is logged */
  gboolean keep_on_failure;
  gboolean opens;
} RunOptions;

typedef struct Run {
  const CommandCall *call;
  Options options;
  char *scratch; /* holds the throw-away Maildir; NULL: there is none */
  Child *child;
  Server *server;    /* NULL: not started */
  gint64 started_us; /* real time, which is a cursor as well */
  int exit_code;     /* of the program */
} Run;

#define FIELD(name) .offset = G_STRUCT_OFFSET(RunOptions, name)

static const Option options[] = {
    {
        .name = "keep",
        .letter = 'k',
        .value_name = "DIRECTORY",
        .type = OPTION_PATH,
        .help = "keep the messages in this Maildir, which is created when it does not exist, or in this empty "
                "directory; without this option, they are removed at the end",
        FIELD(server.inbox.directory),
    },
    {
        .name = "keep-on-failure",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "keep the messages when the program fails, and print where they are",
        FIELD(keep_on_failure),
    },
    {
        .name = "open",
        .letter = 'o',
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "open the page in the browser, as `dsmtpd open` does",
        FIELD(opens),
    },
    {
        .name = "log",
        .letter = 'l',
        .value_name = "FILE",
        .type = OPTION_FILE,
        .help = "append the server's log to this file; without this option, nothing is logged",
        FIELD(log_file),
    },
    {.name = NULL},
};

/* --- the server's options */

/* As options_parse() has it. */
static void init(gpointer record) {
  RunOptions *given = record;

  given->server.server.log_level = LOG_LEVEL_INFO;
  given->server.inbox.init = MAILDIR_MAKE_IN_EMPTY;
}

/* Options of the server that differ here. */
static const struct {
  const char *name;
  gboolean is_left_out;
  const char *default_text; /* NULL: as with the server */
} taken[] = {
    {"port", FALSE, "0"},       {"http", FALSE, "127.0.0.1:0"},
    {"sync", FALSE, "none"}, /* nobody misses messages of a test after a power cut */
    {"directory", FALSE, NULL}, {"version", TRUE, NULL},
    {"help", TRUE, NULL},
};

/* Variables that say where another server is do not apply to this one. */
static gboolean take(Option *row) {
  for (gsize i = 0; i < G_N_ELEMENTS(taken); i++) {
    if (strcmp(row->name, taken[i].name) != 0)
      continue;
    row->scope = OPTION_SCOPE_CALL;
    row->default_text = taken[i].default_text ? taken[i].default_text : row->default_text;
    return !taken[i].is_left_out;
  }
  return TRUE;
}

static Option *server_options(void) {
  GArray *rows = g_array_new(TRUE, TRUE, sizeof(Option));

  for (const Option *option = option_table(); option->name; option++) {
    Option row = *option;
    row.offset += G_STRUCT_OFFSET(RunOptions, server);
    row.is_hidden = TRUE; /* `dsmtpd --help` explains them */
    if (take(&row))
      g_array_append_val(rows, row);
  }
  return (Option *)g_array_free(rows, FALSE);
}

/* --- the throw-away Maildir */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
  return remove(path);
}

static void remove_scratch(const char *scratch) {
  if (nftw(scratch, remove_one, DIRECTORIES_OPEN_MAX, FTW_DEPTH | FTW_PHYS) != 0)
    fprintf(stderr, "dsmtpd run: cannot remove %s: %s\n", scratch, g_strerror(errno));
}

static gboolean make_scratch(Run *run, GError **error) {
  if (run->options.inbox.directory)
    return TRUE;
  run->scratch = g_dir_make_tmp("dsmtpd-run-XXXXXX", error);
  if (run->scratch)
    run->options.inbox.directory = g_build_filename(run->scratch, "mail", NULL);
  return run->scratch != NULL;
}

static void leave_scratch(Run *run, gboolean has_arrived) {
  const RunOptions *given = run->call->options;
  gboolean has_failed = run->server && run->exit_code != EXIT_CODE_OK;

  if (!run->scratch)
    return;
  if (has_failed && given->keep_on_failure) {
    fprintf(stderr, "dsmtpd run: the messages are kept; to see them: dsmtpd -d %s\n", run->options.inbox.directory);
  } else {
    if (has_arrived)
      fputs("dsmtpd run: the messages are removed; --keep-on-failure keeps them\n", stderr);
    remove_scratch(run->scratch);
  }
  g_free(run->scratch);
  g_free(run->options.inbox.directory);
}

/* --- when the program fails */

/* Those since the start, for --keep may name a Maildir with others. NULL: it could not be read. */
static json_t *read_arrived(const Run *run) {
  const CommandCommon common = {.directory = run->options.inbox.directory};
  CommandCall call = *run->call;
  g_autofree char *after = g_strdup_printf("%" G_GINT64_FORMAT, run->started_us);
  g_autofree char *count = g_strdup_printf("%d", CLIENT_WAIT_MAX);
  g_autofree char *path = client_path("/api/v1/wait", "after", after, "count", count, "timeout", "0", NULL);
  const ClientQuestion question = {.path = path, .answered_as_well = 408};
  g_auto(ClientAnswer) answer = {0};

  call.common = &common;
  g_autoptr(Client) client = client_open(&call, NULL);
  return client && client_ask(client, &question, &answer, NULL) ? client_answer_json(client, &answer, NULL) : NULL;
}

/* Tests that fail often do so for what was sent. Returns whether something was. */
static gboolean tell_arrived(const Run *run) {
  g_autoptr(json_t) arrived = run->server && run->exit_code != EXIT_CODE_OK ? read_arrived(run) : NULL;
  g_autofree char *program = output_clean(run->call->words[0]);
  const json_t *messages = json_object_get(arrived, "messages");
  size_t n_messages = json_array_size(messages);

  if (n_messages == 0)
    return FALSE;
  fprintf(stderr, "dsmtpd run: %s ended with exit code %d; %s%zu message%s arrived:\n", program, run->exit_code,
          n_messages < CLIENT_WAIT_MAX ? "" : "at least ", n_messages, n_messages == 1 ? "" : "s");
  mail_lines_tell(messages, TRUE);
  return TRUE;
}

/* --- the program */

static void ended_cb(int exit_code, gpointer user_data) {
  Run *run = user_data;

  run->exit_code = exit_code;
  server_stop(run->server);
}

static gboolean opening_cb(struct event_base *base, gpointer user_data, GError **error) {
  Run *run = user_data;

  run->started_us = g_get_real_time();
  run->child = child_new(base, ended_cb, run); /* first: from now on no signal leaves anything behind */
  return make_scratch(run, error);
}

static gboolean open_page(const Run *run, const char *http, GError **error) {
  if (!http || g_str_has_prefix(http, NET_UNIX_PREFIX))
    return cli_fail(error, EXIT_CODE_USAGE, "--open needs HTTP at a port; leave out --http, or give a port");
  g_autofree char *url = g_strconcat(http, "/", NULL);
  if (!browser_start(run->call->get_variable, url))
    fprintf(stderr, "dsmtpd run: there is no browser here; the page is at %s\n", url);
  return TRUE;
}

static gboolean started_cb(Server *server, const ServerFacts *facts, gpointer user_data, GError **error) {
  Run *run = user_data;
  const RunOptions *given = run->call->options;
  g_auto(GStrv) environment = run_environment_make(facts);

  if (given->opens && !open_page(run, facts->http, error))
    return FALSE;
  if (!child_start(run->child, run->call->words, environment, error))
    return FALSE;
  run->server = server;
  return TRUE;
}

static void closing_cb(gpointer user_data) {
  Run *run = user_data;

  g_clear_pointer(&run->child, child_free);
}

/* -1: *error is set. */
static int open_log(const RunOptions *given, GError **error) {
  const char *path = given->log_file ? given->log_file : "/dev/null";
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

  if (fd < 0)
    cli_fail(error, EXIT_CODE_FAILED, "cannot open the log %s: %s", path, g_strerror(errno));
  return fd;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const RunOptions *given = call->options;
  Run run = {.call = call, .options = given->server};
  const ServerGuide guide = {
      .log_fd = open_log(given, error),
      .opening = opening_cb,
      .started = started_cb,
      .closing = closing_cb,
      .user_data = &run,
  };

  if (guide.log_fd < 0 || !option_rules_check(&run.options, error))
    return EXIT_CODE_FAILED;
  server_run_guided(&run.options, &guide, error);
  close(guide.log_fd);
  leave_scratch(&run, tell_arrived(&run));
  return (ExitCode)run.exit_code;
}

static const CommandExample examples[] = {
    {"dsmtpd run -- pytest", "tests that find SMTP_HOST and SMTP_PORT"},
    {"dsmtpd run --keep mail -- npm test", "and keep the messages"},
    {"dsmtpd run --tls auto --log smtp.log -- make check", "with TLS, and a log"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_FAILED, "the program's own code; also: the server could not start"},
    {EXIT_CODE_USAGE, "invalid option or variable"},
    {(ExitCode)126, "the program cannot be run"},
    {(ExitCode)127, "there is no such program"},
    {(ExitCode)(128), "and the number of the signal that ended the program"},
    {.meaning = NULL},
};

const Command cmd_run = {
    .name = "run",
    .summary = "run a program with a server of its own",
    .synopsis = "[--] PROGRAM [ARGUMENT]...",
    .description =
        "Starts a server on free ports with a Maildir of its own, runs the program with variables that say where the "
        "server is, such as SMTP_HOST, SMTP_PORT and DSMTPD_URL, and exits with the program's exit code. Signals are "
        "passed on. If the program fails, the messages that arrived are listed on standard error. The messages are "
        "removed at the end. All options of the server are accepted (see dsmtpd --help); its addresses and directory "
        "are not read from the environment.",
    .flags = COMMAND_STOPS_AT_WORD | COMMAND_TAKES_FILES,
    .min_words = 1,
    .max_words = G_MAXUINT,
    .options = options,
    .more_options = server_options,
    .init = init,
    .record_size = sizeof(RunOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
