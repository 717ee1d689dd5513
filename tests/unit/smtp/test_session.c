/* Runs every transcript of tests/scenario against a session, with the client's bytes arriving whole, one by one, and
 * split at every position. A transcript's lines:
 *
 *   # comment
 *   @ max-size 100          a setting: max-size, max-recipients, no-smtputf8, strict, xclient, tls (STARTTLS is had),
 *                           broken-tls (it is offered and can't be had), require-tls, unix (it came by a unix
 *                           socket), auth-any, auth-insecure, require-auth, auth-busy, auth-blocked (neither checks),
 *                           connect-refused (by the gate)
 *   @ user tim:{PLAIN}x     a line of the user file
 *   C: EHLO x               the client sends this line and CRLF
 *   R: a\nb\x00             the client sends these bytes (C escapes), without a line end
 *   T:                      it shakes hands; what it sent since STARTTLS never arrives
 *   S: 250 2.0.0 *          the server answers this line; * stands for anything up to the end
 *   M: from -> to, to       a message was stored; in the order of storing
 *   P: ESMTPS               the protocol it came by, after an M line
 *   U: name                 who had logged in, after an M line; nothing for nobody
 *   N: RET=HDRS 1 ORCPT=... what was asked about reports, as the block has it, after an M line; nothing for nothing
 *   B: bytes               its stored bytes (C escapes), after an M line
 *   D: no-date              among its diagnostics, after an M line
 *   D! bare-lf              not among them
 *   L: PLAIN tim failed, 1  the handler was told this; all of these lines, in order, where there is one
 *   X: secret               neither trace nor reports may have this */
#include "smtp/session.h"
#include "support/fake_handler.h"
#include <string.h>

typedef struct Scenario {
  SmtpSettings settings;
  AuthUsers *known_users;
  SmtpOrigin origin;
  gboolean broken_tls;
  GString *client;    /* all bytes it sends */
  GArray *handshakes; /* gsize: how many bytes it has sent before each */
  GPtrArray *replies; /* patterns of the server's lines */
  GPtrArray *facts;   /* lines M, P, U, N, B and D */
  GString *users;     /* user file */
  GString *told;      /* lines L */
  GPtrArray *secrets; /* lines X */
  IntakeReason connect;
  IntakeReason auth_start;
} Scenario;

static void scenario_set(Scenario *scenario, const char *setting) {
  if (g_str_has_prefix(setting, "max-size "))
    scenario->settings.max_size_bytes = g_ascii_strtoull(setting + strlen("max-size "), NULL, 10);
  else if (g_str_has_prefix(setting, "max-recipients "))
    scenario->settings.max_recipients = (guint)g_ascii_strtoull(setting + strlen("max-recipients "), NULL, 10);
  else if (strcmp(setting, "no-smtputf8") == 0)
    scenario->settings.smtputf8 = FALSE;
  else if (strcmp(setting, "strict") == 0)
    scenario->settings.strict = TRUE;
  else if (strcmp(setting, "xclient") == 0)
    scenario->origin.offers_xclient = TRUE;
  else if (strcmp(setting, "tls") == 0)
    scenario->origin.offers_tls = TRUE;
  else if (strcmp(setting, "broken-tls") == 0)
    scenario->origin.offers_tls = scenario->broken_tls = TRUE;
  else if (strcmp(setting, "require-tls") == 0)
    scenario->settings.require_tls = TRUE;
  else if (strcmp(setting, "unix") == 0)
    scenario->origin.is_unix = TRUE;
  else if (strcmp(setting, "auth-any") == 0)
    scenario->settings.auth = SMTP_AUTH_ANY;
  else if (strcmp(setting, "auth-insecure") == 0)
    scenario->settings.auth_insecure = TRUE;
  else if (strcmp(setting, "require-auth") == 0)
    scenario->settings.require_auth = TRUE;
  else if (strcmp(setting, "connect-refused") == 0)
    scenario->connect = INTAKE_NO_ROOM;
  else if (strcmp(setting, "auth-busy") == 0)
    scenario->auth_start = INTAKE_LOGINS_BUSY;
  else if (strcmp(setting, "auth-blocked") == 0)
    scenario->auth_start = INTAKE_LOGINS_BLOCKED;
  else if (g_str_has_prefix(setting, "user "))
    g_string_append_printf(scenario->users, "%s\n", setting + strlen("user "));
  else
    g_error("unknown setting %s", setting);
}

