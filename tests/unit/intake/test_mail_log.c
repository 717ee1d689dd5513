/* Each line that intake logs, as text and as JSON, byte for byte: scripts depend on both. */
#include "../../support/log_lines.h"
#include "intake/intake.h"
#include "intake/mail_log.h"
#include "intake/recipient_rules.h"

typedef struct Case {
  const char *name;
  void (*write)(Log *log);
  const char *text;
  const char *json;
} Case;

static Envelope *envelope_of(const char *peer, const char *sender, const char *first, const char *second) {
  Envelope *envelope = envelope_new();

  envelope->peer = g_strdup(peer);
  envelope->reverse_path = g_strdup(sender);
  g_ptr_array_add(envelope->forward_paths, g_strdup(first));
  if (second)
    g_ptr_array_add(envelope->forward_paths, g_strdup(second));
  return envelope;
}

static void stored_by_smtp(Log *log) {
  g_autoptr(Envelope) envelope = envelope_of("127.0.0.1:5000", "a@a.example", "b@b.example", "c@c.example");
  const IntakeArrival arrival = {
      .peer = envelope->peer, .envelope = envelope, .subject = "Grüße \"{to}\"\n", .size_bytes = 123};

  mail_log_stored(log, INTAKE_BY_SMTP, &arrival, "1.a.host");
}

static void stored_by_smtp_with_all(Log *log) {
  static const char *const findings[] = {"no-date: x", "nul: y", NULL};
  g_autoptr(Envelope) envelope = envelope_of("[::1]:5000", "", "b@b.example", NULL);
  const IntakeArrival arrival = {
      .peer = envelope->peer, .envelope = envelope, .size_bytes = G_MAXINT64, .diagnostics = findings};

  envelope->auth_user = g_strdup("alice");
  envelope->tls_version = "TLSv1.3";
  envelope->tls_cipher = "TLS_AES_256_GCM_SHA384";
  envelope->tls_client = g_strdup("CN=x");
  mail_log_stored(log, INTAKE_BY_SMTP, &arrival, "2.a.host");
}

static void stored_by_smtp_over_tls(Log *log) {
  static const char *const none[] = {NULL};
  g_autoptr(Envelope) envelope = envelope_of("p", "a@a.example", "b@b.example", NULL);
  const IntakeArrival arrival = {
      .peer = envelope->peer, .envelope = envelope, .subject = "x", .size_bytes = 1, .diagnostics = none};

  envelope->tls_version = "TLSv1.3";
  envelope->tls_cipher = "CIPHER";
  mail_log_stored(log, INTAKE_BY_SMTP, &arrival, "3");
}

/* An older message that is put in: what its envelope says of another session is not said again. */
static void stored_by_http(Log *log) {
  g_autoptr(Envelope) envelope = envelope_of("old:1", "", "b@b.example", "c@c.example");
  const IntakeArrival arrival = {.peer = "127.0.0.1:6000", .envelope = envelope, .subject = "Hi", .size_bytes = 7};

  envelope->auth_user = g_strdup("alice");
  envelope->tls_version = "TLSv1.3";
  envelope->tls_cipher = "CIPHER";
  mail_log_stored(log, INTAKE_BY_HTTP, &arrival, "4");
}

static void rejected_command(Log *log) {
  g_autoptr(Intake) intake = intake_new(log, 0);
  const IntakeRejection rejection = {
      .peer = "p:1", .command = "MAIL \"\xff\"", .code = 501, .enhanced = "5.5.4", .text = "no"};

  intake_reject(intake, INTAKE_BY_SMTP, &rejection);
}

static void rejected_connection(Log *log) {
  g_autoptr(Intake) intake = intake_new(log, 0);
  const IntakeRejection rejection = {.peer = "p:1", .code = 421, .enhanced = "4.7.0", .text = "too many"};

  intake_reject(intake, INTAKE_BY_SMTP, &rejection);
}

static void lost(Log *log) {
  g_autoptr(Intake) intake = intake_new(log, 0);

  intake_lose(intake, INTAKE_BY_SMTP, "p:1", TRUE, "in the middle of a message");
  intake_lose(intake, INTAKE_BY_SMTP, "p:2", FALSE, "in the middle of a command");
  g_assert_cmpuint(intake_counters(intake, INTAKE_BY_SMTP)->n_lost, ==, 1);
}

