#include "app/listen.h"

gboolean listen_at(ListenFunc listen, gpointer server, const char *interface, guint16 port, GPtrArray *out_addresses,
                   GError **error) {
  g_autoptr(GArray) addresses = net_address_resolve(interface, port, error);
  g_autoptr(GError) missing = NULL;
  guint n_before = out_addresses->len;

  for (guint i = 0; addresses && i < addresses->len; i++) {
    NetAddress *address = &g_array_index(addresses, NetAddress, i);
    if (out_addresses->len > n_before) /* the same port for all, also where the system chose it */
      net_address_set_port(address, net_address_port(g_ptr_array_index(out_addresses, n_before)));

    g_clear_error(&missing);
    const NetAddress *bound = listen(server, address, &missing);
    if (bound) {
      g_ptr_array_add(out_addresses, (gpointer)bound);
    } else if (!g_error_matches(missing, NET_ERROR, NET_ERROR_ADDRESS)) {
      g_propagate_error(error, g_steal_pointer(&missing));
      return FALSE;
    }
  }
  if (addresses && out_addresses->len == n_before)
    g_propagate_error(error, g_steal_pointer(&missing));
  return out_addresses->len > n_before;
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
  g_autofree char *joined = g_strjoinv(", ", (char **)names->pdata);
  g_autofree char *line = g_strdup_printf("%s %s open to other machines, and %s: whoever %s", joined, verb, why, risk);
  const LogField fields[] = {LOG_LIST("addresses", (const char *const *)names->pdata)};

  log_event(log, LOG_LEVEL_WARNING, "exposed", line, fields, G_N_ELEMENTS(fields));
}
