#include "app/listen.h"
#include "app/server_file.h"
#include <errno.h>
#include <unistd.h>

struct Listening {
  Log *log;
  const char *state_directory;
  GArray *open; /* Open */
};

/* What some server of this process listens at. */
typedef struct Open {
  const char *service_name;
  const NetAddress *address;
} Open;

/* An address of one of the interfaces. */
typedef struct Wish {
  NetAddress address;
  guint interface; /* its number */
  gboolean covered;
} Wish;

Listening *listening_new(Log *log, const char *state_directory) {
  Listening *listening = g_new0(Listening, 1);

  listening->log = log;
  listening->state_directory = state_directory;
  listening->open = g_array_new(FALSE, FALSE, sizeof(Open));
  return listening;
}

void listening_free(Listening *listening) {
  if (!listening)
    return;
  g_array_unref(listening->open);
  g_free(listening);
}

void listening_add(Listening *listening, const char *service_name, const NetAddress *address) {
  const Open open = {.service_name = service_name, .address = address};

  g_array_append_val(listening->open, open);
}

/* --- which addresses */

static gboolean is_any(const Wish *wish, sa_family_t family) {
  return wish->address.storage.ss_family == family && net_address_is_any(&wish->address);
}

static gboolean has_ip6(void) {
  int probe = socket(AF_INET6, SOCK_STREAM, 0);

  if (probe < 0)
    return errno != EAFNOSUPPORT;
  close(probe);
  return TRUE;
}

/* Whoever gives "::" means all addresses; with 0.0.0.0 next to it, it is those of IPv6. */
static void settle_families(const Listening *listening, GArray *wishes) {
  static const guint8 any[4] = {0};
  gboolean has_any_ip4 = FALSE;

  for (guint i = 0; i < wishes->len; i++)
    has_any_ip4 |= is_any(&g_array_index(wishes, Wish, i), AF_INET);
  for (guint i = 0; i < wishes->len; i++) {
    Wish *wish = &g_array_index(wishes, Wish, i);
    if (!is_any(wish, AF_INET6))
      continue;
    wish->address.is_dual = !has_any_ip4;
    if (has_ip6())
      continue;
    net_address_from_ip(any, sizeof any, net_address_port(&wish->address), &wish->address);
    log_say(listening->log, LOG_LEVEL_WARNING, "no-ipv6",
            "this system has no IPv6: listening at 0.0.0.0 in place of ::");
  }
}

static void cover(const Listening *listening, GArray *wishes) {
  for (guint i = 0; i < wishes->len; i++)
    for (guint j = 0; j < wishes->len && !g_array_index(wishes, Wish, i).covered; j++) {
      Wish *narrow = &g_array_index(wishes, Wish, i);
      const Wish *wide = &g_array_index(wishes, Wish, j);
      gboolean is_same = net_address_covers(&narrow->address, &wide->address);
      if (i == j || wide->covered || !net_address_covers(&wide->address, &narrow->address) || (is_same && i < j))
        continue;
      narrow->covered = TRUE;
      g_autofree char *narrow_name = net_address_format(&narrow->address);
      g_autofree char *wide_name = net_address_format(&wide->address);
      if (!is_same)
        log_say(listening->log, LOG_LEVEL_INFO, "covered", "%s is covered by %s and gets no listener of its own",
                narrow_name, wide_name);
    }
}

/* Each address of each interface, with those marked that need no listener. NULL: an interface has none. */
static GArray *collect(const Listening *listening, const char *const *interfaces, guint16 port, GError **error) {
  g_autoptr(GArray) wishes = g_array_new(FALSE, TRUE, sizeof(Wish));

  for (guint i = 0; interfaces[i]; i++) {
    g_autoptr(GArray) addresses = net_address_resolve(interfaces[i], port, error);
    if (!addresses)
      return NULL;
    for (guint j = 0; j < addresses->len; j++) {
      const Wish wish = {.address = g_array_index(addresses, NetAddress, j), .interface = i};
      g_array_append_val(wishes, wish);
    }
  }
  settle_families(listening, wishes);
  cover(listening, wishes);
  return g_steal_pointer(&wishes);
}

/* --- listening */

/* FALSE: another server of this process has the address. */
static gboolean check_free(const Listening *listening, const ListenService *service, const NetAddress *address,
                           GError **error) {
  g_autofree char *name = net_address_format(address);

  for (guint i = 0; i < listening->open->len; i++) {
    const Open *open = &g_array_index(listening->open, Open, i);
    if (!net_address_covers(open->address, address) && !net_address_covers(address, open->address))
      continue;
    g_autofree char *other = net_address_format(open->address);
    g_set_error(error, NET_ERROR, NET_ERROR_LISTEN,
                "can't listen at %s for %s: dsmtpd itself listens for %s at %s; choose another %s", name, service->name,
                open->service_name, other, net_address_path(address) ? "path" : "port");
    return FALSE;
  }
  return TRUE;
}