static void slowed(Log *log) {
  InboxIntake intake = {.is_slowed = TRUE, .reason = INBOX_SLOW_FULL, .n_waiting = 5, .n_waiting_max = 6};

  mail_log_slowed(log, &intake);
  intake = (InboxIntake){.n_waiting_max = 6};
  mail_log_slowed(log, &intake);
}

static void undecided(Log *log) {
  g_autoptr(RulesPattern) pattern = rules_pattern_new("^(.*)(.*)(.*)(.*)(.*)[^x]$", NULL);
  g_autoptr(GPtrArray) reject = g_ptr_array_new();
  RecipientRules rules = {.patterns = {.reject = reject}, .log = log};
  g_autofree char *many = g_strnfill(100, 'x');
  g_autofree char *recipient = g_strconcat(many, "@x.xx", NULL);
  const IntakeQuestion question = {.step = INTAKE_STEP_RCPT, .peer = "p:1", .what = recipient};

  g_ptr_array_add(reject, pattern);
  g_assert_cmpint(recipient_rules_judge(&question, &rules).why, ==, INTAKE_RECIPIENT_UNDECIDED);
}

static const Case cases[] = {
    {"stored_by_smtp", stored_by_smtp,
     "INFO: 127.0.0.1:5000: a@a.example -> b@b.example, c@c.example [Grüße \"{to}\"\\x0a]\n",
     "\"level\":\"INFO\",\"event\":\"mail\",\"message\":\"127.0.0.1:5000: a@a.example -> b@b.example, c@c.example "
     "[Grüße \\\"{to}\\\"\\\\x0a]\",\"peer\":\"127.0.0.1:5000\",\"from\":\"a@a.example\",\"to\":[\"b@b.example\","
     "\"c@c.example\"],\"subject\":\"Grüße \\\"{to}\\\"\\\\x0a\",\"size\":123,\"id\":\"1.a.host\",\"user\":\"\"}\n"},
    {"stored_by_smtp_with_all", stored_by_smtp_with_all,
     "INFO: [::1]:5000: <> -> b@b.example [] (logged in as alice) (TLSv1.3 TLS_AES_256_GCM_SHA384, client certificate "
     "\"CN=x\")\n"
     "WARNING: [::1]:5000: a real server may object: no-date: x; nul: y\n",
     "\"level\":\"INFO\",\"event\":\"mail\",\"message\":\"[::1]:5000: <> -> b@b.example [] (logged in as alice) "
     "(TLSv1.3 TLS_AES_256_GCM_SHA384, client certificate "
     "\\\"CN=x\\\")\",\"peer\":\"[::1]:5000\",\"from\":\"\",\"to\":[\"b@b.example\"],"
     "\"subject\":\"\",\"size\":9223372036854775807,\"id\":\"2.a.host\",\"user\":\"alice\",\"tls_version\":\"TLSv1.3\","
     "\"tls_cipher\":\"TLS_AES_256_GCM_SHA384\",\"tls_client\":\"CN=x\"}\n"
     "\"level\":\"WARNING\",\"event\":\"diagnostics\",\"message\":\"[::1]:5000: a real server may object: no-date: x; "
     "nul: y\",\"peer\":\"[::1]:5000\",\"id\":\"2.a.host\",\"diagnostics\":[\"no-date: x\",\"nul: y\"]}\n"},
    {"stored_by_smtp_over_tls", stored_by_smtp_over_tls, "INFO: p: a@a.example -> b@b.example [x] (TLSv1.3 CIPHER)\n",
     "\"level\":\"INFO\",\"event\":\"mail\",\"message\":\"p: a@a.example -> b@b.example [x] (TLSv1.3 CIPHER)\","
     "\"peer\":\"p\",\"from\":\"a@a.example\",\"to\":[\"b@b.example\"],\"subject\":\"x\",\"size\":1,\"id\":\"3\","
     "\"user\":\"\",\"tls_version\":\"TLSv1.3\",\"tls_cipher\":\"CIPHER\",\"tls_client\":\"\"}\n"},
    {"stored_by_http", stored_by_http, "INFO: 127.0.0.1:6000: <> -> b@b.example, c@c.example [Hi] (by HTTP)\n",
     "\"level\":\"INFO\",\"event\":\"mail\",\"message\":\"127.0.0.1:6000: <> -> b@b.example, c@c.example [Hi] "
     "(by HTTP)\",\"peer\":\"127.0.0.1:6000\",\"from\":\"\",\"to\":[\"b@b.example\",\"c@c.example\"],\"subject\":"
     "\"Hi\",\"size\":7,\"id\":\"4\"}\n"},
    {"rejected_command", rejected_command, "INFO: p:1: rejected \"MAIL \"\\xff\"\": 501 5.5.4 no\n",
     "\"level\":\"INFO\",\"event\":\"refused\",\"message\":\"p:1: rejected \\\"MAIL \\\"\\\\xff\\\"\\\": 501 5.5.4 "
     "no\","
     "\"peer\":\"p:1\",\"command\":\"MAIL \\\"\\\\xff\\\"\",\"code\":501,\"reply\":\"501 5.5.4 no\"}\n"},
    {"rejected_connection", rejected_connection, "INFO: p:1: rejected: 421 4.7.0 too many\n",
     "\"level\":\"INFO\",\"event\":\"refused\",\"message\":\"p:1: rejected: 421 4.7.0 too many\",\"peer\":\"p:1\","
     "\"command\":\"\",\"code\":421,\"reply\":\"421 4.7.0 too many\"}\n"},
    {"lost", lost,
     "WARNING: p:1: in the middle of a message\n"
     "INFO: p:2: in the middle of a command\n",
     "\"level\":\"WARNING\",\"event\":\"lost\",\"message\":\"p:1: in the middle of a message\"}\n"
     "\"level\":\"INFO\",\"event\":\"lost\",\"message\":\"p:2: in the middle of a command\"}\n"},
    {"slowed", slowed,
     "INFO: messages arrive faster than they can be indexed, so each 250 is delayed: the backlog is full (full)\n"
     "INFO: messages are indexed as fast as they arrive again, and each 250 is sent at once\n",
     "\"level\":\"INFO\",\"event\":\"intake-slowed\",\"message\":\"messages arrive faster than they can be indexed, so "
     "each 250 is delayed: the backlog is full (full)\",\"reason\":\"full\",\"backlog\":5,\"backlog_limit\":6}\n"
     "\"level\":\"INFO\",\"event\":\"intake-flows\",\"message\":\"messages are indexed as fast as they arrive again, "
     "and each 250 is sent at once\",\"reason\":\"\",\"backlog\":0,\"backlog_limit\":6}\n"},
    {"undecided", undecided, NULL, NULL},
};

static char *logged(const Case *one, LogFormat format) {
  LogLines lines;

  log_lines_init(&lines, format);
  one->write(lines.log);
  return log_lines_end(&lines);
}

static void check_case(gconstpointer data) {
  const Case *one = data;
  g_autofree char *text = logged(one, LOG_FORMAT_TEXT);
  g_autofree char *json = logged(one, LOG_FORMAT_JSON);

  if (one->text) {
    g_assert_cmpstr(text, ==, one->text);
    g_assert_cmpstr(json, ==, one->json);
    return;
  }
  g_assert_true(g_str_has_prefix(text, "WARNING: p:1: could not decide about the recipient xxx"));
  g_assert_true(g_str_has_suffix(
      text, "xxx@x.xx: matching it with \"^(.*)(.*)(.*)(.*)(.*)[^x]$\" exceeds the limits; use a simpler pattern\n"));
  g_assert_true(g_str_has_suffix(json, "xxx@x.xx\",\"pattern\":\"^(.*)(.*)(.*)(.*)(.*)[^x]$\"}\n"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *name = g_strdup_printf("/intake/mail_log/%s", cases[i].name);
    g_test_add_data_func(name, &cases[i], check_case);
  }
  return g_test_run();
}
