#pragma once
/* The HTTP API: what programs can ask of the inbox, and change in it.
 *
 * Owns: what requests under way need; up to two threads, which print lists and make messages. Inbox and host are lent.
 * Thread: the loop thread.
 * Errors: become answers (docs/api.md).
 * Units and limits: those of inbox/inbox.h and of each route.
 * Source: docs/api.md; the routes and names of Mailpit's API v1. */
#include "base/job.h"
#include "http/access.h"
#include "http/routes.h"
#include "inbox/inbox.h"
#include "intake/intake.h"
#include "origin/dns_records.h"
#include "outward/link_fetch.h"
#include "outward/spamd.h"

typedef struct Api Api;

/* Where messages are taken by SMTP, for whoever asks how to send one. */
typedef struct ApiSmtpListener {
  char *host;           /* an IP address, or the path of a unix socket */
  guint port;           /* 0: a unix socket */
  const char *security; /* "none", "starttls", "tls" */
} ApiSmtpListener;

/* An inbox that a server of this user has open now. */
typedef struct ApiInbox {
  char *maildir;       /* its real path */
  char *url;           /* of its page, with a slash at the end; NULL: none that a browser could open */
  gboolean is_current; /* it is this server's */
} ApiInbox;

/* NULL is fine. */
void api_inbox_free(ApiInbox *inbox);

/* The program around the API. */
typedef struct ApiHost {
  Intake *intake; /* into the inbox */
  const HttpCounters *http;
  GArray *smtp_listeners;    /* ApiSmtpListener */
  gboolean ignores_x_tags;   /* the inbox reads no tags out of X-Tags */
  DnsRecords *dns_records;   /* by which senders are checked; may be put in place of another at any time; NULL: none */
  LinkFetcher *link_fetcher; /* NULL: no link is fetched */
  gboolean fetching_needs_consent;
  Spamd *spamd; /* NULL: nobody is asked what SpamAssassin thinks */
  /* This inbox, and those of other servers if they are asked for: ApiInbox, of the caller. Called on any thread. NULL:
   * there is none but for the program itself. */
  GPtrArray *(*list_inboxes)(gboolean with_others, gpointer user_data);
  gpointer list_inboxes_data;
} ApiHost;

/* `queue` is for what helper threads report, `host` is lent. */
Api *api_new(LoopQueue *queue, const ApiHost *host);

/* Adds all routes. */
void api_add_routes(Api *api, HttpRoutes *routes);

/* From now on requests are answered from this inbox, which is lent until api_close(). */
void api_start(Api *api, Inbox *inbox);

/* Answers those who wait for messages or other servers: the server is about to stop. */
void api_end(Api *api);

/* Ends what is under way, and frees the API when all of that has ended. To be called after the end of the HTTP server
 * and before that of the inbox; the host must outlive the queue. NULL is fine. */
void api_close(Api *api);
