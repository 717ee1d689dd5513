#include "api/api_private.h"
#include "base/process_memory.h"
#include <unistd.h>

enum { PRINTERS_MAX = 2 /* a message of many MiB that is sent holds up no list */ };

const HttpRoute *const api_tables[] = {
    api_checks_routes,  api_events_routes,  api_export_routes,  api_extract_routes,
    api_inboxes_routes, api_info_routes,    api_list_routes,    api_mailhog_events_routes,
    api_mailhog_routes, api_mark_routes,    api_message_routes, api_metrics_routes,
    api_openapi_routes, api_outward_routes, api_put_routes,     api_recipients_routes,
    api_send_routes,    api_session_routes, api_sse_routes,     api_tags_routes,
    api_thread_routes,  api_view_routes,    api_wait_routes,    NULL,
};

Api *api_new(LoopQueue *queue, const ApiHost *host) {
  Api *api = g_new0(Api, 1);

  api->queue = queue;
  api->host = host;
  api->start_us = g_get_monotonic_time();
  api->memory_fd = process_memory_open();
  api->waits = g_ptr_array_new();
  api->askings = g_ptr_array_new();
  return api;
}

void api_add_routes(Api *api, HttpRoutes *routes) {
  for (const HttpRoute *const *table = api_tables; *table; table++)
    http_routes_add(routes, *table, api);
}

void api_start(Api *api, Inbox *inbox) {
  api->inbox = inbox;
  api->printers = strand_new(loop_queue_crew(api->queue), PRINTERS_MAX, STRAND_LONG);
  api->events = api_events_new(api);
  api->sse = api_sse_new(api);
  api->mailhog_events = api_mailhog_events_new(api);
}

void api_end(Api *api) {
  api->is_ending = TRUE;
  api_end_waits(api);
  api_end_askings(api);
}

static void api_free(Api *api) {
  if (api->memory_fd >= 0)
    close(api->memory_fd);
  g_ptr_array_unref(api->waits);
  g_ptr_array_unref(api->askings);
  g_free(api);
}

static void ended_cb(gpointer data) {
  Api *api = data;

  if (--api->n_open == 0)
    api_free(api);
}

static void printers_closed_cb(gpointer data) {
  loop_queue_post(((Api *)data)->queue, ended_cb, data);
}

void api_close(Api *api) {
  if (!api)
    return;
  api_end(api);
  if (!api->inbox) {
    api_free(api);
    return;
  }
  g_clear_pointer(&api->events, api_events_free);
  g_clear_pointer(&api->sse, api_sse_free);
  g_clear_pointer(&api->mailhog_events, api_mailhog_events_free);
  api->n_open = 2;
  inbox_add_farewell(g_steal_pointer(&api->inbox), ended_cb, api);
  strand_close(g_steal_pointer(&api->printers), printers_closed_cb, api);
}