/* g_strcompress() stops at a NUL, so \x00 and \0 are made by hand. */
static void append_escaped(GString *out, const char *text) {
  for (const char *part = text; *part != '\0';) {
    const char *nul = strstr(part, "\\0");
    g_autofree char *escaped = nul ? g_strndup(part, (gsize)(nul - part)) : g_strdup(part);
    g_autofree char *bytes = g_strcompress(escaped);
    g_string_append(out, bytes);
    if (!nul)
      return;
    g_string_append_c(out, '\0');
    part = nul + 2;
  }
}

static void scenario_add(Scenario *scenario, const char *line) {
  const char *rest = strlen(line) > 3 ? line + 3 : "";

  switch (line[0]) {
  case '@':
    scenario_set(scenario, line + 2);
    break;
  case 'C':
    g_string_append_printf(scenario->client, "%s\r\n", rest);
    break;
  case 'R':
    append_escaped(scenario->client, rest);
    break;
  case 'T':
    g_array_append_val(scenario->handshakes, scenario->client->len);
    break;
  case 'S':
    g_ptr_array_add(scenario->replies, g_strdup(rest));
    break;
  case 'M':
  case 'P':
  case 'U':
  case 'N':
  case 'B':
  case 'D':
    g_ptr_array_add(scenario->facts, g_strdup(line));
    break;
  case 'L':
    g_string_append_printf(scenario->told, "%s\n", rest);
    break;
  case 'X':
    g_ptr_array_add(scenario->secrets, g_strdup(rest));
    break;
  case '#':
  case '\0':
    break;
  default:
    g_error("what does this line mean: %s", line);
  }
}

static Scenario *scenario_read(const char *path) {
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  Scenario *scenario = g_new0(Scenario, 1);

  scenario->settings = (SmtpSettings){.host = "mail.example", .max_recipients = 1000, .smtputf8 = TRUE, .dsn = TRUE};
  scenario->origin = (SmtpOrigin){.peer = "192.0.2.1:5000", .peer_literal = "[192.0.2.1]"};
  scenario->client = g_string_new(NULL);
  scenario->handshakes = g_array_new(FALSE, FALSE, sizeof(gsize));
  scenario->replies = g_ptr_array_new_with_free_func(g_free);
  scenario->facts = g_ptr_array_new_with_free_func(g_free);
  scenario->users = g_string_new(NULL);
  scenario->told = g_string_new(NULL);
  scenario->secrets = g_ptr_array_new_with_free_func(g_free);
  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line; line++)
    scenario_add(scenario, *line);
  if (scenario->users->len > 0) {
    scenario->settings.auth = SMTP_AUTH_USERS;
    scenario->settings.users = &scenario->known_users;
    scenario->known_users = auth_users_parse(scenario->users->str, scenario->users->len, AUTH_FORMS_OWN, path, &error);
    g_assert_no_error(error);
  }
  return scenario;
}

static void scenario_free(gpointer data) {
  Scenario *scenario = data;

  g_string_free(scenario->client, TRUE);
  g_array_unref(scenario->handshakes);
  g_ptr_array_unref(scenario->replies);
  g_ptr_array_unref(scenario->facts);
  auth_users_unref(scenario->known_users);
  g_string_free(scenario->users, TRUE);
  g_string_free(scenario->told, TRUE);
  g_ptr_array_unref(scenario->secrets);
  g_free(scenario);
}

