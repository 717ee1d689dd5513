/* Checks of a message that ask other servers: SpamAssassin's, and those its links lead to. None is asked unless the
 * owner of this one switched that on. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "message/links.h"
#include "message/list_unsubscribe.h"
#include "message/text_urls.h"
#include "outward/link_check.h"
#include "outward/spamd.h"
#include <string.h>

enum { CHECKS_OF_LINKS_MAX = 4 };

/* A check under way. */
typedef struct Asking {
  Api *api;
  HttpRequest *request;
  SpamdCheck *spamd; /* NULL: not, or not yet */
  LinkCheck *links;  /* NULL: not, or not yet */
} Asking;

static void finish(Asking *asking, HttpResponse *response) {
  g_ptr_array_remove_fast(asking->api->askings, asking);
  http_request_answer(asking->request, response);
  g_free(asking);
}

/* The client goes, or the server stops. */
static void end(Asking *asking) {
  spamd_check_cancel(asking->spamd);
  link_check_cancel(asking->links);
  finish(asking, http_response_error(503, "the server is stopping"));
}

static void cancelled_cb(gpointer user_data) {
  end(user_data);
}

void api_end_askings(Api *api) {
  for (guint i = api->askings->len; i > 0; i--)
    end(g_ptr_array_index(api->askings, i - 1));
}

/* NULL: the server stops, and the request is answered. */
static Asking *begin(Api *api, HttpRequest *request) {
  if (api->is_ending) {
    http_request_answer(request, http_response_error(503, "the server is stopping"));
    return NULL;
  }
  Asking *asking = g_new0(Asking, 1);
  asking->api = api;
  asking->request = request;
  g_ptr_array_add(api->askings, asking);
  http_request_on_cancel(request, cancelled_cb, asking);
  return asking;
}

/* --- SpamAssassin */

static json_t *json_rules(const GPtrArray *rules) {
  json_t *array = json_array();

  for (guint i = 0; i < rules->len; i++) {
    const SpamdRule *rule = g_ptr_array_index(rules, i);
    json_t *object = json_object();
    json_object_set_new(object, "Description", json_text(rule->description));
    json_object_set_new(object, "Name", json_text(rule->name));
    json_object_set_new(object, "Score", json_real(rule->score));
    json_array_append_new(array, object);
  }
  return array;
}

/* Mailpit's clients look for what went wrong in an answer that is a good one otherwise. */
static HttpResponse *make_opinion(const HttpRequest *request, const SpamdAnswer *answer, const GError *error) {
  json_t *object = json_object();

  json_object_set_new(object, "Error", json_text(error ? error->message : ""));
  json_object_set_new(object, "IsSpam", json_boolean(answer && answer->is_spam));
  json_object_set_new(object, "Rules", answer ? json_rules(answer->rules) : json_array());
  json_object_set_new(object, "Score", json_real(answer ? answer->score : 0));
  return api_json_response(http_request_budget(request), 200, object);
}

static void checked_cb(const SpamdAnswer *answer, const GError *error, gpointer user_data) {
  Asking *asking = user_data;

  finish(asking, make_opinion(asking->request, answer, error));
}

static gpointer take_bytes(const ApiMail *mail, const ApiRead *read) {
  return g_bytes_ref(mail->bytes);
}

static void ask_spamd(Api *api, HttpRequest *request, gpointer taken) {
  g_autoptr(GBytes) bytes = taken;
  g_autoptr(GError) error = NULL;
  Asking *asking = begin(api, request);

  if (!asking)
    return;
  asking->spamd = spamd_check(api->host->spamd, bytes, checked_cb, asking, &error);
  if (error)
    finish(asking, make_opinion(asking->request, NULL, error));
}

/* The message is looked for, for one that is not there is another mistake of the client's. */
static HttpResponse *make_no_spamd(const ApiMail *mail, const ApiRead *read) {
  return http_response_error(400,
                             "SpamAssassin is not enabled: start dsmtpd with --spamd, as in --spamd=127.0.0.1:783");
}

static void get_sa_check(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;

  if (api->host->spamd)
    api_read(api, request, &(ApiRead){.take = take_bytes, .go_on = ask_spamd});
  else
    api_read(api, request, &(ApiRead){.make = make_no_spamd});
}

/* --- links */

static const char switched_off[] = "link checking is off; start dsmtpd with --fetch-links=ask, public or any";
static const char no_consent[] = "each check needs consent: POST with consent=true";
static const char perhaps_foreign[] = "a page of another site may have led here; use POST";
static const char may_unsubscribe[] = "it may unsubscribe; unsubscribe=true requests it too";

/* What api_read() calls `flags`. */
enum {
  LINKS_ARE_ASKED = 1 << 0,
  LINKS_FOLLOW = 1 << 1,
  LINKS_UNSUBSCRIBE = 1 << 2,
  LINKS_ARE_OFF = 1 << 3,
  LINKS_LACK_CONSENT = 1 << 4
};

typedef struct LinksTaken {
  GPtrArray *links; /* CheckedLink */
  gboolean follows;
} LinksTaken;

static gboolean has_word(const char *text, const char *word) {
  g_autofree char *lower = g_ascii_strdown(text, -1);

  return strstr(lower, word) != NULL;
}

/* What a mail program would be given for it, or what says so itself. */
static gboolean unsubscribes(const MessageLink *link, const ListUnsubscribe *unsubscribe) {
  return g_ptr_array_find_with_equal_func(unsubscribe->links, link->url, g_str_equal, NULL) ||
         has_word(link->url, "unsubscribe") || has_word(link->text, "unsubscribe");
}

