/* GET /metrics. */
#include "api/api_private.h"
#include "api/open_metrics.h"
#include "base/process_memory.h"
#include <string.h>

static void add_messages(OpenMetrics *metrics, const InboxStats *stats) {
  open_metrics_add_gauge(metrics, "dsmtpd_messages", "Messages in the inbox.", "", stats->n_messages);
  open_metrics_add_gauge(metrics, "dsmtpd_messages_unread", "Unread messages.", "", stats->n_unread);
  open_metrics_add_gauge(metrics, "dsmtpd_messages_bytes", "Bytes of all messages.", "", stats->n_bytes);
  open_metrics_add_gauge(metrics, "dsmtpd_storage_working", "Whether messages can be stored.", "",
                         stats->storage_trouble == NULL);
  open_metrics_add_gauge(metrics, "dsmtpd_index_waiting", "Messages and changes that lists do not show yet.", "",
                         stats->n_waiting);
  open_metrics_add_gauge(metrics, "dsmtpd_index_caught_up", "Whether lists show every message.", "",
                         stats->is_whole && stats->n_waiting == 0);
  open_metrics_add_histogram(metrics, "dsmtpd_commit_seconds", "Time from the end of a message until it is stored.",
                             &stats->commit);
  open_metrics_add_histogram(metrics, "dsmtpd_index_seconds", "Time from a message's 250 until lists show it.",
                             &stats->indexing);
}

static void add_intake(OpenMetrics *metrics, const InboxIntake *intake) {
  const char *help = "Whether 250 replies are delayed, by what they wait for.";

  open_metrics_add_gauge(metrics, "dsmtpd_backlog_messages", "Messages that are not indexed yet.", "",
                         intake->n_waiting);
  open_metrics_add_gauge(metrics, "dsmtpd_backlog_bytes", "Bytes of those messages.", "", intake->n_waiting_bytes);
  open_metrics_add_gauge(metrics, "dsmtpd_backlog_limit_messages", "Maximum number of such messages now.", "",
                         intake->n_waiting_max);
  open_metrics_add_gauge(metrics, "dsmtpd_backlog_limit_bytes", "Maximum number of such bytes now.", "",
                         intake->n_waiting_bytes_max);
  open_metrics_add_gauge(metrics, "dsmtpd_intake_held", "Stored messages whose 250 waits for room in the backlog.", "",
                         intake->n_held);
  for (InboxSlowReason reason = 0; reason < INBOX_SLOW_REASONS_N; reason++) {
    const char *name = inbox_slow_reason_name(reason);
    g_autofree char *labels = name ? g_strdup_printf("reason=\"%s\"", name) : NULL;
    if (!labels)
      continue;
    open_metrics_add_gauge(metrics, "dsmtpd_intake_slowed", help, labels,
                           intake->is_slowed && intake->reason == reason);
    help = NULL;
  }
  open_metrics_add_histogram(metrics, "dsmtpd_intake_delay_seconds", "How long delayed 250 replies waited.",
                             &intake->delays);
}

/* Subjects of RFC 3463 3. */
static void add_smtp(OpenMetrics *metrics, const IntakeCounters *smtp) {
  static const char *const subjects[INTAKE_SUBJECTS_N] = {"other",   "address",  "mailbox", "system",
                                                          "network", "protocol", "content", "policy"};
  static const char *const lasts[] = {"no", "yes"};
  const char *help = "Rejections, by the subject of the enhanced status code and by whether they are permanent.";

  open_metrics_add_counter(metrics, "dsmtpd_smtp_accepted", "Messages accepted by SMTP.", "", smtp->n_accepted);
  open_metrics_add_counter(metrics, "dsmtpd_smtp_accepted_bytes", "Bytes of messages accepted by SMTP.", "",
                           smtp->accepted_bytes);
  open_metrics_add_counter(metrics, "dsmtpd_smtp_lost", "Messages whose client disconnected before their end.", "",
                           smtp->n_lost);
  for (guint last = 0; last < 2; last++)
    for (guint subject = 0; subject < INTAKE_SUBJECTS_N; subject++) {
      g_autofree char *labels = g_strdup_printf("reason=\"%s\",permanent=\"%s\"", subjects[subject], lasts[last]);
      open_metrics_add_counter(metrics, "dsmtpd_smtp_refused", help, labels, smtp->n_rejected[last][subject]);
      help = NULL;
    }
}

