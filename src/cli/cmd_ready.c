/* ready: whether a server accepts messages, for health checks and scripts. */
#include "cli/client.h"
#include "cli/json_member.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  WAIT_MAX_MS = 600 * 1000,
  ONE_TRY_MS = 5000,    /* for the answer, where nobody wants to wait */
  BETWEEN_TRIES_MS = 50 /* a server starts in less */
};

typedef struct ReadyOptions {
  CommandCommon common;
  guint wait_ms;
} ReadyOptions;

static const Option options[] = {
    {
        .name = "wait",
        .letter = 'w',
        .value_name = "TIME",
        .type = OPTION_PATIENCE,
        .max = WAIT_MAX_MS,
        .default_text = "0",
        .help = "how long to wait until it is ready, in seconds or with a suffix ms, s or m",
        .offset = G_STRUCT_OFFSET(ReadyOptions, wait_ms),
    },
    {.name = NULL},
};

/* --- one try */

/* GET /readyz, which needs no login. Takes over the target. */
static gboolean ask_http(Target *target, guint patience_ms, GError **error) {
  const ClientQuestion question = {.path = "/readyz", .patience_ms = patience_ms, .answered_as_well = 503};
  g_autoptr(Client) client = client_new(target);
  g_auto(ClientAnswer) answer = {0};
  json_t *state = client_ask(client, &question, &answer, error) ? client_answer_json(client, &answer, error) : NULL;
  gboolean is_ready = json_is_true(json_object_get(state, "Ready"));

  if (state && !is_ready)
    cli_fail(error, EXIT_CODE_FAILED, "%s is not ready: %s", target_name(target),
             json_member_text(json_object_get(state, "Storage"), "Trouble"));
  json_decref(state);
  return is_ready;
}

/* The first line that comes, as far as it is here; FALSE: none came. */
static gboolean receive_greeting(int fd, guint patience_ms, char *out_line, gsize size) {
  struct pollfd wish = {.fd = fd, .events = POLLIN};
  int n_ready;

  do
    n_ready = poll(&wish, 1, (int)patience_ms);
  while (n_ready < 0 && errno == EINTR);
  gssize n_bytes = n_ready > 0 ? recv(fd, out_line, size - 1, 0) : 0;
  out_line[MAX(n_bytes, 0)] = '\0';
  out_line[strcspn(out_line, "\r\n")] = '\0';
  return n_bytes > 0;
}

/* RFC 5321 4.2: a server that accepts messages greets with 220. */
static gboolean ask_smtp(Target *target, guint patience_ms, GError **error) {
  g_autoptr(Target) owned = target;
  int fd = target_connect_socket(target, error);
  char line[512]; /* RFC 5321 4.5.3.1.5 */

  if (fd < 0)
    return FALSE;
  gboolean has_greeted = receive_greeting(fd, patience_ms, line, sizeof line);
  gboolean is_ready = has_greeted && g_str_has_prefix(line, "220");
  if (!has_greeted)
    cli_fail(error, EXIT_CODE_FAILED, "%s sends no greeting", target_name(target));
  else if (!is_ready)
    cli_fail(error, EXIT_CODE_FAILED, "%s greets with \"%s\"", target_name(target), line);
  close(fd);
  return is_ready;
}

static gboolean ask(const CommandCall *call, guint patience_ms, GError **error) {
  Target *target = target_find_server(call, patience_ms, error);

  if (!target)
    return FALSE;
  return target_is_smtp(target) ? ask_smtp(target, patience_ms, error) : ask_http(target, patience_ms, error);
}

/* --- waiting */

static guint left_ms(gint64 end_us) {
  gint64 left_us = end_us - g_get_monotonic_time();

  return left_us > 0 ? (guint)(left_us / 1000 + 1) : 0;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const ReadyOptions *given = call->options;
  gint64 end_us = g_get_monotonic_time() + (gint64)given->wait_ms * 1000;

  for (guint patience_ms = given->wait_ms > 0 ? given->wait_ms : ONE_TRY_MS;;) {
    g_autoptr(GError) problem = NULL;
    if (ask(call, patience_ms, &problem))
      return EXIT_CODE_OK;
    if (g_error_matches(problem, CLI_ERROR, EXIT_CODE_USAGE)) {
      g_propagate_error(error, g_steal_pointer(&problem));
      return EXIT_CODE_USAGE;
    }
    patience_ms = left_ms(end_us);
    if (patience_ms == 0) {
      cli_fail(error, EXIT_CODE_FAILED, "%s", problem->message);
      return EXIT_CODE_FAILED;
    }
    g_usleep((gulong)MIN(patience_ms, BETWEEN_TRIES_MS) * 1000);
  }
}

static const CommandExample examples[] = {
    {"dsmtpd ready", "is it ready now?"},
    {"dsmtpd ready --wait 10s", "until it is, as in the health check of a container"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "it is ready"},
    {EXIT_CODE_FAILED, "it is not ready, or no server runs"},
    {EXIT_CODE_USAGE, "an option or a variable is wrong"},
    {.meaning = NULL},
};

const Command cmd_ready = {
    .name = "ready",
    .summary = "say whether the server accepts messages",
    .synopsis = "",
    .description =
        "Ends with 0 once the server is ready to accept messages: its /readyz says so, or, where HTTP is off, "
        "SMTP greets. It finds the ports by itself. Prints nothing but why the server is not ready.",
    .flags = COMMAND_HAS_TARGET,
    .options = options,
    .record_size = sizeof(ReadyOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
