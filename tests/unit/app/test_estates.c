/* Many inboxes in one process: opened, used over SMTP and HTTP, and closed while messages are under way. */
#include "app/estate.h"

#include "api/api.h"
#include "app/mail_handler.h"
#include "http/server.h"
#include "smtp/server.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { N_ESTATES = 1000, N_MAILS = 3, PATIENCE_S = 300 };

typedef struct Scene Scene;

/* What a client says next once the server has said what it waits for. */
typedef struct Line {
  const char *after;
  const char *says;
} Line;

typedef struct Client {
  int fd; /* -1: it is gone */
  struct event *event;
  const Line *first;
  const Line *line;
  GString *heard; /* since it last said something */
  void (*ended)(struct Client *client);
  struct House *house;
} Client;

/* An estate with servers of its own. */
typedef struct House {
  Scene *scene;
  InboxSettings settings;
  Estate *estate;
  MailHandler handler;
  SmtpServer smtp;
  NetService *smtp_service;
  ApiHost api_host;
  Api *api;
  HttpRoutes *routes;
  HttpServer *http;
  NetService *http_service;
  Client sender;
  Client reader;
  GPtrArray *stored; /* the IDs of messages that got 250 */
} House;

struct Scene {
  char *root;
  struct event_base *base;
  int log_fd;
  Log *log;
  EstateHost host;
  SmtpHandler table;
  HttpGate *gate;
  House houses[N_ESTATES];
  guint n_descriptors; /* before there was anything */
  guint n_read;
  guint n_closed;
};

static const char mail[] = "From: a@example.com\r\nTo: b@example.com\r\nSubject: One of many\r\n\r\nHello\r\n.\r\n";

static const Line sending[] = {
    {"220 ", "EHLO client.example\r\n"},
    {"250 ", "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"},
    {"354 ", mail},
    {"250 ", "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"},
    {"354 ", mail},
    {"250 ", "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"},
    {"354 ", mail},
    {"250 ", "QUIT\r\n"},
    {NULL, NULL},
};

/* When the estate closes, its end may be on the way or not. */
static const Line sending_to_a_closing_one[] = {
    {"220 ", "EHLO client.example\r\n"},
    {"250 ", "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"},
    {"354 ", mail},
    {"250 ", "QUIT\r\n"},
    {NULL, NULL},
};

static const Line reading[] = {
    {"", "GET /api/v1/wait?after=0&count=3&timeout=100 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"},
    {NULL, NULL},
};

/* --- clients */

static void hang_up(Client *client) {
  if (client->fd < 0)
    return;
  event_free(client->event);
  close(client->fd);
  client->fd = -1;
}

/* The server may have closed meanwhile, which is heard next. */
static void say(Client *client) {
  const char *text = client->line->says;

  (void)!send(client->fd, text, strlen(text), MSG_NOSIGNAL);
  client->line++;
  g_string_truncate(client->heard, 0);
}

/* The last line of a reply has a space behind its code. */
static gboolean has_heard(const Client *client, const char *start) {
  const char *line = client->heard->str;
  const char *last = NULL;

  if (!g_str_has_suffix(line, "\r\n"))
    return FALSE;
  for (const char *at = line; *at; at = strchr(at, '\n') + 1)
    last = at;
  return last && g_str_has_prefix(last, start);
}

/* 250 2.0.0 stored as ID */
static void note_stored(const Client *client) {
  const char *id = strrchr(client->heard->str, ' ') + 1;

  g_ptr_array_add(client->house->stored, g_strndup(id, strcspn(id, "\r")));
}

static void heard_cb(evutil_socket_t fd, short what, void *user_data) {
  Client *client = user_data;
  char bytes[4096];
  ssize_t n_bytes = read(fd, bytes, sizeof bytes);

  if (n_bytes > 0) {
    g_string_append_len(client->heard, bytes, n_bytes);
    if (client->line->after && has_heard(client, client->line->after)) {
      if (client->line > client->first && client->line[-1].says == mail)
        note_stored(client);
      say(client);
    }
    return;
  }
  hang_up(client);
  client->ended(client);
}

