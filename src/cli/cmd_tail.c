/* tail: messages as they arrive. */
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/mail_line.h"
#include "cli/table.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LAST_MAX = 10000, POLL_MS = 60 * 1000, RETRY_MS = 500 };

typedef struct TailOptions {
  CommandCommon common;
  guint last;
  char *since; /* NULL: from now on */
} TailOptions;

typedef struct Tail {
  const CommandCall *call;
  const char *query; /* NULL: all messages */
  Client *client;
  Interrupt *interrupt;
  char *cursor; /* messages after it were not printed yet */
} Tail;

#define FIELD(name) .offset = G_STRUCT_OFFSET(TailOptions, name)

static const Option options[] = {
    {
        .name = "last",
        .letter = 'n',
        .value_name = "N",
        .noun = "number of messages",
        .type = OPTION_COUNT,
        .max = LAST_MAX,
        .default_text = "0",
        .help = "print the last N messages first",
        FIELD(last),
    },
    {
        .name = "since",
        .value_name = "CURSOR",
        .noun = "cursor",
        .type = OPTION_WORDS,
        .help = "begin after this cursor: the output of `dsmtpd cursor`, the ID of a message, or 0 for all messages; "
                "without this option, begin now",
        FIELD(since),
    },
    {.name = NULL},
};

/* --- printing */

/* For people: one line, however long its texts are. Elsewhere it is that of `list`. */
static void print_line(Output *output, const json_t *mail) {
  enum { TIME_WIDTH = 10, GAP = 2, SUBJECT_MIN = 20 };
  g_autoptr(GDateTime) utc = g_date_time_new_from_iso8601(json_member_text(mail, "Created"), NULL);
  g_autoptr(GDateTime) created = utc ? g_date_time_to_local(utc) : NULL;
  g_autofree char *time = created ? g_date_time_format(created, "%T  ") : g_strdup("");
  guint room = MAX(output_width(output), TIME_WIDTH + GAP + 2 * SUBJECT_MIN) - TIME_WIDTH - GAP;
  g_autofree char *people = mail_line_people(mail, room - SUBJECT_MIN);
  g_autofree char *subject = mail_line_subject(mail, room - table_width(people));

  output_styled(output, OUTPUT_DIM, time);
  output_text(output, people);
  output_text(output, "  ");
  output_styled(output, OUTPUT_BOLD, subject);
  output_text(output, "\n");
}

static void print_one(const Tail *tail, const json_t *mail) {
  Output *output = tail->call->output;

  if (tail->call->common->json) {
    output_json_line(output, mail);
  } else if (output_is_terminal(output)) {
    print_line(output, mail);
  } else {
    json_t *messages = json_pack("[O]", mail);
    mail_lines_print(output, messages);
    json_decref(messages);
  }
}

static void set_cursor(Tail *tail, const json_t *answer) {
  g_free(tail->cursor);
  tail->cursor = g_strdup_printf("%" G_GINT64_FORMAT, json_member_number(answer, "cursor"));
}

/* --- the last ones */

static gboolean print_last(Tail *tail, GError **error) {
  const TailOptions *given = tail->call->options;
  g_autofree char *path = client_list_path(tail->query, 0, MAX(given->last, 1));
  json_t *list = client_get_json(tail->client, path, error);
  const json_t *newest_first = json_object_get(list, "messages");

  if (!list)
    return FALSE;
  for (size_t i = MIN(json_array_size(newest_first), given->last); i > 0; i--)
    print_one(tail, json_array_get(newest_first, i - 1));
  set_cursor(tail, list);
  json_decref(list);
  return output_end(tail->call->output, error);
}

/* --- those that arrive */

typedef enum { ASKED_NONE, ASKED_SOME, ASKED_GONE, ASKED_FAILED } Asked;

