#include "cli/server_list.h"
#include "cli/table.h"
#include "net/address.h"
#include <string.h>

GPtrArray *server_list_read(OptionsGetenv get_variable) {
  return server_files_read(get_variable("DSMTPD_STATE_DIRECTORY"));
}

static char *smtp_of(const ServerFacts *server) {
  gboolean is_ip6 = strchr(server->smtp_host, ':') != NULL;

  if (g_str_has_prefix(server->smtp_host, NET_UNIX_PREFIX))
    return g_strdup(server->smtp_host);
  return g_strdup_printf(is_ip6 ? "[%s]:%u" : "%s:%u", server->smtp_host, server->smtp_port);
}

static char **row_of(const ServerFacts *server) {
  char **cells = g_new0(char *, 5);

  cells[0] = g_strdup(server->maildir);
  cells[1] = g_strdup(server->http ? server->http : "");
  cells[2] = smtp_of(server);
  cells[3] = g_strdup_printf("%" G_GINT64_FORMAT, server->pid);
  return cells;
}

void server_list_print(Output *output, const GPtrArray *servers) {
  static const TableColumn columns[] = {
      {.title = "Maildir", .style = OUTPUT_BOLD, .share = 1}, {.title = "HTTP"}, {.title = "SMTP"}, {.title = "PID"}};
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

  for (guint i = 0; i < servers->len; i++)
    g_ptr_array_add(rows, row_of(g_ptr_array_index(servers, i)));
  table_print(output, columns, G_N_ELEMENTS(columns), rows);
}