static void woken(gpointer user_data) {
  gboolean *awake = user_data;

  *awake = TRUE;
}

typedef struct Run {
  const Scenario *scenario;
  SmtpSession *session;
  FakeHandler *handler;
  struct evbuffer *input;
  gsize n_fed;
  gboolean securing; /* STARTTLS was answered with 220 */
} Run;

/* Lets handler and session work until neither has anything to do. */
static void work(Run *run) {
  SmtpSessionStatus status = smtp_session_read(run->session, run->input);

  while (status == SMTP_SESSION_STARTTLS || status == SMTP_SESSION_CHECKING ||
         (status == SMTP_SESSION_WAITING && !run->securing)) {
    if (status == SMTP_SESSION_STARTTLS) {
      run->securing = !run->scenario->broken_tls;
      smtp_session_answer_starttls(run->session, run->input, run->securing);
    } else {
      g_assert_true(fake_handler_work(run->handler));
    }
    status = smtp_session_read(run->session, run->input);
  }
}

static void shake_hands(Run *run) {
  SmtpOrigin origin = run->scenario->origin;

  g_assert_true(run->securing);
  run->securing = FALSE;
  evbuffer_drain(run->input, evbuffer_get_length(run->input));
  origin.tls = (NetSecured){.version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384"};
  smtp_session_secured(run->session, &origin);
}

/* The next `n` bytes of the client, with the handshakes among them. */
static void feed(Run *run, gsize n) {
  const Scenario *scenario = run->scenario;
  gsize end = run->n_fed + n;

  while (run->n_fed < end) {
    gsize stop = end;
    for (guint i = scenario->handshakes->len; i > 0; i--) {
      gsize at = g_array_index(scenario->handshakes, gsize, i - 1);
      stop = at > run->n_fed ? MIN(stop, at) : stop;
    }
    evbuffer_add(run->input, scenario->client->str + run->n_fed, stop - run->n_fed);
    run->n_fed = stop;
    work(run);
    for (guint i = 0; i < scenario->handshakes->len; i++)
      if (g_array_index(scenario->handshakes, gsize, i) == stop)
        shake_hands(run);
  }
}

static void check_replies(const Scenario *scenario, struct evbuffer *output) {
  for (guint i = 0; i < scenario->replies->len; i++) {
    const char *pattern = g_ptr_array_index(scenario->replies, i);
    g_autofree char *line = evbuffer_readln(output, NULL, EVBUFFER_EOL_CRLF_STRICT);
    gsize len = strlen(pattern);
    gboolean open_ended = len > 0 && pattern[len - 1] == '*';

    if (!line || (open_ended ? strncmp(line, pattern, len - 1) != 0 : strcmp(line, pattern) != 0))
      g_error("reply %u: expected \"%s\", got \"%s\"", i + 1, pattern, line ? line : "nothing");
  }
  if (evbuffer_get_length(output) > 0)
    g_error("one reply too many: %.*s", (int)evbuffer_get_length(output), evbuffer_pullup(output, -1));
}

static void check_fact(const FakeMail *mail, const char *fact) {
  if (fact[0] == 'B') {
    g_autoptr(GString) bytes = g_string_new(NULL);
    append_escaped(bytes, strlen(fact) > 3 ? fact + 3 : "");
    g_assert_cmpmem(mail->bytes->str, mail->bytes->len, bytes->str, bytes->len);
  } else if (fact[0] == 'P') {
    g_assert_cmpstr(mail->protocol, ==, fact + 3);
  } else if (fact[0] == 'U') {
    g_assert_cmpstr(mail->auth_user, ==, strlen(fact) > 3 ? fact + 3 : NULL);
  } else if (fact[0] == 'N') {
    g_assert_cmpstr(mail->dsn, ==, strlen(fact) > 3 ? fact + 3 : "");
  } else {
    g_autofree char *name = g_strconcat(fact + 3, ":", NULL);
    gboolean found = strstr(mail->diagnostics, name) != NULL;
    if (found != (fact[1] == ':'))
      g_error("%s: the diagnostics are: %s", fact, mail->diagnostics);
  }
}

static void check_messages(const Scenario *scenario, const FakeHandler *handler) {
  const FakeMail *mail = NULL;
  guint n_messages = 0;

  for (guint i = 0; i < scenario->facts->len; i++) {
    const char *fact = g_ptr_array_index(scenario->facts, i);
    if (fact[0] == 'M') {
      g_assert_cmpuint(n_messages, <, handler->messages->len);
      mail = g_ptr_array_index(handler->messages, n_messages++);
      g_assert_cmpstr(mail->route, ==, fact + 3);
    } else {
      check_fact(mail, fact);
    }
  }
  g_assert_cmpuint(handler->messages->len, ==, n_messages);
}

static void check_reports(const Scenario *scenario, const FakeHandler *handler) {
  if (scenario->told->len > 0)
    g_assert_cmpstr(handler->told->str, ==, scenario->told->str);
  for (guint i = 0; i < scenario->secrets->len; i++) {
    const char *secret = g_ptr_array_index(scenario->secrets, i);
    if (strstr(handler->told->str, secret) || strstr(handler->traced->str, secret) ||
        (handler->said && strstr(handler->said, secret)))
      g_error("\"%s\" was shown:\n%s%s", secret, handler->told->str, handler->traced->str);
  }
}

/* The client's bytes up to `first`, then the rest, one by one when `single`. */
static void run_split(const Scenario *scenario, gsize first, gboolean single, guint pause_every) {
  FakeHandler *handler = fake_handler_new();
  struct evbuffer *input = evbuffer_new();
  struct evbuffer *output = evbuffer_new();
  gboolean awake = FALSE;

  handler->pause_every = pause_every;
  handler->connect = scenario->connect;
  handler->auth_start = scenario->auth_start;
  SmtpSession *session =
      smtp_session_new(&scenario->settings, &fake_handler_table, handler, &scenario->origin, output, woken, &awake);

  Run run = {.scenario = scenario, .session = session, .handler = handler, .input = input};
  feed(&run, first);
  while (run.n_fed < scenario->client->len)
    feed(&run, single ? 1 : scenario->client->len - run.n_fed);
  check_replies(scenario, output);
  check_messages(scenario, handler);
  check_reports(scenario, handler);
  smtp_session_free(session);
  fake_handler_free(handler);
  evbuffer_free(input);
  evbuffer_free(output);
}

/* Every position of a short transcript, some of a long one. */
static void run_scenario(gconstpointer data) {
  enum { SPLITS_MAX = 4096 };
  const Scenario *scenario = data;
  gsize step = 1 + scenario->client->len / SPLITS_MAX;

  run_split(scenario, 0, TRUE, 0);
  run_split(scenario, 0, TRUE, 1);
  run_split(scenario, 0, FALSE, 1);
  for (gsize first = 0; first <= scenario->client->len; first += step)
    run_split(scenario, first, FALSE, 0);
}

int main(int argc, char **argv) {
  g_autoptr(GDir) dir = g_dir_open(g_getenv("SCENARIOS"), 0, NULL);
  const char *name;

  g_test_init(&argc, &argv, NULL);
  g_assert_nonnull(dir);
  while ((name = g_dir_read_name(dir))) {
    if (!g_str_has_suffix(name, ".txt"))
      continue;
    g_autofree char *path = g_build_filename(g_getenv("SCENARIOS"), name, NULL);
    g_autofree char *test = g_strdup_printf("/smtp/%.*s", (int)(strlen(name) - strlen(".txt")), name);
    g_test_add_data_func_full(test, scenario_read(path), run_scenario, scenario_free);
  }
  return g_test_run();
}
