#include "app/listen.h"
#include <string.h>
#include <unistd.h>

/* A server that has every address but 192.0.2.9 and those of 198.51.100.0/24, and listens nowhere. */
typedef struct Fake {
  struct event_base *base;
  Log *log;
  Listening *listening;
  GPtrArray *bound;   /* what was listened at */
  GString *addresses; /* the same as text */
  guint16 next_port;  /* for those that may have any */
} Fake;

static void fake_set_up(Fake *fake, gconstpointer data) {
  fake->base = event_base_new();
  fake->log = log_new(fake->base, STDERR_FILENO, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
  fake->listening = listening_new(fake->log, "/nonexistent");
  fake->bound = g_ptr_array_new_with_free_func(g_free);
  fake->addresses = g_string_new(NULL);
  fake->next_port = 50000;
}

static void fake_tear_down(Fake *fake, gconstpointer data) {
  listening_free(fake->listening);
  g_ptr_array_unref(fake->bound);
  g_string_free(fake->addresses, TRUE);
  log_free(fake->log);
  event_base_free(fake->base);
}

static const NetAddress *listen_cb(gpointer data, const NetAddress *address, GError **error) {
  Fake *fake = data;
  NetAddress *bound = g_memdup2(address, sizeof *address);

  g_ptr_array_add(fake->bound, bound);
  if (net_address_port(bound) == 0)
    net_address_set_port(bound, fake->next_port++);
  g_autofree char *name = net_address_format(bound);
  if (g_str_has_prefix(name, "192.0.2.9:")) {
    g_set_error_literal(error, NET_ERROR, NET_ERROR_ADDRESS, "this machine has no such address");
    return NULL;
  }
  g_string_append_printf(fake->addresses, "%s%s%s", fake->addresses->len > 0 ? " " : "", name,
                         bound->is_dual ? "+IPv4" : "");
  return bound;
}

/* Interfaces and addresses in one line each. */
static gboolean listen_to(Fake *fake, const char *service_name, const char *interfaces, guint16 port, GError **error) {
  const ListenService service = {.name = service_name, .option = "-p", .listen = listen_cb, .server = fake};
  g_autoptr(GPtrArray) addresses = g_ptr_array_new();
  g_auto(GStrv) words = g_strsplit(interfaces, " ", -1);

  return listen_at(fake->listening, &service, (const char *const *)words, port, addresses, error);
}

static void test_each_address_has_one_listener(Fake *fake, gconstpointer data) {
  static const struct {
    const char *interfaces, *bound;
    guint16 port;
  } rows[] = {
      {"127.0.0.1", "127.0.0.1:25", 25},
      {"127.0.0.1 127.0.0.1", "127.0.0.1:25", 25},
      {"127.0.0.1 127.0.0.1", "127.0.0.1:50000", 0},
      {"127.0.0.1 ::ffff:127.0.0.1 [::ffff:7f00:1]", "127.0.0.1:25", 25},
      {"::1 [::1] 0:0:0:0:0:0:0:1", "[::1]:25", 25},
      {"127.0.0.1 127.0.0.2 127.0.0.1", "127.0.0.1:25 127.0.0.2:25", 25},
      {"127.0.0.1 0.0.0.0", "0.0.0.0:25", 25},
      {"0.0.0.0 127.0.0.1", "0.0.0.0:25", 25},
      {"0.0.0.0 ::1", "0.0.0.0:25 [::1]:25", 25},
      {"::", "[::]:25+IPv4", 25},
      {"[::]", "[::]:25+IPv4", 25},
      {":: ::", "[::]:25+IPv4", 25},
      {"127.0.0.1 :: ::1", "[::]:25+IPv4", 25},
      {":: 192.0.2.1 2001:db8::1", "[::]:25+IPv4", 25},
      {":: 0.0.0.0", "[::]:25 0.0.0.0:25", 25},
      {"0.0.0.0 ::", "0.0.0.0:25 [::]:25", 25},
      {"::1 127.0.0.1 :: 0.0.0.0", "[::]:25 0.0.0.0:25", 25},
      {":: ::ffff:0.0.0.0", "[::]:25 0.0.0.0:25", 25},
      {"unix:/a unix:/a unix:/b/../a unix:/b", "unix:/a unix:/b", 25},
      {"unix:/a 0.0.0.0 ::", "unix:/a 0.0.0.0:25 [::]:25", 25},
      {"192.0.2.9 0.0.0.0", "0.0.0.0:25", 25}, /* covered, so it need not be there */
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    fake_tear_down(fake, NULL);
    fake_set_up(fake, NULL);
    g_assert_true(listen_to(fake, "SMTP", rows[i].interfaces, rows[i].port, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(fake->addresses->str, ==, rows[i].bound);
  }
}

static void test_an_interface_without_an_address_is_an_error(Fake *fake, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) unknown = NULL;

  g_assert_false(listen_to(fake, "SMTP", "127.0.0.1 192.0.2.9", 25, &error));
  g_assert_error(error, NET_ERROR, NET_ERROR_ADDRESS);
  g_assert_false(listen_to(fake, "SMTP", "999.1.1.1", 25, &unknown));
  g_assert_error(unknown, NET_ERROR, NET_ERROR_ADDRESS);
}

static void test_two_servers_have_no_address_together(Fake *fake, gconstpointer data) {
  static const struct {
    const char *first, *second, *other; /* other: what is in the way; NULL: nothing is */
    guint16 first_port, second_port;
  } rows[] = {
      {"127.0.0.1", "127.0.0.1", "127.0.0.1:25", 25, 25},
      {"127.0.0.1", "127.0.0.1", NULL, 25, 26},
      {"127.0.0.1", "127.0.0.1", NULL, 0, 0},
      {"0.0.0.0", "127.0.0.1", "0.0.0.0:25", 25, 25},
      {"127.0.0.1", "0.0.0.0", "127.0.0.1:25", 25, 25},
      {"::", "127.0.0.1", "[::]:25", 25, 25},
      {"127.0.0.1", "::", "127.0.0.1:25", 25, 25},
      {"::", "0.0.0.0", "[::]:25", 25, 25},
      {":: 0.0.0.0", "::1", "[::]:25", 25, 25},
      {"0.0.0.0", "::1", NULL, 25, 25},
      {"unix:/a", "unix:/a", "unix:/a", 0, 0},
      {"unix:/a", "unix:/b", NULL, 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    fake_tear_down(fake, NULL);
    fake_set_up(fake, NULL);
    g_assert_true(listen_to(fake, "SMTP", rows[i].first, rows[i].first_port, NULL));
    g_assert_cmpint(listen_to(fake, "HTTP", rows[i].second, rows[i].second_port, &error), ==, rows[i].other == NULL);
    if (!rows[i].other)
      continue;
    g_autofree char *why = g_strdup_printf("dsmtpd itself listens for SMTP at %s;", rows[i].other);
    g_assert_error(error, NET_ERROR, NET_ERROR_LISTEN);
    g_assert_nonnull(strstr(error->message, why));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add("/listen/" #name, Fake, NULL, fake_set_up, test_##name, fake_tear_down)
  TEST(each_address_has_one_listener);
  TEST(an_interface_without_an_address_is_an_error);
  TEST(two_servers_have_no_address_together);
  return g_test_run();
}