/* Begins at once where nothing is waited for. */
static void call(House *house, Client *client, NetService *service, const Line *lines, void (*ended)(Client *client)) {
  int ends[2];

  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), ==, 0);
  if (!client->heard)
    client->heard = g_string_new(NULL);
  g_string_truncate(client->heard, 0);
  client->house = house;
  client->fd = ends[0];
  client->first = client->line = lines;
  client->ended = ended;
  client->event = event_new(house->scene->base, ends[0], EV_READ | EV_PERSIST, heard_cb, client);
  event_add(client->event, NULL);
  net_service_take(service, ends[1]);
  if (*lines->after == '\0')
    say(client);
}

/* --- houses */

static void nothing_cb(const HttpAccess *access, gpointer user_data) {}

static void serve(House *house) {
  static const NetServiceOptions options = {.max_connections = 8, .timeout_ms = PATIENCE_S * 1000};
  static const HttpServerOptions http_options = {.max_held_bytes = 1024 * 1024, .keep_alive_ms = 25 * 1000};
  static const NetServiceEvents no_events = {0};
  Scene *scene = house->scene;

  house->handler = (MailHandler){.intake = estate_intake(house->estate), .log = scene->log};
  house->smtp = (SmtpServer){.session = {.host = "mail.example", .max_recipients = 10},
                             .handler = &scene->table,
                             .handler_data = &house->handler,
                             .timeout_s = PATIENCE_S};
  house->smtp_service = net_service_new(scene->base, &options, &smtp_protocol, &house->smtp, &no_events, house);
  house->api_host = (ApiHost){.intake = estate_intake(house->estate)};
  house->api = api_new(scene->host.queue, &house->api_host);
  house->routes = http_routes_new("");
  api_add_routes(house->api, house->routes);
  house->http = http_server_new(scene->base, scene->host.queue, &http_options, house->routes, scene->gate, NULL,
                                nothing_cb, house);
  house->api_host.http = http_server_counters(house->http);
  house->http_service = net_service_new(scene->base, &options, &http_protocol, house->http, &no_events, house);
  api_start(house->api, estate_inbox(house->estate));
}

static void closed_cb(gpointer data) {
  ((House *)data)->scene->n_closed++;
}

static void close_house(House *house) {
  net_service_free(house->smtp_service);
  net_service_free(house->http_service);
  http_server_free(house->http);
  api_close(house->api);
  estate_close(house->estate, closed_cb, house);
}

/* --- scenes */

static void turn_until(const Scene *scene, const guint *counter, guint value) {
  gint64 end_us = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;

  while (*counter < value) {
    g_assert_cmpint(g_get_monotonic_time(), <, end_us);
    event_base_loop(scene->base, EVLOOP_ONCE);
  }
}

static guint count_descriptors(void) {
  g_autoptr(GDir) entries = g_dir_open("/proc/self/fd", 0, NULL);
  guint n_descriptors = 0;

  g_assert_nonnull(entries);
  while (g_dir_read_name(entries))
    n_descriptors++;
  return n_descriptors;
}

