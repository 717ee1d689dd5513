/* The server itself: how it is, what it holds, what it can do. */
#include "api/api_private.h"
#include "base/process_memory.h"

static guint64 count_rejections(const IntakeCounters *smtp) {
  guint64 n = 0;

  for (guint i = 0; i < G_N_ELEMENTS(smtp->n_rejected); i++)
    for (guint j = 0; j < INTAKE_SUBJECTS_N; j++)
      n += smtp->n_rejected[i][j];
  return n;
}

static json_t *print_runtime(const Api *api) {
  const IntakeCounters *smtp = intake_counters(api->host->intake, INTAKE_BY_SMTP);
  json_t *object = json_object();

  json_object_set_new(object, "Uptime", json_integer((g_get_monotonic_time() - api->start_us) / G_USEC_PER_SEC));
  json_object_set_new(object, "Memory", json_integer((json_int_t)process_memory_bytes(api->memory_fd)));
  json_object_set_new(object, "MessagesDeleted", json_integer((json_int_t)api->n_deleted));
  json_object_set_new(object, "SMTPAccepted", json_integer((json_int_t)smtp->n_accepted));
  json_object_set_new(object, "SMTPAcceptedSize", json_integer((json_int_t)smtp->accepted_bytes));
  json_object_set_new(object, "SMTPRejected", json_integer((json_int_t)count_rejections(smtp)));
  json_object_set_new(object, "SMTPIgnored", json_integer(0));
  return object;
}

static json_t *print_smtp_listeners(const GArray *listeners) {
  json_t *list = json_array();

  for (guint i = 0; listeners && i < listeners->len; i++) {
    const ApiSmtpListener *listener = &g_array_index(listeners, ApiSmtpListener, i);
    json_t *object = json_object();
    json_object_set_new(object, "Host", json_text(listener->host));
    json_object_set_new(object, "Port", json_integer(listener->port));
    json_object_set_new(object, "Security", json_string(listener->security));
    json_array_append_new(list, object);
  }
  return list;
}

/* The totals are those of all messages before. Takes what the loop knows, and adds to it. */
static HttpResponse *make_info(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error) {
  json_t *object = data;
  g_autoptr(GPtrArray) tags = inbox_reader_tags(reader, error);
  InboxTotals totals;

  if (!tags || !inbox_reader_totals(reader, &totals, error))
    return NULL;
  json_t *counts = json_object();
  for (guint i = 0; i < tags->len; i++) {
    const InboxTag *tag = g_ptr_array_index(tags, i);
    json_object_set_new(counts, tag->name, json_integer((json_int_t)tag->n_messages));
  }
  json_object_set_new(object, "DatabaseSize", json_integer((json_int_t)totals.n_bytes));
  json_object_set_new(object, "Messages", json_integer((json_int_t)totals.n_messages));
  json_object_set_new(object, "Unread", json_integer((json_int_t)totals.n_unread));
  json_object_set_new(object, "Flagged", json_integer((json_int_t)totals.n_flagged));
  json_object_set_new(object, "Tags", counts);
  return api_json_response(budget, 200, json_incref(object));
}

static void object_free(gpointer data) {
  json_decref(data);
}

static void get_info(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  json_t *object = json_object();

  json_object_set_new(object, "Version", json_text(DSMTPD_VERSION));
  json_object_set_new(object, "LatestVersion", json_text("")); /* nobody is asked */
  json_object_set_new(object, "Database", json_text(inbox_place(api->inbox)));
  json_object_set_new(object, "RuntimeStats", print_runtime(api));
  json_object_set_new(object, "SMTPServers", print_smtp_listeners(api->host->smtp_listeners));
  api_ask(api, request, INBOX_LANE_LISTS, make_info, object, object_free);
}

/* As long as the loop turns. */
static void get_livez(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, http_response_text(200, "ok"));
}

/* Why no message is accepted now; NULL: messages are. Borrowed. */
static const char *why_not_ready(const ApiHost *host, const InboxStats *stats) {
  const IntakeQuestion any = {.step = INTAKE_STEP_MAIL};

  return stats->storage_trouble ? stats->storage_trouble : intake_ask(host->intake, &any).text;
}