/* Waits up to `timeout_ms` until `count` messages are there, and prints as many as there are. */
static Asked ask(Tail *tail, guint count, guint timeout_ms, GError **error) {
  const ClientWait wait = {
      .query = tail->query,
      .after = tail->cursor,
      .count = count,
      .timeout_ms = timeout_ms,
      .interrupt = tail->interrupt,
  };
  g_auto(ClientAnswer) answer = {0};
  g_autoptr(GError) failure = NULL;

  gboolean is_answered = client_wait(tail->client, &wait, &answer, &failure);

  if (answer.is_cut)
    return ASKED_NONE;
  if (!is_answered) {
    gboolean is_gone = g_error_matches(failure, CLI_ERROR, EXIT_CODE_NO_SERVER) || answer.status == 503;
    g_propagate_error(error, g_steal_pointer(&failure));
    return is_gone ? ASKED_GONE : ASKED_FAILED;
  }
  json_t *waited = client_answer_json(tail->client, &answer, error);
  if (!waited)
    return ASKED_FAILED;
  const json_t *messages = json_object_get(waited, "messages");
  Asked asked = json_array_size(messages) > 0 ? ASKED_SOME : ASKED_NONE;
  for (size_t i = 0; i < json_array_size(messages); i++)
    print_one(tail, json_array_get(messages, i));
  set_cursor(tail, waited);
  json_decref(waited);
  return output_end(tail->call->output, error) ? asked : ASKED_FAILED;
}

static void pause_before_retry(const Tail *tail) {
  static const struct timeval pause = {.tv_usec = RETRY_MS * 1000};
  struct event_base *base = target_base(client_target(tail->client));

  event_base_loopexit(base, &pause);
  event_base_loop(base, 0);
}

/* Cursors outlive a restart of the server, so that no message is missed. */
static gboolean follow(Tail *tail, GError **error) {
  gboolean was_answered = FALSE, is_gone = FALSE;
  guint timeout_ms = 0;

  while (!interrupt_came(tail->interrupt)) {
    g_autoptr(GError) failure = NULL;
    Asked asked = ask(tail, timeout_ms > 0 ? 1 : CLIENT_WAIT_MAX, timeout_ms, &failure);
    if (asked == ASKED_FAILED || (asked == ASKED_GONE && !was_answered)) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return FALSE;
    }
    if (asked == ASKED_GONE) {
      if (!is_gone)
        fprintf(stderr, "dsmtpd tail: the server at %s is gone; waiting until it is back\n",
                target_name(client_target(tail->client)));
      pause_before_retry(tail);
    }
    is_gone = asked == ASKED_GONE;
    was_answered = TRUE;
    /* One message ends a wait at once; those that came with it are then asked for without waiting. */
    timeout_ms = asked == ASKED_NONE ? POLL_MS : 0;
  }
  return TRUE;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const TailOptions *given = call->options;
  Tail tail = {.call = call, .query = call->words[0], .cursor = g_strdup(given->since)};

  if (given->since && given->last > 0)
    cli_fail(error, EXIT_CODE_USAGE, "--since and --last both say where to begin: give one, not both");
  else
    tail.client = client_open(call, error);
  if (tail.client) {
    struct event_base *base = target_base(client_target(tail.client));
    tail.interrupt = interrupt_new(base);
    interrupt_watch_reader(tail.interrupt, base, STDOUT_FILENO);
    if (given->since || print_last(&tail, error))
      follow(&tail, error);
    if (interrupt_reader_is_gone(tail.interrupt))
      output_abandon(call->output);
  }
  interrupt_free(tail.interrupt);
  client_free(tail.client);
  g_free(tail.cursor);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd tail", "messages from now on"},
    {"dsmtpd tail -n 10 to:bob", "the last 10 for bob, then new ones"},
    {"dsmtpd tail --json | jq -r .Subject", "for programs"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "interrupted by Ctrl+C or SIGTERM"},
    {EXIT_CODE_FAILED, "failed"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option, variable or query"},
    {EXIT_CODE_NO_SERVER, "no server is running, or it does not answer"},
    {.meaning = NULL},
};

const Command cmd_tail = {
    .name = "tail",
    .summary = "print messages as they arrive",
    .synopsis = "[QUERY]",
    .description =
        "Prints each message as it arrives, or each that the query finds, until it is interrupted. A terminal shows "
        "the "
        "time, sender, recipient and subject; elsewhere the lines are those of `dsmtpd list`. With --json each message "
        "is a JSON object on a line of its own. When the server restarts at the same address, tail continues where it "
        "was and misses no message.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(TailOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
