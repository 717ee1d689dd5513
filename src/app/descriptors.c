#include "app/descriptors.h"
#include "store/store.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

G_DEFINE_QUARK(dsmtpd - descriptors - error - quark, descriptors_error)

static gboolean fail(guint64 limit, guint64 n_needed, GError **error) {
  g_set_error(error, DESCRIPTORS_ERROR, 0,
              "this process may open %" G_GUINT64_FORMAT " files but needs at least %" G_GUINT64_FORMAT
              ": raise the limit (ulimit -n, LimitNOFILE=)",
              limit, n_needed);
  return FALSE;
}

gboolean descriptors_raise_limit(guint64 *out_limit, GError **error) {
  struct rlimit limit;

  *out_limit = G_MAXUINT64;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return TRUE;
  if (limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit); /* macOS gives less than it promises */
  }
  if (limit.rlim_cur != RLIM_INFINITY)
    *out_limit = limit.rlim_cur;
  return *out_limit >= DESCRIPTORS_MIN || fail(*out_limit, DESCRIPTORS_MIN, error);
}

/* The system gives out the lowest that is free. */
guint descriptors_open_now(void) {
  int lowest_free = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

  if (lowest_free < 0)
    return STDERR_FILENO + 1;
  close(lowest_free);
  return (guint)lowest_free;
}

/* Of so many connections, and the other way round. */
static guint64 cost_of(guint64 n_connections) {
  return n_connections + MIN(n_connections, DESCRIPTORS_MESSAGES);
}

static guint64 connections_for(guint64 n_descriptors) {
  return MAX(n_descriptors / 2, n_descriptors - MIN(n_descriptors, DESCRIPTORS_MESSAGES));
}

gboolean descriptors_share(guint64 limit, guint n_taken, DescriptorShares *shares, GError **error) {
  guint64 n_kept = n_taken + DESCRIPTORS_FILES + store_held_descriptors(limit);
  guint n_servers = shares->n_http > 0 ? 2 : 1;
  guint64 n_least = n_kept + cost_of((guint64)n_servers * DESCRIPTORS_CONNECTIONS);
  guint64 n_asked = (guint64)shares->n_smtp + shares->n_http;

  shares->n_wanted = n_taken + DESCRIPTORS_FILES + store_held_descriptors(G_MAXUINT64) + cost_of(n_asked);
  if (limit < n_least)
    return fail(limit, n_least, error);
  guint64 n_connections = connections_for(limit - n_kept);
  shares->is_scarce = n_connections < n_asked;
  if (!shares->is_scarce)
    return TRUE;
  if (shares->n_http > 0)
    shares->n_http = (guint)MIN(shares->n_http, MAX(n_connections / 3, DESCRIPTORS_CONNECTIONS));
  shares->n_smtp = (guint)MIN(shares->n_smtp, n_connections - shares->n_http);
  return TRUE;
}
