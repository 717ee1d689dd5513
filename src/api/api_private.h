#pragma once
/* Between the files of api/: what they share, and the table of routes each has.
 *
 * Owns: an Api its strand, its hubs of events, and the waits and checks under way. Inbox and host are borrowed.
 * Thread: the loop thread, unless it says otherwise.
 * Source: docs/api.md. */
#include "api/api.h"
#include "api/json.h"
#include "api/stored_mail.h"
#include "http/response.h"

typedef struct ApiEvents ApiEvents;
typedef struct ApiMailhogEvents ApiMailhogEvents;
typedef struct ApiSse ApiSse;
typedef struct ApiWait ApiWait;

struct Api {
  Inbox *inbox; /* NULL: before api_start(), behind api_close() */
  LoopQueue *queue;
  const ApiHost *host;
  Strand *printers;
  gint64 start_us; /* monotonic */
  int memory_fd;   /* process_memory_open() */
  guint64 n_deleted;
  ApiEvents *events;
  ApiSse *sse;
  ApiMailhogEvents *mailhog_events;
  GPtrArray *waits;     /* ApiWait * */
  GPtrArray *askings;   /* checks that ask another server (api_outward.c) */
  gboolean is_ending;   /* what asks for long is not begun any more */
  guint n_mail_streams; /* answers under way */
  guint n_open;         /* who may still call: the inbox, the printers */
};

/* Tables of rows, ended by one without a pattern; the handlers' data is the Api. */
extern const HttpRoute api_checks_routes[];
extern const HttpRoute api_events_routes[];
extern const HttpRoute api_export_routes[];
extern const HttpRoute api_extract_routes[];
extern const HttpRoute api_inboxes_routes[];
extern const HttpRoute api_info_routes[];
extern const HttpRoute api_list_routes[];
extern const HttpRoute api_mailhog_events_routes[];
extern const HttpRoute api_mailhog_routes[];
extern const HttpRoute api_mark_routes[];
extern const HttpRoute api_message_routes[];
extern const HttpRoute api_metrics_routes[];
extern const HttpRoute api_openapi_routes[];
extern const HttpRoute api_outward_routes[];
extern const HttpRoute api_put_routes[];
extern const HttpRoute api_send_routes[];
extern const HttpRoute api_session_routes[];
extern const HttpRoute api_sse_routes[];
extern const HttpRoute api_tags_routes[];
extern const HttpRoute api_recipients_routes[];
extern const HttpRoute api_thread_routes[];
extern const HttpRoute api_view_routes[];
extern const HttpRoute api_wait_routes[];

/* All of them; NULL ends. */
extern const HttpRoute *const api_tables[];

/* --- answers */

/* Makes the response on another thread, and answers with it. The budget is the request's. `make` also frees the data.
 */
typedef HttpResponse *(*ApiMakeFunc)(HttpBudget *budget, gpointer data);
void api_answer_later(Api *api, HttpRequest *request, ApiMakeFunc make, gpointer data);

/* Answers with what `make` makes of what it asks, all on a reader's thread: NULL with an error where a function of the
 * reader failed. It may be run again then. `free` (may be NULL) frees the data. */
typedef HttpResponse *(*ApiAskFunc)(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error);
void api_ask(Api *api, HttpRequest *request, InboxLane lane, ApiAskFunc make, gpointer data, GDestroyNotify free);

/* For a request that is abandoned, in place of what would take long to make: nobody hears it. */
HttpResponse *api_abandoned_response(void);

/* 400 with the error's message. */
void api_answer_bad(HttpRequest *request, const GError *error);

/* What went wrong in the inbox: 404, 507 or 500. */
HttpResponse *api_error_response(const GError *error);

/* With the value, which is taken, counted in the budget; 503 when there is no room for it now, 507 when there never is.
 * On any thread. */
HttpResponse *api_json_response(HttpBudget *budget, guint status, json_t *value);

/* For something that takes so many bytes and for which there was no room: 503 when there may be later, else 507. */
HttpResponse *api_no_room(HttpBudget *budget, guint64 n_bytes);
void api_answer_json(HttpRequest *request, json_t *value);

/* Which messages a body means: IDs, or a Search; neither: all, and the selection stays empty. */
gboolean api_selection_read(const HttpRequest *request, const json_t *body, InboxSelection *out_selection,
                            GError **error);

/* For inbox calls that change something, with the request as their data: "ok", or what went wrong. */
void api_answer_changed(guint64 n_changed, const GError *error, gpointer request);

/* Deletes, counts, and answers with `done` (static), "ok" but for MailHog's clients. Takes the selection. */
void api_delete(Api *api, HttpRequest *request, InboxSelection selection, const char *done);

/* --- storing a message */

