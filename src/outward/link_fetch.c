#include "outward/link_fetch.h"
#include "http/client.h"
#include "http/status.h"
#include "net/dial.h"
#include "net/reach.h"
#include "syntax/web_url.h"
#include "tls/client.h"
#include <unistd.h>

struct LinkFetcher {
  struct event_base *base;
  NetResolver *resolver;
  LinkReach reach;
  guint timeout_ms;
  SSL_CTX *trust;
};

struct LinkFetch {
  LinkFetcher *fetcher;
  gboolean follows;
  LinkFetched fetched;
  gpointer user_data;
  struct event *timer; /* for the whole */
  struct event *step;  /* what the last answer leads to: a client must not be freed in its callbacks */
  WebUrl url;          /* that is being asked for */
  gboolean had_login;  /* that URL, or one that led here */
  const char *method;
  guint n_redirections;
  NetDial *dial;
  HttpClient *client;
  guint status;   /* of the last answer; 0: none */
  char *location; /* where it leads; NULL: nowhere */
  char *problem;  /* why there is no answer; NULL: there is one, or not yet */
};

LinkFetcher *link_fetcher_new(struct event_base *base, NetResolver *resolver, LinkReach reach, guint timeout_ms,
                              GError **error) {
  SSL_CTX *trust = tls_client_trust_new(NULL, error);

  if (!trust)
    return NULL;
  LinkFetcher *fetcher = g_new0(LinkFetcher, 1);
  *fetcher =
      (LinkFetcher){.base = base, .resolver = resolver, .reach = reach, .timeout_ms = timeout_ms, .trust = trust};
  return fetcher;
}

void link_fetcher_free(LinkFetcher *fetcher) {
  if (!fetcher)
    return;
  SSL_CTX_free(fetcher->trust);
  g_free(fetcher);
}

struct event_base *link_fetcher_base(const LinkFetcher *fetcher) {
  return fetcher->base;
}

LinkReach link_fetcher_reach(const LinkFetcher *fetcher) {
  return fetcher->reach;
}

/* --- the end */

static void disconnect(LinkFetch *fetch) {
  net_dial_cancel(g_steal_pointer(&fetch->dial));
  g_clear_pointer(&fetch->client, http_client_free);
}

void link_fetch_cancel(LinkFetch *fetch) {
  if (!fetch)
    return;
  disconnect(fetch);
  event_free(fetch->timer);
  event_free(fetch->step);
  web_url_clear(&fetch->url);
  g_free(fetch->location);
  g_free(fetch->problem);
  g_free(fetch);
}

static void finish(LinkFetch *fetch) {
  const char *text = fetch->problem ? fetch->problem : http_status_reason(fetch->status);
  g_autofree char *whole = g_strconcat(text, fetch->had_login ? "; requested without the login in the URL" : "", NULL);

  fetch->fetched(fetch->problem ? 0 : fetch->status, whole, fetch->user_data);
  link_fetch_cancel(fetch);
}

/* From the loop, after what is going on now. */
static void go_on_soon(LinkFetch *fetch) {
  event_active(fetch->step, EV_TIMEOUT, 0);
}

static void set_problem(LinkFetch *fetch, const char *text) {
  if (!fetch->problem && fetch->status == 0)
    fetch->problem = g_strdup(text);
  go_on_soon(fetch);
}

/* --- one answer */

static void headed_cb(const HttpHead *head, gpointer user_data) {
  LinkFetch *fetch = user_data;

  fetch->status = head->status;
  fetch->location = g_strdup(http_head_header(head, "Location"));
  go_on_soon(fetch);
}

static void came_cb(const char *bytes, gsize len, gpointer user_data) {}

static void ended_cb(const GError *error, gpointer user_data) {
  if (error)
    set_problem(user_data, error->message);
}

static const HttpClientEvents client_events = {.headed = headed_cb, .came = came_cb, .ended = ended_cb};

static gboolean may_cb(const NetAddress *address, gpointer user_data, GError **error) {
  const LinkFetch *fetch = user_data;
  const char *kind = net_reach_kind(address);

  if (fetch->fetcher->reach == LINK_REACH_ANY || !kind)
    return TRUE;
  g_autofree char *host = net_address_host(address);
  g_set_error(error, NET_ERROR, NET_ERROR_ADDRESS, "not fetched: %s is at %s, %s address; --fetch-links=any allows it",
              fetch->url.host.name, host ? host : "none", kind);
  return FALSE;
}

