#include "http/gate.h"
#include <string.h>

struct HttpGate {
  GPtrArray *names; /* char *, for http_host_matches() */
  GArray *origins;  /* HttpHost */
  gboolean any_origin;
  gboolean any_address; /* some listener accepts connections to every address of this machine */
};

HttpGate *http_gate_new(const char *const *hosts, const char *const *origins) {
  HttpGate *gate = g_new0(HttpGate, 1);

  gate->names = g_ptr_array_new_with_free_func(g_free);
  gate->origins = g_array_new(FALSE, FALSE, sizeof(HttpHost));
  for (; hosts && *hosts; hosts++)
    g_ptr_array_add(gate->names, g_strdup(*hosts));
  for (; origins && *origins; origins++) {
    HttpHost origin;
    if (http_origin_parse(*origins, &origin))
      g_array_append_val(gate->origins, origin);
    else
      gate->any_origin = gate->any_origin || strcmp(*origins, "*") == 0;
  }
  return gate;
}

void http_gate_free(HttpGate *gate) {
  if (!gate)
    return;
  g_ptr_array_unref(gate->names);
  g_array_unref(gate->origins);
  g_free(gate);
}

/* The names that a network without public DNS gives this machine: containers, Kubernetes, one's own network. */
static void add_network_names(HttpGate *gate) {
  static const char *const below[] = {"*.internal", "*.svc", "*.cluster.local"};
  const char *own = g_get_host_name();

  for (gsize i = 0; i < G_N_ELEMENTS(below); i++)
    g_ptr_array_add(gate->names, g_strdup(below[i]));
  g_ptr_array_add(gate->names, strchr(own, '.') ? g_strdup(own) : g_strconcat(own, ".local", NULL));
}

void http_gate_add_address(HttpGate *gate, const NetAddress *address) {
  g_autofree char *name = net_address_format(address);
  HttpHost host;

  if (!http_host_parse(name, strlen(name), &host))
    return; /* a unix socket */
  if (!net_address_is_any(address)) {
    g_ptr_array_add(gate->names, g_strdup(host.name));
  } else if (!gate->any_address) {
    gate->any_address = TRUE;
    add_network_names(gate);
  }
}

/* Nobody can register a name without a dot, so the owner of a web page has none that could point here. */
static gboolean has_no_domain(const HttpHost *host) {
  return host->kind == HTTP_HOST_NAME && !strchr(host->name, '.');
}

/* A page whose owner lets its name point at this machine (DNS rebinding) has that name in Host. An address cannot be
 * made to point elsewhere, so a listener on all addresses allows every address. Ports do not matter: they change on the
 * way through containers and tunnels. */
static gboolean is_ours(const HttpGate *gate, const HttpHead *head, const NetAddress *local) {
  const HttpHost *host = &head->host;

  if (host->name[0] == '\0' || net_address_path(local) || http_host_is_loopback(host))
    return TRUE;
  if (gate->any_address && (host->kind != HTTP_HOST_NAME || has_no_domain(host)))
    return TRUE;
  for (guint i = 0; i < gate->names->len; i++)
    if (http_host_matches(host, g_ptr_array_index(gate->names, i)))
      return TRUE;
  return FALSE;
}

/* http_origin_parse() puts in the port of the scheme; which scheme Host was sent by is not known behind a proxy. */
static gboolean is_same(const HttpHost *origin, const HttpHost *host) {
  gboolean default_port = origin->port == 80 || origin->port == 443;

  return strcmp(origin->name, host->name) == 0 && (host->port == 0 ? default_port : origin->port == host->port);
}

static gboolean is_allowed(const HttpGate *gate, const HttpHost *origin) {
  for (guint i = 0; i < gate->origins->len; i++) {
    const HttpHost *allowed = &g_array_index(gate->origins, HttpHost, i);
    if (strcmp(allowed->name, origin->name) == 0 && allowed->port == origin->port)
      return TRUE;
  }
  return gate->any_origin;
}

/* Requests that a browser makes without Origin: pictures and frames of other pages. Following a link is fine. */
static gboolean is_embedding(const HttpHead *head) {
  const char *site = http_head_header(head, "Sec-Fetch-Site");

  if (!site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0)
    return FALSE;
  return strcmp(head->method, "GET") != 0 || g_strcmp0(http_head_header(head, "Sec-Fetch-Mode"), "navigate") != 0 ||
         g_strcmp0(http_head_header(head, "Sec-Fetch-Dest"), "document") != 0;
}

/* Which page asks? TRUE: one of ours, or one that may; *out_allow_origin is set for the latter. */
static gboolean is_welcome(const HttpGate *gate, const HttpHead *head, const char **out_allow_origin) {
  const char *text = http_head_header(head, "Origin");
  HttpHost origin;

  if (!text)
    return !is_embedding(head);
  if (http_head_count(head, "Origin") > 1 || !http_origin_parse(text, &origin))
    return FALSE;
  if (!is_allowed(gate, &origin))
    return is_same(&origin, &head->host);
  *out_allow_origin = text;
  return TRUE;
}

HttpVerdict http_gate_check(const HttpGate *gate, const HttpHead *head, const NetAddress *local, gboolean is_public) {
  static const HttpRejection not_ours = {
      403, "host name not allowed; allow it with --http-host (protection against DNS rebinding)"};
  static const HttpRejection foreign = {403, "pages of other sites may not use this server; allow a site with --cors"};
  HttpVerdict verdict = {0};

  if (!is_ours(gate, head, local))
    verdict.rejection = not_ours;
  else if (!is_public && !is_welcome(gate, head, &verdict.allow_origin))
    verdict.rejection = foreign;
  return verdict;
}
