#include "app/reload.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

typedef struct Entry {
  const ReloadPart *part;
  gpointer user_data;
} Entry;

struct Reload {
  Log *log;
  LoopQueue *queue; /* lent; NULL: the signal is not watched */
  Strand *strand;   /* NULL: nothing is read any more */
  struct event *signal;
  GArray *entries;      /* Entry */
  gboolean can_hang_up; /* it was started on a terminal, and not by nohup */
  ReloadHungUp hung_up;
  gpointer user_data;
};

typedef struct Outcome {
  gpointer what_is_new;
  GError *error;
} Outcome;

/* What one signal led to. */
typedef struct Reading {
  Reload *reload;
  gboolean has_hung_up;
  Outcome outcomes[]; /* one for each entry */
} Reading;

gboolean reload_read_now(const ReloadPart *part, gpointer user_data, GError **error) {
  gpointer what_is_new = part->read(user_data, error);

  if (what_is_new)
    part->use(user_data, what_is_new);
  return what_is_new != NULL;
}

static void use(const Reload *reload, const Entry *entry, const Outcome *outcome) {
  LogField part = LOG_TEXT("part", entry->part->what);

  if (outcome->error) {
    log_event(reload->log, LOG_LEVEL_ERROR, "reload-failed", "kept the old <part>: <why>", part,
              LOG_SAID("why", outcome->error->message));
    return;
  }
  entry->part->use(entry->user_data, outcome->what_is_new);
  log_event(reload->log, LOG_LEVEL_INFO, "reloaded", "Read the <part> again", part);
}

static void read_cb(gpointer data) {
  g_autofree Reading *reading = data;
  const Reload *reload = reading->reload;
  gboolean is_late = reload->strand == NULL;

  for (guint i = 0; i < reload->entries->len && !reading->has_hung_up; i++) {
    const Entry *entry = &g_array_index(reload->entries, Entry, i);
    Outcome *outcome = &reading->outcomes[i];
    if (!is_late)
      use(reload, entry, outcome);
    else if (outcome->what_is_new)
      entry->part->forget(outcome->what_is_new);
    g_clear_error(&outcome->error);
  }
  if (reading->has_hung_up && !is_late)
    reload->hung_up(reload->user_data);
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

static void read_job_cb(gpointer data) {
  Reading *reading = data;
  const Reload *reload = reading->reload;

  reading->has_hung_up = reload->can_hang_up && !has_terminal();
  for (guint i = 0; i < reload->entries->len && !reading->has_hung_up; i++) {
    const Entry *entry = &g_array_index(reload->entries, Entry, i);
    reading->outcomes[i].what_is_new = entry->part->read(entry->user_data, &reading->outcomes[i].error);
  }
  loop_queue_post(reload->queue, read_cb, reading);
}

static void signal_cb(evutil_socket_t signal_number, short what, void *user_data) {
  Reload *reload = user_data;

  if (!reload->strand)
    return;
  Reading *reading = g_malloc0(sizeof(Reading) + reload->entries->len * sizeof(Outcome));
  reading->reload = reload;
  strand_run(reload->strand, read_job_cb, reading);
}

Reload *reload_new(Log *log) {
  Reload *reload = g_new0(Reload, 1);

  reload->log = log;
  reload->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  return reload;
}

void reload_watch(Reload *reload, LoopQueue *queue, ReloadHungUp hung_up, gpointer user_data) {
  reload->can_hang_up = has_terminal() && !is_ignored(SIGHUP);
  reload->hung_up = hung_up;
  reload->user_data = user_data;
  reload->queue = queue;
  reload->strand = strand_new(loop_queue_crew(queue), 1, STRAND_LONG);
  reload->signal = evsignal_new(loop_queue_base(queue), SIGHUP, signal_cb, reload);
  event_add(reload->signal, NULL);
}

void reload_add(Reload *reload, const ReloadPart *part, gpointer user_data) {
  const Entry entry = {.part = part, .user_data = user_data};

  g_array_append_val(reload->entries, entry);
}

void reload_stop(Reload *reload) {
  g_clear_pointer(&reload->strand, strand_free);
}

void reload_free(Reload *reload) {
  if (!reload)
    return;
  g_clear_pointer(&reload->signal, event_free);
  g_array_unref(reload->entries);
  g_free(reload);
}