static void dialed_cb(int fd, const GError *error, gpointer user_data) {
  LinkFetch *fetch = user_data;
  const WebUrl *url = &fetch->url;
  g_autoptr(GError) tls_error = NULL;
  SSL *ssl = NULL;

  fetch->dial = NULL;
  if (fd >= 0 && url->is_https)
    ssl = tls_client_connect(fetch->fetcher->trust, url->host.name, &tls_error);
  if (fd < 0 || tls_error) {
    if (fd >= 0)
      close(fd);
    set_problem(fetch, tls_error ? tls_error->message : error->message);
    return;
  }
  fetch->client = http_client_new(fetch->fetcher->base, fd, ssl ? tls_stream_new_client(ssl) : NULL, url->authority,
                                  NULL, &client_events, fetch);
  http_client_ask(
      fetch->client,
      &(HttpQuestion){.method = fetch->method, .target = url->target, .patience_ms = fetch->fetcher->timeout_ms});
}

static const NetDialEvents dial_events = {.may = may_cb, .dialed = dialed_cb};

static void ask(LinkFetch *fetch, const char *method) {
  const WebUrl *url = &fetch->url;

  fetch->method = method;
  fetch->status = 0;
  g_clear_pointer(&fetch->location, g_free);
  if (fetch->fetcher->reach == LINK_REACH_PUBLIC && http_host_is_loopback(&url->host)) {
    g_autofree char *text =
        g_strdup_printf("not fetched: %s is this machine; --fetch-links=any allows it", url->host.name);
    set_problem(fetch, text);
    return;
  }
  fetch->dial =
      net_dial(fetch->fetcher->resolver, fetch->fetcher->base, url->host.name, url->host.port, &dial_events, fetch);
}

/* --- where it leads */

static gboolean is_redirection(const LinkFetch *fetch) {
  static const guint statuses[] = {301, 302, 303, 307, 308};

  for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
    if (fetch->status == statuses[i])
      return fetch->location != NULL;
  return FALSE;
}

static void redirect(LinkFetch *fetch) {
  g_autofree char *location = g_steal_pointer(&fetch->location);
  g_autoptr(GError) error = NULL;
  WebUrl next;

  if (++fetch->n_redirections > LINK_FETCH_REDIRECTIONS_MAX) {
    fetch->problem = g_strdup_printf("more than %d redirections", LINK_FETCH_REDIRECTIONS_MAX);
    finish(fetch);
    return;
  }
  if (!web_url_parse(location, &fetch->url, &next, &error)) {
    fetch->problem = g_strdup_printf("invalid redirection: %s", error->message);
    finish(fetch);
    return;
  }
  web_url_clear(&fetch->url);
  fetch->url = next;
  fetch->had_login = fetch->had_login || next.had_login;
  ask(fetch, "HEAD");
}

static void step_cb(evutil_socket_t fd, short what, void *user_data) {
  LinkFetch *fetch = user_data;
  gboolean is_head = fetch->method && *fetch->method == 'H';

  disconnect(fetch);
  if (!fetch->problem && is_head && (fetch->status == 405 || fetch->status == 501))
    ask(fetch, "GET");
  else if (!fetch->problem && fetch->follows && is_redirection(fetch))
    redirect(fetch);
  else
    finish(fetch);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  LinkFetch *fetch = user_data;

  disconnect(fetch);
  g_free(fetch->problem);
  fetch->problem = g_strdup_printf("no answer within %u s", (fetch->fetcher->timeout_ms + 999) / 1000);
  finish(fetch);
}

LinkFetch *link_fetch(LinkFetcher *fetcher, const char *url, gboolean follows, LinkFetched fetched,
                      gpointer user_data) {
  const struct timeval patience = {.tv_sec = fetcher->timeout_ms / 1000, .tv_usec = fetcher->timeout_ms % 1000 * 1000};
  LinkFetch *fetch = g_new0(LinkFetch, 1);
  g_autoptr(GError) error = NULL;

  *fetch = (LinkFetch){.fetcher = fetcher, .follows = follows, .fetched = fetched, .user_data = user_data};
  fetch->timer = evtimer_new(fetcher->base, timer_cb, fetch);
  fetch->step = evtimer_new(fetcher->base, step_cb, fetch);
  event_add(fetch->timer, &patience);
  if (web_url_parse(url, NULL, &fetch->url, &error)) {
    fetch->had_login = fetch->url.had_login;
    ask(fetch, "HEAD");
  } else {
    g_autofree char *text = g_strdup_printf("not fetched: %s", error->message);
    set_problem(fetch, text);
  }
  return fetch;
}
