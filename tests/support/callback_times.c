/* How much CPU time the callbacks of the loop take, in a program built with -Dmeasure_callbacks=true: its main thread
 * is the loop. What libevent calls is measured by an event_assign() in front of its own, which it calls itself, also
 * for listeners; what comes back to the loop by a LoopQueue, by a job_run() that the linker puts in front of ours.
 *
 * At its end the program adds a line per function to the file that the variable CALLBACK_TIMES names:
 * the command, what it is in and where, the largest and the whole time in microseconds, how often it was called. */
#include "base/job_list.h"
#include <dlfcn.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct Watched {
  event_callback_fn callback;
  void *user_data;
} Watched;

typedef struct Times {
  guint64 n;
  guint64 max_ns;
  guint64 sum_ns;
} Times;

/* As base/job_list.c has it. */
struct Job {
  Job *next;
  JobFunc func;
  gpointer data;
};

void callback_times_begin(int argc, char **argv);
void callback_times_end(void);
void __real_job_run(Job *job);
void __wrap_job_run(Job *job);

/* Of a process; only its main thread uses them. */
static GHashTable *times_by_function;
static const char *command;

static guint64 cpu_ns(void) {
  struct timespec now;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (guint64)now.tv_sec * 1000000000 + (guint64)now.tv_nsec;
}

static void note(gpointer function, guint64 taken_ns) {
  Times *times = g_hash_table_lookup(times_by_function, function);

  if (!times) {
    times = g_new0(Times, 1);
    g_hash_table_insert(times_by_function, function, times);
  }
  times->n++;
  times->max_ns = MAX(times->max_ns, taken_ns);
  times->sum_ns += taken_ns;
}

static void measured_cb(evutil_socket_t fd, short what, void *user_data) {
  Watched watched = *(Watched *)user_data; /* which may be freed in the callback */
  guint64 start_ns = cpu_ns();

  watched.callback(fd, what, watched.user_data);
  note((gpointer)watched.callback, cpu_ns() - start_ns);
}

int event_assign(struct event *event, struct event_base *base, evutil_socket_t fd, short what,
                 event_callback_fn callback, void *user_data) {
  int (*next)(struct event *, struct event_base *, evutil_socket_t, short, event_callback_fn, void *) =
      dlsym(RTLD_NEXT, "event_assign");
  Watched *watched = g_new(Watched, 1);

  *watched = (Watched){.callback = callback, .user_data = user_data};
  return next(event, base, fd, what, measured_cb, watched);
}

void event_free(struct event *event) {
  void (*next)(struct event *) = dlsym(RTLD_NEXT, "event_free");
  Watched *watched = event_get_callback_arg(event);

  next(event);
  g_free(watched);
}

void __wrap_job_run(Job *job) {
  gpointer function = (gpointer)job->func;

  if (gettid() != getpid()) {
    __real_job_run(job);
    return;
  }
  guint64 start_ns = cpu_ns();
  __real_job_run(job);
  note(function, cpu_ns() - start_ns);
}

/* Options alone mean the server. */
__attribute__((constructor)) void callback_times_begin(int argc, char **argv) {
  command = argc < 2 || *argv[1] == '-' ? "serve" : argv[1];
  times_by_function = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

__attribute__((destructor)) void callback_times_end(void) {
  const char *path = getenv("CALLBACK_TIMES");
  FILE *file = path ? fopen(path, "ae") : NULL;
  GHashTableIter each;
  gpointer function;
  Times *times;

  g_hash_table_iter_init(&each, times_by_function);
  while (file && g_hash_table_iter_next(&each, &function, (gpointer *)&times)) {
    Dl_info where;
    dladdr(function, &where);
    fprintf(file, "%s %s %#tx %lu %lu %lu\n", command, where.dli_fname, (char *)function - (char *)where.dli_fbase,
            times->max_ns / 1000, times->sum_ns / 1000, times->n);
  }
  if (file)
    fclose(file);
  g_hash_table_destroy(times_by_function);
}