static void add_http(OpenMetrics *metrics, const HttpCounters *http) {
  const char *help = "Responses, by the class of their status.";

  for (guint i = 1; i < G_N_ELEMENTS(http->n_by_class); i++) {
    g_autofree char *labels = g_strdup_printf("class=\"%uxx\"", i);
    open_metrics_add_counter(metrics, "dsmtpd_http_answers", help, labels, http->n_by_class[i]);
    help = NULL;
  }
  open_metrics_add_counter(metrics, "dsmtpd_http_refused_at_door", "Requests rejected by Host, Origin or password.", "",
                           http->n_rejected_at_gate);
  open_metrics_add_counter(metrics, "dsmtpd_http_connections", "Connections accepted.", "", http->n_connections);
  open_metrics_add_counter(metrics, "dsmtpd_http_dropped_readers", "Clients that read too slowly or disconnected.", "",
                           http->n_dropped_readers);
  open_metrics_add_counter(metrics, "dsmtpd_http_received_bytes", "Bytes of request bodies.", "", http->received_bytes);
  open_metrics_add_counter(metrics, "dsmtpd_http_sent_bytes", "Bytes of responses.", "", http->sent_bytes);
  open_metrics_add_gauge(metrics, "dsmtpd_http_open_connections", "Open connections.", "", http->n_open_connections);
  open_metrics_add_gauge(metrics, "dsmtpd_http_open_streams", "Open event streams and WebSockets.", "",
                         http->n_open_streams);
}

static void add_turned_away(OpenMetrics *metrics, const IntakeCounters *smtp, const HttpCounters *http) {
  const char *name = "dsmtpd_connections_refused";

  open_metrics_add_counter(metrics, name,
                           "Connections rejected because there were too many, by SMTP with 421, by HTTP with 503.",
                           "server=\"smtp\"", smtp->n_turned_away);
  open_metrics_add_counter(metrics, name, NULL, "server=\"http\"", http->n_not_taken);
}

static void add_process(OpenMetrics *metrics, const Api *api) {
  guint64 uptime_s = (guint64)((g_get_monotonic_time() - api->start_us) / G_USEC_PER_SEC);

  open_metrics_add_gauge(metrics, "dsmtpd_uptime_seconds", "Time since the start.", "", uptime_s);
  open_metrics_add_gauge(metrics, "process_resident_memory_bytes", "Resident memory.", "",
                         process_memory_bytes(api->memory_fd));
}

static void get_metrics(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  const char *accept = http_request_header(request, "Accept");
  gboolean is_open = accept && strstr(accept, "application/openmetrics-text");
  OpenMetrics metrics = {.text = g_string_sized_new(8192), .is_open = is_open};
  const InboxStats stats = inbox_stats(api->inbox);
  const IntakeCounters *smtp = intake_counters(api->host->intake, INTAKE_BY_SMTP);

  add_messages(&metrics, &stats);
  add_intake(&metrics, &stats.intake);
  add_smtp(&metrics, smtp);
  add_http(&metrics, api->host->http);
  add_turned_away(&metrics, smtp, api->host->http);
  add_process(&metrics, api);
  open_metrics_end(&metrics);
  g_autoptr(GBytes) bytes = g_string_free_to_bytes(metrics.text);
  http_request_answer(request,
                      http_response_bytes(200,
                                          is_open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                  : "text/plain; version=0.0.4; charset=utf-8",
                                          bytes));
}

const HttpRoute api_metrics_routes[] = {
    {.method = "GET", .pattern = "/metrics", .handler = get_metrics},
    {.pattern = NULL},
};
