/* GET /metrics. */
#include "api/api_private.h"
#include "api/open_metrics.h"
#include "base/process_memory.h"
#include <string.h>

static void add_mails(OpenMetrics *metrics, const InboxStats *stats) {
  open_metrics_add_gauge(metrics, "dsmtpd_messages", "Mails in the inbox.", "", stats->n_mails);
  open_metrics_add_gauge(metrics, "dsmtpd_messages_unread", "Mails that nobody has read.", "", stats->n_unread);
  open_metrics_add_gauge(metrics, "dsmtpd_messages_bytes", "Octets of all mails.", "", stats->n_octets);
  open_metrics_add_gauge(metrics, "dsmtpd_storage_working", "Mails can be stored, as far as is known.", "",
                         stats->storage_trouble == NULL);
  open_metrics_add_gauge(metrics, "dsmtpd_index_waiting", "Mails and changes that lists do not show yet.", "",
                         stats->n_waiting);
  open_metrics_add_gauge(metrics, "dsmtpd_index_caught_up", "Lists show all mails there are.", "",
                         stats->is_whole && stats->n_waiting == 0);
  open_metrics_add_histogram(metrics, "dsmtpd_commit_seconds", "From the end of a mail until it is stored.",
                             &stats->commit);
  open_metrics_add_histogram(metrics, "dsmtpd_index_seconds", "From a mail's 250 until lists show it.",
                             &stats->indexing);
}

static void add_intake(OpenMetrics *metrics, const InboxIntake *intake) {
  const char *help = "Whether intake is slowed, by what each 250 waits for.";

  open_metrics_add_gauge(metrics, "dsmtpd_backlog_messages", "Messages that the index has not taken in yet.", "",
                         intake->n_waiting);
  open_metrics_add_gauge(metrics, "dsmtpd_backlog_bytes", "Octets of these messages.", "", intake->n_waiting_octets);
  open_metrics_add_gauge(metrics, "dsmtpd_backlog_limit_messages", "How many messages may wait now.", "",
                         intake->n_waiting_max);
  open_metrics_add_gauge(metrics, "dsmtpd_backlog_limit_bytes", "How many octets may wait now.", "",
                         intake->n_waiting_octets_max);
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
  open_metrics_add_histogram(metrics, "dsmtpd_intake_delay_seconds", "How long a 250 waited, of those that did.",
                             &intake->delays);
}

/* Subjects of RFC 3463 3. */
static void add_smtp(OpenMetrics *metrics, const SmtpCounters *smtp) {
  static const char *const subjects[SMTP_SUBJECTS_N] = {"other",   "address",  "mailbox", "system",
                                                        "network", "protocol", "content", "policy"};
  static const char *const lasts[] = {"no", "yes"};
  const char *help = "Refusals, by the subject of the enhanced status code and by whether they are for good.";

  open_metrics_add_counter(metrics, "dsmtpd_smtp_accepted", "Mails accepted by SMTP.", "", smtp->n_accepted);
  open_metrics_add_counter(metrics, "dsmtpd_smtp_accepted_bytes", "Octets of mails accepted by SMTP.", "",
                           smtp->accepted_octets);
  open_metrics_add_counter(metrics, "dsmtpd_smtp_lost", "Mails whose client went away before their end.", "",
                           smtp->n_lost);
  for (guint last = 0; last < 2; last++)
    for (guint subject = 0; subject < SMTP_SUBJECTS_N; subject++) {
      g_autofree char *labels = g_strdup_printf("reason=\"%s\",permanent=\"%s\"", subjects[subject], lasts[last]);
      open_metrics_add_counter(metrics, "dsmtpd_smtp_refused", help, labels, smtp->n_refused[last][subject]);
      help = NULL;
    }
}

static void add_http(OpenMetrics *metrics, const HttpCounters *http) {
  const char *help = "Answers, by the class of their status.";

  for (guint i = 1; i < G_N_ELEMENTS(http->n_by_class); i++) {
    g_autofree char *labels = g_strdup_printf("class=\"%uxx\"", i);
    open_metrics_add_counter(metrics, "dsmtpd_http_answers", help, labels, http->n_by_class[i]);
    help = NULL;
  }
  open_metrics_add_counter(metrics, "dsmtpd_http_refused_at_door", "Requests refused by Host, Origin or password.", "",
                           http->n_refused_at_door);
  open_metrics_add_counter(metrics, "dsmtpd_http_connections", "Connections taken.", "", http->n_connections);
  open_metrics_add_counter(metrics, "dsmtpd_http_dropped_readers", "Readers that were too slow, or went.", "",
                           http->n_dropped_readers);
  open_metrics_add_counter(metrics, "dsmtpd_http_received_bytes", "Octets of bodies.", "", http->received_octets);
  open_metrics_add_counter(metrics, "dsmtpd_http_sent_bytes", "Octets of answers.", "", http->sent_octets);
  open_metrics_add_gauge(metrics, "dsmtpd_http_open_connections", "Connections now.", "", http->n_open_connections);
  open_metrics_add_gauge(metrics, "dsmtpd_http_open_streams", "Event streams and WebSockets now.", "",
                         http->n_open_streams);
}

static void add_turned_away(OpenMetrics *metrics, const ApiHost *host) {
  const char *name = "dsmtpd_connections_refused";

  open_metrics_add_counter(metrics, name, "Connections refused because there were too many: SMTP by 421, HTTP by 503.",
                           "server=\"smtp\"", host->smtp->n_turned_away);
  open_metrics_add_counter(metrics, name, NULL, "server=\"http\"", host->http->n_not_taken);
}

static void add_process(OpenMetrics *metrics, const Api *api) {
  guint64 uptime_s = (guint64)((g_get_monotonic_time() - api->start_us) / G_USEC_PER_SEC);

  open_metrics_add_gauge(metrics, "dsmtpd_uptime_seconds", "Time since the start.", "", uptime_s);
  open_metrics_add_gauge(metrics, "process_resident_memory_bytes", "Memory in use.", "", process_memory_bytes());
}

static void get_metrics(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  const char *accept = http_request_header(request, "Accept");
  gboolean is_open = accept && strstr(accept, "application/openmetrics-text");
  OpenMetrics metrics = {.text = g_string_sized_new(8192), .is_open = is_open};
  const InboxStats stats = inbox_stats(api->inbox);

  add_mails(&metrics, &stats);
  add_intake(&metrics, &stats.intake);
  add_smtp(&metrics, api->host->smtp);
  add_http(&metrics, api->host->http);
  add_turned_away(&metrics, api->host);
  add_process(&metrics, api);
  open_metrics_end(&metrics);
  g_autoptr(GBytes) octets = g_string_free_to_bytes(metrics.text);
  http_request_answer(request,
                      http_response_octets(200,
                                           is_open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                   : "text/plain; version=0.0.4; charset=utf-8",
                                           octets));
}

const HttpRoute api_metrics_routes[] = {
    {.method = "GET", .pattern = "/metrics", .handler = get_metrics},
    {.pattern = NULL},
};