/* A message to be stored, in the stored form (LF line ends). */
typedef struct ApiDelivery {
  Envelope *envelope;
  GBytes *bytes;
  char *bare_lf;      /* as smtp_data_bare_lf() gives it; NULL: none */
  char *subject;      /* for the log */
  char *asker;        /* who puts it in, where the envelope names another; NULL */
  guint64 size_bytes; /* as it came */
} ApiDelivery;

void api_delivery_clear(ApiDelivery *delivery);

/* Whether a message with this envelope is accepted now. */
IntakeVerdict api_delivery_judge(const Api *api, const Envelope *envelope);

/* Passes it to intake, and is lent until `stored`. */
void api_deliver(Api *api, const ApiDelivery *mail, IntakeStored stored, gpointer user_data);

/* HTTP's status for a verdict. */
guint api_status_of(const IntakeVerdict *verdict);

/* An envelope for a message that whoever asks puts in. */
Envelope *api_envelope_new(const HttpRequest *request);

/* Answers those who wait for messages. */
void api_end_waits(Api *api);

/* Answers those who wait for another server's opinion. */
void api_end_askings(Api *api);

/* --- live events: whoever listens, and what they share. Clients may still be there when it is freed. NULL is fine */

ApiEvents *api_events_new(Api *api);
void api_events_free(ApiEvents *events);

ApiSse *api_sse_new(Api *api);
void api_sse_free(ApiSse *sse);

ApiMailhogEvents *api_mailhog_events_new(Api *api);
void api_mailhog_events_free(ApiMailhogEvents *hub);

/* --- reading one message */

/* The message that the route's {id} names: without one, or with "latest", the newest, or the newest that `?query=`
 * finds. Every route of one message asks here, so that all of them understand the same names. */
typedef struct ApiNamed {
  char *id;           /* NULL: the newest */
  SearchQuery *query; /* NULL: of all */
} ApiNamed;

void api_named_clear(ApiNamed *named);

typedef struct ApiMail {
  const InboxMail *mail;
  const Envelope *envelope;
  const Message *message;
  GBytes *bytes; /* as they were received, of which `message` is read; counted */
} ApiMail;

typedef struct ApiRead ApiRead;

/* Makes the answer, on a reader thread. What it holds for that is counted before, by api_cost_of() or `cost`; its
 * bytes are then. */
typedef HttpResponse *(*ApiReadFunc)(const ApiMail *mail, const ApiRead *read);
typedef gsize (*ApiCostFunc)(const ApiMail *mail, const ApiRead *read);

/* In place of `make`: the answer is made of the file, without a look at what is in the message. Takes the message. */
typedef HttpResponse *(*ApiFileFunc)(const InboxMail *mail, StoredMail *stored, const ApiRead *read);

/* In place of `make`, when the answer waits for more than the message: takes what it needs out of the message, on a
 * reader thread, then goes on with that on the loop thread. Whoever goes on owns request and what was taken. */
typedef gpointer (*ApiTakeFunc)(const ApiMail *mail, const ApiRead *read);
typedef void (*ApiGoOnFunc)(Api *api, HttpRequest *request, gpointer taken);

struct ApiRead {
  ApiReadFunc make;
  ApiCostFunc cost; /* NULL: api_cost_of() */
  ApiFileFunc make_of_file;
  ApiTakeFunc take;
  ApiGoOnFunc go_on;
  gboolean marks_read; /* whoever asks has read it */
  guint flags;         /* of the maker's own meaning */
  char *part_id;       /* the route's {part}; NULL: it has none */
  char *prefix;        /* before every path of ours */
  DnsRecords *records; /* the host's; NULL: none */
  HttpBudget *budget;  /* the request's */
  HttpCharge *working; /* for what `make` allocates: it may shrink it when it needs less; NULL: none */
  /* private */
  Api *api;
  HttpRequest *request;
  HttpResponse *response; /* NULL: goes on with `taken` */
  gpointer taken;
  ApiNamed named;
  char *id; /* of the message that was read */
  gboolean was_read;
};

/* For a message that stored_mail_read() did not read: 507 when it is too large, else what api_no_room() says. */
HttpResponse *api_unread_response(StoredMail *stored, HttpBudget *budget);

/* The bytes just as they were received, as hostile bytes of this type; many are sent as the client reads. Takes the
 * message. */
HttpResponse *api_raw_response(const char *content_type, StoredMail *stored, HttpBudget *budget);

/* About how much memory it takes to have a message's texts decoded and told in JSON; or all its links. */
gsize api_cost_of(const Message *message);
gsize api_cost_of_links(const ApiMail *mail, const ApiRead *read);

/* FALSE: the query is invalid; the request was answered. The caller clears it. */
gboolean api_read_name(HttpRequest *request, ApiNamed *out_named);

/* api_ask() for work on such a message, whose name is the data. */
void api_ask_named(Api *api, HttpRequest *request, ApiAskFunc make);

/* Answers with what `make` makes of the message that api_read_name() finds. */
void api_read(Api *api, HttpRequest *request, const ApiRead *read);