static json_t *print_intake(const InboxIntake *intake) {
  const char *reason = intake->is_slowed ? inbox_slow_reason_name(intake->reason) : NULL;
  json_t *object = json_object();

  json_object_set_new(object, "Slowed", json_boolean(intake->is_slowed));
  json_object_set_new(object, "Reason", reason ? json_string(reason) : json_null());
  json_object_set_new(object, "Held", json_integer((json_int_t)intake->n_held));
  json_object_set_new(object, "Backlog", json_integer((json_int_t)intake->n_waiting));
  json_object_set_new(object, "BacklogLimit", json_integer((json_int_t)intake->n_waiting_max));
  return object;
}

/* The journal is replayed before anything is served. Slowed intake is no less ready. */
static void get_readyz(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  InboxStats stats = inbox_stats(api->inbox);
  const char *trouble = why_not_ready(api->host, &stats);
  json_t *object = json_object();
  json_t *storage = json_object();
  json_t *index = json_object();

  json_object_set_new(index, "CaughtUp", json_boolean(stats.is_whole && stats.n_waiting == 0));
  json_object_set_new(index, "Waiting", json_integer((json_int_t)stats.n_waiting));
  json_object_set_new(index, "InMemory", json_boolean(stats.is_in_memory));
  json_object_set_new(index, "Trouble", stats.trouble ? json_text(stats.trouble) : json_null());
  json_object_set_new(storage, "Trouble", trouble ? json_text(trouble) : json_null());
  json_object_set_new(object, "Ready", json_boolean(!trouble));
  json_object_set_new(object, "Storage", storage);
  json_object_set_new(object, "Index", index);
  json_object_set_new(object, "Intake", print_intake(&stats.intake));
  http_request_answer(request, api_json_response(http_request_budget(request), trouble ? 503 : 200, object));
}

static const char *fetch_links_of(const Api *api) {
  const LinkFetcher *fetcher = api->host->link_fetcher;

  if (!fetcher)
    return "off";
  if (api->host->fetching_needs_consent)
    return "ask";
  return link_fetcher_reach(fetcher) == LINK_REACH_ANY ? "any" : "public";
}

/* What of Mailpit's there is not here is off. */
static void get_webui(HttpRequest *request, gpointer user_data) {
  const Api *api = user_data;
  static const char *const relay_texts[] = {"SMTPServer",        "ReturnPath",   "AllowedRecipients",
                                            "BlockedRecipients", "OverrideFrom", "RecipientAllowlist"};
  json_t *object = json_object();
  json_t *relay = json_object();

  json_object_set_new(relay, "Enabled", json_false());
  json_object_set_new(relay, "PreserveMessageIDs", json_false());
  for (gsize i = 0; i < G_N_ELEMENTS(relay_texts); i++)
    json_object_set_new(relay, relay_texts[i], json_text(""));
  json_object_set_new(object, "Label", json_text(""));
  json_object_set_new(object, "MessageRelay", relay);
  json_object_set_new(object, "SpamAssassin", json_boolean(api->host->spamd != NULL));
  json_object_set_new(object, "ChaosEnabled", json_false());
  json_object_set_new(object, "DuplicatesIgnored", json_false());
  json_object_set_new(object, "HideDeleteAllButton", json_false());
  json_object_set_new(object, "FetchLinks", json_text(fetch_links_of(api)));
  api_answer_json(request, object);
}

static void chaos(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, http_response_error(400, "Chaos is not enabled: this server does not fail on purpose"));
}

const HttpRoute api_info_routes[] = {
    {.method = "GET", .pattern = "/livez", .handler = get_livez, .flags = HTTP_ROUTE_PUBLIC},
    {.method = "GET", .pattern = "/readyz", .handler = get_readyz, .flags = HTTP_ROUTE_PUBLIC},
    {.method = "GET", .pattern = "/api/v1/info", .handler = get_info},
    {.method = "GET", .pattern = "/api/v1/webui", .handler = get_webui},
    {.method = "GET", .pattern = "/api/v1/chaos", .handler = chaos},
    {.method = "PUT", .pattern = "/api/v1/chaos", .handler = chaos},
    {.pattern = NULL},
};
