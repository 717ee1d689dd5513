#include "base/job.h"
#include <errno.h>
#include <event2/util.h>
#include <pthread.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

struct LoopQueue {
  pthread_mutex_t lock;
  JobList posted; /* under the lock */
  JobList taken;  /* by the loop, to be delivered */
  Crew *crew;
  struct event_base *base;
  struct event *wake;
  int wake_read_fd;
  int wake_write_fd; /* an eventfd is both */
};

static gboolean wake_open(LoopQueue *queue) {
#ifdef __linux__
  queue->wake_read_fd = queue->wake_write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return queue->wake_read_fd >= 0;
#else
  int fds[2];
  if (pipe(fds) < 0)
    return FALSE;
  for (int i = 0; i < 2; i++) {
    evutil_make_socket_nonblocking(fds[i]);
    evutil_make_socket_closeonexec(fds[i]);
  }
  queue->wake_read_fd = fds[0];
  queue->wake_write_fd = fds[1];
  return TRUE;
#endif
}

static void wake_close(LoopQueue *queue) {
  close(queue->wake_read_fd);
  if (queue->wake_write_fd != queue->wake_read_fd)
    close(queue->wake_write_fd);
}

static void wake(LoopQueue *queue) {
  const guint64 one = 1;

  while (write(queue->wake_write_fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

/* Runs what has been posted, for a turn, and says whether there was anything. */
static gboolean loop_queue_deliver(LoopQueue *queue) {
  const gint64 end_us = g_get_monotonic_time() + LOOP_TURN_US;
  gboolean any = FALSE;

  pthread_mutex_lock(&queue->lock);
  job_list_join(&queue->taken, &queue->posted);
  pthread_mutex_unlock(&queue->lock);
  for (Job *job; (!any || g_get_monotonic_time() < end_us) && (job = job_list_take(&queue->taken)); any = TRUE)
    job_run(job);
  if (queue->taken.first)
    wake(queue);
  return any;
}

static void loop_queue_wake_cb(evutil_socket_t fd, short what, gpointer user_data) {
  guint64 n_wakes;

  /* Emptied before the list is taken: a post that comes in between wakes the loop once more, and none is missed. */
  while (read(fd, &n_wakes, sizeof n_wakes) < 0 && errno == EINTR)
    ;
  loop_queue_deliver(user_data);
}

LoopQueue *loop_queue_new(struct event_base *base, GError **error) {
  LoopQueue *queue = g_new0(LoopQueue, 1);

  if (!wake_open(queue)) {
    int reason = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(reason), "cannot create a wake-up descriptor: %s",
                g_strerror(reason));
    g_free(queue);
    return NULL;
  }
  pthread_mutex_init(&queue->lock, NULL);
  queue->base = base;
  queue->crew = crew_new(CREW_THREADS_MAX);
  queue->wake = event_new(base, queue->wake_read_fd, EV_READ | EV_PERSIST, loop_queue_wake_cb, queue);
  event_add(queue->wake, NULL);
  return queue;
}

void loop_queue_free(LoopQueue *queue) {
  if (!queue)
    return;
  do
    crew_settle(queue->crew);
  while (loop_queue_deliver(queue)); /* what is delivered may post again, and give jobs */
  crew_free(queue->crew);
  event_free(queue->wake);
  wake_close(queue);
  pthread_mutex_destroy(&queue->lock);
  g_free(queue);
}

struct event_base *loop_queue_base(const LoopQueue *queue) {
  return queue->base;
}

Crew *loop_queue_crew(const LoopQueue *queue) {
  return queue->crew;
}

void loop_queue_post(LoopQueue *queue, JobFunc func, gpointer data) {
  pthread_mutex_lock(&queue->lock);
  gboolean was_empty = queue->posted.first == NULL;
  job_list_append(&queue->posted, func, data);
  pthread_mutex_unlock(&queue->lock);
  if (!was_empty)
    return; /* whoever found it empty has woken the loop, or is about to */
  wake(queue);
}
