/* servers: which servers run. */
#include "cli/command.h"
#include "cli/project.h"
#include "cli/server_list.h"
#include <stdlib.h>

static json_t *text_or_null(const char *text) {
  return text ? json_string(text) : json_null();
}

static json_t *array_of(const GPtrArray *servers, const GPtrArray *nearest) {
  json_t *array = json_array();

  for (guint i = 0; i < servers->len; i++) {
    const ServerFacts *server = g_ptr_array_index(servers, i);
    gboolean is_here = nearest->len == 1 && g_ptr_array_index(nearest, 0) == server;
    json_array_append_new(array,
                          json_pack("{s:s, s:o, s:{s:s, s:i}, s:I, s:o, s:b, s:b}", "maildir", server->maildir, "http",
                                    text_or_null(server->http), "smtp", "host", server->smtp_host, "port",
                                    (int)server->smtp_port, "pid", (json_int_t)server->pid, "ca",
                                    text_or_null(server->ca_file), "login", server->needs_login, "here", is_here));
  }
  return array;
}

static ExitCode run(const CommandCall *call, GError **error) {
  g_autoptr(GPtrArray) servers = server_list_read(call->get_variable);
  g_autoptr(GPtrArray) nearest = project_servers(servers, ".");

  if (call->common->json)
    output_value(call->output, array_of(servers, nearest));
  else if (servers->len > 0)
    server_list_print(call->output, servers);
  else if (output_is_terminal(call->output))
    output_styled(call->output, OUTPUT_DIM, "no server runs\n");
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd servers", "Maildir, HTTP, SMTP and process ID of each"},
    {"dsmtpd servers --json | jq '.[] | select(.here)'", "the one of this project"},
    {.line = NULL},
};

const Command cmd_servers = {
    .name = "servers",
    .summary = "list the servers that run",
    .synopsis = "",
    .description = "Lists the servers of this user that run. On a terminal as a table; elsewhere a line for each, with "
                   "tabs between its Maildir, HTTP URL, SMTP address and process ID. In the JSON, the server that "
                   "commands in the current directory ask has `here` set.",
    .flags = COMMAND_HAS_JSON,
    .record_size = sizeof(CommandCommon),
    .examples = examples,
    .run = run,
};