/* The addresses of one interface, from `*at` on. */
static gboolean listen_at_interface(Listening *listening, const ListenService *service, GArray *wishes, guint *at,
                                    GPtrArray *out_addresses, GError **error) {
  g_autoptr(GError) missing = NULL;
  guint interface = g_array_index(wishes, Wish, *at).interface;
  guint n_before = out_addresses->len;
  gboolean is_covered = FALSE;

  for (; *at < wishes->len && g_array_index(wishes, Wish, *at).interface == interface; (*at)++) {
    Wish *wish = &g_array_index(wishes, Wish, *at);
    is_covered |= wish->covered;
    if (wish->covered)
      continue;
    if (out_addresses->len > n_before) /* the same port for all, also where the system chose it */
      net_address_set_port(&wish->address, net_address_port(g_ptr_array_index(out_addresses, n_before)));

    g_clear_error(&missing);
    const NetAddress *bound = check_free(listening, service, &wish->address, &missing)
                                  ? service->listen(service->server, &wish->address, &missing)
                                  : NULL;
    if (bound) {
      g_ptr_array_add(out_addresses, (gpointer)bound);
      listening_add(listening, service->name, bound);
    } else if (!g_error_matches(missing, NET_ERROR, NET_ERROR_ADDRESS)) {
      g_propagate_error(error, g_steal_pointer(&missing));
      return FALSE;
    }
  }
  if (out_addresses->len > n_before || is_covered)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&missing));
  return FALSE;
}

/* --- the holder of a port */

static gboolean has_port(const ServerFacts *server, guint16 port) {
  g_autoptr(GUri) http = server->http ? g_uri_parse(server->http, G_URI_FLAGS_NONE, NULL) : NULL;

  return server->smtp_port == port || (http && g_uri_get_port(http) == port);
}

/* One of the user's own, in words; NULL: none of them has the port. The caller frees. */
static char *name_holder(const Listening *listening, guint16 port) {
  g_autoptr(GPtrArray) servers = server_files_read(listening->state_directory);

  for (guint i = 0; i < servers->len; i++) {
    const ServerFacts *server = g_ptr_array_index(servers, i);
    if (has_port(server, port))
      return g_strdup_printf(": the dsmtpd for %s%s%s", server->maildir, server->http ? ", with its page at " : "",
                             server->http ? server->http : "");
  }
  return NULL;
}

/* Adds the holder of the port, and what to do. */
static void advise_in_use(const Listening *listening, const ListenService *service, guint16 port, GError *problem,
                          GError **error) {
  g_autofree char *holder = port > 0 ? name_holder(listening, port) : NULL;

  if (port > 0)
    g_set_error(error, NET_ERROR, NET_ERROR_IN_USE, "%s%s; stop it, or choose another port (%s 0: a free one)",
                problem->message, holder ? holder : "", service->option);
  else
    g_set_error(error, NET_ERROR, NET_ERROR_IN_USE, "%s; stop it or choose another path", problem->message);
}

gboolean listen_at(Listening *listening, const ListenService *service, const char *const *interfaces, guint16 port,
                   GPtrArray *out_addresses, GError **error) {
  g_autoptr(GArray) wishes = collect(listening, interfaces, port, error);
  g_autoptr(GError) problem = NULL;
  guint at = 0;

  if (!wishes)
    return FALSE;
  while (!problem && at < wishes->len)
    listen_at_interface(listening, service, wishes, &at, out_addresses, &problem);
  if (!problem)
    return TRUE;
  if (g_error_matches(problem, NET_ERROR, NET_ERROR_IN_USE))
    advise_in_use(listening, service, port, problem, error);
  else
    g_propagate_error(error, g_steal_pointer(&problem));
  return FALSE;
}

void listen_warn_if_exposed(Log *log, const GPtrArray *addresses, const char *why, const char *risk) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

  for (guint i = 0; i < addresses->len; i++)
    if (!net_address_is_local(g_ptr_array_index(addresses, i)))
      g_ptr_array_add(names, net_address_format(g_ptr_array_index(addresses, i)));
  if (names->len == 0)
    return;
  const char *verb = names->len == 1 ? "is" : "are";
  g_ptr_array_add(names, NULL);
  log_event(log, LOG_LEVEL_WARNING, "exposed", "<addresses> <verb> open to other machines, and <why>: <risk>",
            LOG_LIST("addresses", (const char *const *)names->pdata), LOG_SAID("verb", verb), LOG_SAID("why", why),
            LOG_SAID("risk", risk));
}
