#include "base/job.h"
#include <errno.h>
#include <event2/util.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

enum { THREAD_NAME_BYTES = 16 };

typedef struct Job {
  struct Job *next;
  JobFunc func;
  gpointer data;
} Job;

/* First in, first out. All zero is empty. */
typedef struct JobList {
  Job *first;
  Job *last;
  guint n_jobs;
} JobList;

static void job_list_append(JobList *list, JobFunc func, gpointer data) {
  Job *job = g_new(Job, 1);
  *job = (Job){.func = func, .data = data};
  if (list->last)
    list->last->next = job;
  else
    list->first = job;
  list->last = job;
  list->n_jobs++;
}

/* NULL when the list is empty; the caller frees. */
static Job *job_list_take(JobList *list) {
  Job *job = list->first;
  if (!job)
    return NULL;
  list->first = job->next;
  if (!list->first)
    list->last = NULL;
  list->n_jobs--;
  return job;
}

static void job_run(Job *job) {
  job->func(job->data);
  g_free(job);
}

struct LoopQueue {
  pthread_mutex_t lock;
  JobList posted; /* under the lock */
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

/* Runs what has been posted, and says whether there was anything. */
static gboolean loop_queue_deliver(LoopQueue *queue) {
  pthread_mutex_lock(&queue->lock);
  JobList posted = queue->posted;
  queue->posted = (JobList){0};
  pthread_mutex_unlock(&queue->lock);

  gboolean any = posted.first != NULL;
  for (Job *job; (job = job_list_take(&posted));)
    job_run(job);
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
  queue->wake = event_new(base, queue->wake_read_fd, EV_READ | EV_PERSIST, loop_queue_wake_cb, queue);
  event_add(queue->wake, NULL);
  return queue;
}

void loop_queue_free(LoopQueue *queue) {
  if (!queue)
    return;
  while (loop_queue_deliver(queue)) /* what is delivered may post again */
    ;
  event_free(queue->wake);
  wake_close(queue);
  pthread_mutex_destroy(&queue->lock);
  g_free(queue);
}

struct event_base *loop_queue_base(const LoopQueue *queue) {
  return queue->base;
}

void loop_queue_post(LoopQueue *queue, JobFunc func, gpointer data) {
  pthread_mutex_lock(&queue->lock);
  gboolean was_empty = queue->posted.first == NULL;
  job_list_append(&queue->posted, func, data);
  pthread_mutex_unlock(&queue->lock);
  if (!was_empty)
    return; /* whoever found it empty has woken the loop, or is about to */

  const guint64 one = 1;
  while (write(queue->wake_write_fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

struct JobPool {
  char name[THREAD_NAME_BYTES];
  guint max_threads;
  pthread_mutex_t lock;
  pthread_cond_t work_or_end;
  /* Under the lock: */
  JobList queued;
  guint n_idle;
  guint n_threads;
  gboolean ending;
  gboolean caller_helps; /* no thread could be started, so a caller of job_pool_run() does the work */
  pthread_t threads[];
};

/* Called and left with the lock held; the jobs run without it. */
static void job_pool_run_queued(JobPool *pool) {
  for (Job *job; (job = job_list_take(&pool->queued));) {
    pthread_mutex_unlock(&pool->lock);
    job_run(job);
    pthread_mutex_lock(&pool->lock);
  }
}

static void *job_pool_thread(void *user_data) {
  JobPool *pool = user_data;
#ifdef __APPLE__
  pthread_setname_np(pool->name);
#else
  pthread_setname_np(pthread_self(), pool->name);
#endif
  pthread_mutex_lock(&pool->lock);
  for (;;) {
    job_pool_run_queued(pool);
    if (pool->ending)
      break;
    pool->n_idle++;
    pthread_cond_wait(&pool->work_or_end, &pool->lock);
    pool->n_idle--;
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

int job_start_thread(pthread_t *out_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data) {
  sigset_t all, before;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* what it starts with is what we have now */
  int error_number = pthread_create(out_thread, attributes, run, data);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error_number;
}

/* Called with the lock held. */
static void job_pool_start_thread(JobPool *pool) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, JOB_STACK_BYTES);
  if (job_start_thread(&pool->threads[pool->n_threads], &attributes, job_pool_thread, pool) == 0)
    pool->n_threads++;
  pthread_attr_destroy(&attributes);
}

JobPool *job_pool_new(const char *name, guint max_threads) {
  g_assert(max_threads > 0);
  JobPool *pool = g_malloc0(sizeof *pool + max_threads * sizeof pool->threads[0]);
  g_strlcpy(pool->name, name, sizeof pool->name);
  pool->max_threads = max_threads;
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->work_or_end, NULL);
  return pool;
}

void job_pool_run(JobPool *pool, JobFunc func, gpointer data) {
  pthread_mutex_lock(&pool->lock);
  job_list_append(&pool->queued, func, data);
  /* A thread that was woken counts as idle until it runs, so idle ones are compared with jobs, not with none. */
  if (pool->queued.n_jobs <= pool->n_idle)
    pthread_cond_signal(&pool->work_or_end);
  else if (pool->n_threads < pool->max_threads && !pool->caller_helps)
    job_pool_start_thread(pool);

  if (pool->n_threads == 0 && !pool->caller_helps) {
    /* The system gives no thread. Slow is better than never, and the next call tries again. */
    pool->caller_helps = TRUE;
    job_pool_run_queued(pool);
    pool->caller_helps = FALSE;
  }
  pthread_mutex_unlock(&pool->lock);
}

void job_pool_free(JobPool *pool) {
  if (!pool)
    return;
  pthread_mutex_lock(&pool->lock);
  pool->ending = TRUE;
  pthread_cond_broadcast(&pool->work_or_end);
  pthread_mutex_unlock(&pool->lock);
  /* Jobs may still start threads while those before them end. */
  for (guint i = 0;; i++) {
    pthread_mutex_lock(&pool->lock);
    gboolean more = i < pool->n_threads;
    pthread_mutex_unlock(&pool->lock);
    if (!more)
      break;
    pthread_join(pool->threads[i], NULL);
  }
  pthread_cond_destroy(&pool->work_or_end);
  pthread_mutex_destroy(&pool->lock);
  g_free(pool);
}