static void set_up(Scene *scene, gconstpointer unused) {
  struct rlimit limit;

  scene->n_descriptors = count_descriptors();
  g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
  scene->root = g_dir_make_tmp("dsmtpd-estates-XXXXXX", NULL);
  scene->base = event_base_new();
  scene->log_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  scene->log = log_new(scene->base, scene->log_fd, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
  scene->host = (EstateHost){.base = scene->base, .log = scene->log, .queue = loop_queue_new(scene->base, NULL)};
  scene->host.followers = followers_new(scene->host.queue);
  scene->table = mail_handler_table(FALSE);
  scene->gate = http_gate_new(NULL, NULL);
  for (guint i = 0; i < N_ESTATES; i++) {
    House *house = &scene->houses[i];
    house->scene = scene;
    house->settings = (InboxSettings){.directory = g_strdup_printf("%s/%u", scene->root, i),
                                      .sync = i % 4 ? STORE_SYNC_NONE : STORE_SYNC_ALWAYS,
                                      .min_free_bytes = i % 3 ? 0 : 1,
                                      .max_messages = i % 5 ? 0 : 1000};
    house->estate = estate_new(&scene->host, &house->settings, 0);
    house->sender.fd = house->reader.fd = -1;
    house->stored = g_ptr_array_new_with_free_func(g_free);
  }
}

static void tear_down(Scene *scene, gconstpointer unused) {
  const char *const argv[] = {"rm", "-rf", scene->root, NULL};

  followers_free(scene->host.followers);
  loop_queue_free(scene->host.queue);
  for (guint i = 0; i < N_ESTATES; i++) {
    House *house = &scene->houses[i];
    g_clear_pointer(&house->routes, http_routes_free);
    hang_up(&house->sender);
    hang_up(&house->reader);
    g_string_free(house->sender.heard ? house->sender.heard : g_string_new(NULL), TRUE);
    g_string_free(house->reader.heard ? house->reader.heard : g_string_new(NULL), TRUE);
    g_ptr_array_unref(house->stored);
    g_free(house->settings.directory);
  }
  http_gate_free(scene->gate);
  log_free(scene->log);
  event_base_free(scene->base);
  close(scene->log_fd);
  g_assert_cmpuint(count_descriptors(), ==, scene->n_descriptors);
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free(scene->root);
}

/* The IDs of the messages in its Maildir, which are the names up to the comma. */
static GHashTable *list_ids(const House *house) {
  GHashTable *ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *directory = g_build_filename(house->settings.directory, "new", NULL);
  g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
  const char *name;

  g_assert_nonnull(entries);
  while ((name = g_dir_read_name(entries)))
    g_hash_table_add(ids, g_strndup(name, strcspn(name, ",")));
  return ids;
}

/* One that was under way when the house was closed may be there without a 250. */
static void expect_all_stored(const House *house) {
  g_autoptr(GHashTable) ids = list_ids(house);

  for (guint i = 0; i < house->stored->len; i++)
    g_assert_true(g_hash_table_contains(ids, g_ptr_array_index(house->stored, i)));
  g_assert_cmpuint(g_hash_table_size(ids), <=, N_MAILS + 1);
}

static void nobody_cares_cb(Client *client) {}

/* All that got 250 is in the list. */
static void listed_cb(Client *client) {
  House *house = client->house;

  g_assert_true(g_str_has_prefix(client->heard->str, "HTTP/1.1 200 "));
  g_assert_nonnull(strstr(client->heard->str, "{\"count\":3,"));
  house->scene->n_read++;
}

static void sent_cb(Client *client) {
  House *house = client->house;

  g_assert_cmpuint(house->stored->len, ==, N_MAILS);
  call(house, &house->reader, house->http_service, reading, listed_cb);
}

/* Its clients come while others are still being opened. */
static void opened_cb(const GError *error, gpointer user_data) {
  House *house = user_data;

  g_assert_no_error(error);
  serve(house);
  estate_watch(house->estate);
  call(house, &house->sender, house->smtp_service, sending, sent_cb);
}

/* One more message comes to each house while it is closed. */
static void all_are_opened_used_and_closed_under_load(Scene *scene, gconstpointer unused) {
  for (guint i = 0; i < N_ESTATES; i++)
    estate_open(scene->houses[i].estate, opened_cb, &scene->houses[i]);
  turn_until(scene, &scene->n_read, N_ESTATES);
  for (guint i = 0; i < N_ESTATES; i++)
    call(&scene->houses[i], &scene->houses[i].sender, scene->houses[i].smtp_service, sending_to_a_closing_one,
         nobody_cares_cb);
  for (guint i = 0; i < N_ESTATES; i++) {
    close_house(&scene->houses[i]);
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
  }
  turn_until(scene, &scene->n_closed, N_ESTATES);
  for (guint i = 0; i < N_ESTATES; i++)
    expect_all_stored(&scene->houses[i]);
}

static void unexpected_cb(const GError *error, gpointer user_data) {
  g_assert_not_reached();
}

static void closed_before_they_are_open(Scene *scene, gconstpointer unused) {
  for (guint i = 0; i < N_ESTATES; i++) {
    House *house = &scene->houses[i];
    if (i % 2)
      estate_open(house->estate, unexpected_cb, house);
    estate_close(house->estate, closed_cb, house);
  }
  turn_until(scene, &scene->n_closed, N_ESTATES);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/estates/" #name, Scene, NULL, set_up, name, tear_down)
  ADD(all_are_opened_used_and_closed_under_load);
  ADD(closed_before_they_are_open);
#undef ADD
  return g_test_run();
}