static const char *why_not(const MessageLink *link, const ListUnsubscribe *unsubscribe, guint flags) {
  if (flags & LINKS_ARE_OFF)
    return switched_off;
  if (flags & LINKS_LACK_CONSENT)
    return no_consent;
  if (!(flags & LINKS_ARE_ASKED))
    return perhaps_foreign;
  return !(flags & LINKS_UNSUBSCRIBE) && unsubscribes(link, unsubscribe) ? may_unsubscribe : NULL;
}

/* Two links to places on one page ask for the same, but are told of by themselves. */
static gpointer take_links(const ApiMail *mail, const ApiRead *read) {
  g_autoptr(GPtrArray) found = message_links(mail->message);
  g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(mail->message);
  LinksTaken *taken = g_new0(LinksTaken, 1);

  taken->links = checked_links_new();
  taken->follows = (read->flags & LINKS_FOLLOW) != 0;
  for (guint i = 0; i < found->len; i++) {
    const MessageLink *link = g_ptr_array_index(found, i);
    if (!url_is_web(link->url)) /* mailto:, tel:, links into an app */
      continue;
    CheckedLink *checked = checked_links_add(taken->links, link->url);
    const char *why = why_not(link, unsubscribe, read->flags);
    if (why)
      checked_link_skip(checked, why);
  }
  return taken;
}

static gboolean is_wrong(const CheckedLink *link) {
  return !link->is_skipped && (link->status == 0 || link->status >= 400);
}

static HttpResponse *make_links(const HttpRequest *request, const GPtrArray *links) {
  json_t *object = json_object();
  json_t *array = json_array();
  guint n_wrong = 0;

  for (guint i = 0; i < links->len; i++) {
    const CheckedLink *link = g_ptr_array_index(links, i);
    json_t *told = json_object();
    json_object_set_new(told, "URL", json_text(link->url));
    json_object_set_new(told, "StatusCode", json_integer(link->status));
    json_object_set_new(told, "Status", json_text(link->text));
    json_array_append_new(array, told);
    n_wrong += is_wrong(link);
  }
  json_object_set_new(object, "Errors", json_integer(n_wrong));
  json_object_set_new(object, "Links", array);
  return api_json_response(http_request_budget(request), 200, object);
}

static void links_checked_cb(const GPtrArray *links, gpointer user_data) {
  Asking *asking = user_data;

  finish(asking, make_links(asking->request, links));
}

static guint count_link_checks(const Api *api) {
  guint n_checks = 0;

  for (guint i = 0; i < api->askings->len; i++)
    n_checks += ((const Asking *)g_ptr_array_index(api->askings, i))->links != NULL;
  return n_checks;
}

static void ask_links(Api *api, HttpRequest *request, gpointer data) {
  g_autofree LinksTaken *taken = data;
  g_autoptr(GPtrArray) links = taken->links;

  if (!api->host->link_fetcher) {
    http_request_answer(request, make_links(request, links));
    return;
  }
  if (count_link_checks(api) >= CHECKS_OF_LINKS_MAX) {
    http_request_answer(request,
                        http_response_error(503, "the links of %d messages are being checked already; try again later",
                                            CHECKS_OF_LINKS_MAX));
    return;
  }
  Asking *asking = begin(api, request);
  if (asking)
    asking->links =
        link_check(api->host->link_fetcher, links, taken->follows, LINK_CHECK_TIMEOUT_MS, links_checked_cb, asking);
}

/* A page of another site can lead a browser to any address by GET, and http/gate.h lets that in, for reading does no
 * harm; but here it would make this server ask others. Its own pages and what the user typed are told by the browser,
 * but over plain HTTP only on this machine. Elsewhere browsers are known by their name, which no page can change. */
static gboolean is_surely_ours(const HttpRequest *request) {
  const char *site = http_request_header(request, "Sec-Fetch-Site");
  const char *agent = http_request_header(request, "User-Agent");

  if (strcmp(http_request_method(request), "HEAD") == 0)
    return FALSE; /* so that a link to here does not lead on to itself */
  if (strcmp(http_request_method(request), "POST") == 0 || http_request_header(request, "Origin"))
    return TRUE; /* which the gate has looked at */
  if (site)
    return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
  return !agent || !strstr(agent, "Mozilla/");
}

/* Only a POST can: what leads to a GET is a link, and nobody consents to where a link leads before seeing it. Pages of
 * other sites cannot POST here (http/gate.h). */
static gboolean consents(const HttpRequest *request) {
  return strcmp(http_request_method(request), "POST") == 0 && api_query_flag(request, "consent");
}

static void check_links(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  guint flags = (api->host->link_fetcher ? 0 : LINKS_ARE_OFF) | (is_surely_ours(request) ? LINKS_ARE_ASKED : 0) |
                (api_query_flag(request, "follow") ? LINKS_FOLLOW : 0) |
                (api_query_flag(request, "unsubscribe") ? LINKS_UNSUBSCRIBE : 0) |
                (api->host->fetching_needs_consent && !consents(request) ? LINKS_LACK_CONSENT : 0);

  api_read(api, request,
           &(ApiRead){
               .take = take_links, .cost = api_cost_of_links, .go_on = ask_links, .flags = flags, .marks_read = TRUE});
}

const HttpRoute api_outward_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/link-check", .handler = check_links},
    {.method = "POST", .pattern = "/api/v1/message/{id}/link-check", .handler = check_links},
    {.method = "GET", .pattern = "/api/v1/message/{id}/sa-check", .handler = get_sa_check},
    {.pattern = NULL},
};
