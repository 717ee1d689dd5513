#include "app/reload.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

typedef struct Part {
  const char *what;
  ReloadPart read_again;
  gpointer user_data;
} Part;

struct Reload {
  Log *log;
  struct event *signal; /* NULL: not watched */
  GArray *parts;        /* Part */
  gboolean can_hang_up; /* it was started on a terminal, and not by nohup */
  ReloadHungUp hung_up;
  gpointer user_data;
};

static void read_part(const Reload *reload, const Part *part) {
  g_autoptr(GError) error = NULL;

  if (part->read_again(part->user_data, &error))
    log_event(reload->log, LOG_LEVEL_INFO, "reloaded", "Read the <part> again", LOG_TEXT("part", part->what));
  else
    log_event(reload->log, LOG_LEVEL_ERROR, "reload-failed", "kept the old <part>: <why>", LOG_TEXT("part", part->what),
              LOG_SAID("why", error->message));
}

static gboolean has_terminal(void) {
  int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static gboolean is_ignored(int number) {
  struct sigaction now;

  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void signal_cb(evutil_socket_t signal_number, short what, void *user_data) {
  const Reload *reload = user_data;

  if (reload->can_hang_up && !has_terminal()) {
    reload->hung_up(reload->user_data);
    return;
  }
  for (guint i = 0; i < reload->parts->len; i++)
    read_part(reload, &g_array_index(reload->parts, Part, i));
}

Reload *reload_new(Log *log) {
  Reload *reload = g_new0(Reload, 1);

  reload->log = log;
  reload->parts = g_array_new(FALSE, FALSE, sizeof(Part));
  return reload;
}

void reload_watch(Reload *reload, struct event_base *base, ReloadHungUp hung_up, gpointer user_data) {
  reload->can_hang_up = has_terminal() && !is_ignored(SIGHUP);
  reload->hung_up = hung_up;
  reload->user_data = user_data;
  reload->signal = evsignal_new(base, SIGHUP, signal_cb, reload);
  event_add(reload->signal, NULL);
}

void reload_add(Reload *reload, const char *what, ReloadPart read_again, gpointer user_data) {
  const Part part = {.what = what, .read_again = read_again, .user_data = user_data};

  g_array_append_val(reload->parts, part);
}

void reload_stop(Reload *reload) {
  g_array_set_size(reload->parts, 0);
}

void reload_free(Reload *reload) {
  if (!reload)
    return;
  g_clear_pointer(&reload->signal, event_free);
  g_array_unref(reload->parts);
  g_free(reload);
}
