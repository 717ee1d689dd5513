/* Checks of a mail that ask another server: SpamAssassin's. Only what the server's owner switched on is asked. */
#include "api/api_private.h"
#include "outward/spamd.h"

/* A check under way. */
typedef struct Asking {
  Api *api;
  HttpRequest *request;
  SpamdCheck *spamd; /* NULL: not yet */
} Asking;

static void finish(Asking *asking, HttpResponse *response) {
  g_ptr_array_remove_fast(asking->api->askings, asking);
  http_request_answer(asking->request, response);
  g_free(asking);
}

/* The client goes, or the server stops. */
static void end(Asking *asking) {
  spamd_check_cancel(asking->spamd);
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
static HttpResponse *make_opinion(const SpamdAnswer *answer, const GError *error) {
  json_t *object = json_object();

  json_object_set_new(object, "Error", json_text(error ? error->message : ""));
  json_object_set_new(object, "IsSpam", json_boolean(answer && answer->is_spam));
  json_object_set_new(object, "Rules", answer ? json_rules(answer->rules) : json_array());
  json_object_set_new(object, "Score", json_real(answer ? answer->score : 0));
  return api_json_response(200, object);
}

static void checked_cb(const SpamdAnswer *answer, const GError *error, gpointer user_data) {
  finish(user_data, make_opinion(answer, error));
}

static gpointer take_octets(const ApiMail *mail, const ApiRead *read) {
  return g_bytes_ref(mail->octets);
}

static void ask_spamd(Api *api, HttpRequest *request, gpointer taken) {
  g_autoptr(GBytes) octets = taken;
  g_autoptr(GError) error = NULL;
  Asking *asking = begin(api, request);

  if (!asking)
    return;
  asking->spamd = spamd_check(api->host->spamd, octets, checked_cb, asking, &error);
  if (error)
    finish(asking, make_opinion(NULL, error));
}

/* The mail is looked for, for one that is not there is another mistake of the client's. */
static HttpResponse *make_no_spamd(const ApiMail *mail, const ApiRead *read) {
  return http_response_error(400,
                             "SpamAssassin is not enabled: start dsmtpd with --spamd, as in --spamd=127.0.0.1:783");
}

static void get_sa_check(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;

  if (api->host->spamd)
    api_read(api, request, &(ApiRead){.take = take_octets, .go_on = ask_spamd});
  else
    api_read(api, request, &(ApiRead){.make = make_no_spamd});
}

const HttpRoute api_outward_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/sa-check", .handler = get_sa_check},
    {.pattern = NULL},
};
