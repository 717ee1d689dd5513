#include "maildir/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/inotify.h>
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
#define HAVE_KQUEUE
#include <sys/event.h>
#endif

enum { N_DIRECTORIES = 2, READ_BYTES = 64 * 1024 };

struct Followers {
  Strand *strand;
  struct event *readable; /* the loop thread's, as is the next; NULL: there is nothing to wait for */
  struct event *pause;
  gint n_refs;
  pthread_mutex_t lock;
  /* Under the lock: */
  int fd;               /* -1: the system has no such thing */
  GHashTable *by_watch; /* what the system calls a directory to its Follow * */
};

typedef struct Change {
  FollowKind kind;
  MailFile file;
} Change;

struct Follow {
  Followers *followers;
  const Maildir *maildir;
  FollowEvents events;
  gboolean is_told;
  gintptr watches[N_DIRECTORIES];       /* of new/ and cur/ */
  struct timespec times[N_DIRECTORIES]; /* of their last change, where it is not told */
  /* Under the lock: */
  GArray *kept; /* Change */
  gboolean lost;
  gboolean is_reading; /* it need not be told */
};

/* Called with the lock held, as all that touches what was told. */
static void keep(Follow *follow, FollowKind kind, MailDirectory directory, const char *name) {
  gboolean was_empty = follow->kept->len == 0 && !follow->lost;

  if (kind == FOLLOW_LOST || follow->kept->len == FOLLOW_KEPT_MAX) {
    g_array_set_size(follow->kept, 0);
    follow->lost = TRUE;
  } else if (!follow->lost) {
    const Change change = {kind, {directory, g_strdup(name)}};
    g_array_append_val(follow->kept, change);
  }
  if (was_empty && !follow->is_reading)
    follow->events.stirred(follow->events.user_data);
}

static void clear_change(gpointer change) {
  mail_file_clear(&((Change *)change)->file);
}

#if defined(__linux__)

enum { WATCHED = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR | IN_DONT_FOLLOW };

static int system_open(void) {
  return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

/* -1: the system watches no more. */
static gintptr system_watch(const Follow *follow, MailDirectory directory) {
  g_autofree char *path = g_build_filename(follow->maildir->real_path, mail_file_directory_name(directory), NULL);

  return inotify_add_watch(follow->followers->fd, path, WATCHED);
}

static void system_unwatch(const Follow *follow, MailDirectory directory) {
  (void)inotify_rm_watch(follow->followers->fd, (int)follow->watches[directory]);
}

static void lose_all(Followers *followers) {
  GHashTableIter iter;
  gpointer follow;

  g_hash_table_iter_init(&iter, followers->by_watch);
  while (g_hash_table_iter_next(&iter, NULL, &follow))
    keep(follow, FOLLOW_LOST, 0, NULL);
}

static void take(Followers *followers, const struct inotify_event *event) {
  if (event->mask & IN_Q_OVERFLOW) {
    lose_all(followers);
    return;
  }
  Follow *follow = g_hash_table_lookup(followers->by_watch, GINT_TO_POINTER(event->wd));
  if (!follow)
    return; /* it was told before the watch ended */
  if (event->mask & (IN_IGNORED | IN_UNMOUNT)) {
    keep(follow, FOLLOW_LOST, 0, NULL);
    return;
  }
  if (event->len == 0 || !store_name_is_plain(event->name))
    return;
  FollowKind kind = event->mask & (IN_CREATE | IN_MOVED_TO)     ? FOLLOW_APPEARED
                    : event->mask & (IN_MOVED_FROM | IN_DELETE) ? FOLLOW_GONE
                                                                : FOLLOW_WRITTEN;
  gboolean is_new = event->wd == follow->watches[MAIL_DIRECTORY_NEW];
  keep(follow, kind, is_new ? MAIL_DIRECTORY_NEW : MAIL_DIRECTORY_CUR, event->name);
}

static void system_read(Followers *followers) {
  g_autofree char *bytes = g_malloc(READ_BYTES);
  ssize_t n_read;

  while ((n_read = read(followers->fd, bytes, READ_BYTES)) > 0 || (n_read < 0 && errno == EINTR)) {
    for (ssize_t at = 0; at < n_read;) {
      const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
      take(followers, event);
      at += (ssize_t)(sizeof *event + event->len);
    }
  }
}

#elif defined(HAVE_KQUEUE)

static int system_open(void) {
  return kqueue();
}

static int change_watch(const Follow *follow, int fd, int flags) {
  struct kevent event;

  EV_SET(&event, fd, EVFILT_VNODE, flags, NOTE_WRITE | NOTE_EXTEND, 0, NULL);
  return kevent(follow->followers->fd, &event, 1, NULL, 0, NULL);
}

static gintptr system_watch(const Follow *follow, MailDirectory directory) {
  int fd = directory == MAIL_DIRECTORY_NEW ? follow->maildir->new_fd : follow->maildir->cur_fd;

  return change_watch(follow, fd, EV_ADD | EV_CLEAR) < 0 ? -1 : fd;
}

static void system_unwatch(const Follow *follow, MailDirectory directory) {
  (void)change_watch(follow, (int)follow->watches[directory], EV_DELETE);
}

/* It says that a directory has changed, not what. */
static void system_read(Followers *followers) {
  struct kevent event;
  const struct timespec no_time = {0};

  while (kevent(followers->fd, NULL, 0, &event, 1, &no_time) > 0) {
    Follow *follow = g_hash_table_lookup(followers->by_watch, GINT_TO_POINTER((gintptr)event.ident));
    if (follow)
      keep(follow, FOLLOW_LOST, 0, NULL);
  }
}

#else

static int system_open(void) {
  return -1;
}

static gintptr system_watch(const Follow *follow, MailDirectory directory) {
  return -1;
}

static void system_unwatch(const Follow *follow, MailDirectory directory) {}

static void system_read(Followers *followers) {}

#endif

/* --- all */

static void free_cb(gpointer data) {
  Followers *followers = data;

  if (followers->fd >= 0)
    close(followers->fd);
  g_hash_table_unref(followers->by_watch);
  pthread_mutex_destroy(&followers->lock);
  g_free(followers);
}

static void followers_unref(Followers *followers) {
  if (g_atomic_int_dec_and_test(&followers->n_refs))
    strand_close(followers->strand, free_cb, followers);
}

static void read_cb(gpointer data) {
  Followers *followers = data;

  pthread_mutex_lock(&followers->lock);
  system_read(followers);
  pthread_mutex_unlock(&followers->lock);
}

/* Our own messages are told, too: in a burst, many at a time. */
static void readable_cb(evutil_socket_t fd, short what, void *user_data) {
  static const struct timeval pause = {.tv_usec = FOLLOW_PAUSE_MS * 1000};
  Followers *followers = user_data;

  strand_run(followers->strand, read_cb, followers);
  event_add(followers->pause, &pause);
}

static void pause_cb(evutil_socket_t fd, short what, void *user_data) {
  Followers *followers = user_data;

  event_add(followers->readable, NULL);
}

Followers *followers_new(LoopQueue *queue) {
  Followers *followers = g_new0(Followers, 1);

  followers->n_refs = 1;
  followers->strand = strand_new(loop_queue_crew(queue), 1, STRAND_SHORT);
  followers->by_watch = g_hash_table_new(NULL, NULL);
  pthread_mutex_init(&followers->lock, NULL);
  followers->fd = system_open();
  if (followers->fd >= 0) {
    struct event_base *base = loop_queue_base(queue);
    followers->readable = event_new(base, followers->fd, EV_READ, readable_cb, followers);
    followers->pause = evtimer_new(base, pause_cb, followers);
    event_add(followers->readable, NULL);
  }
  return followers;
}

void followers_free(Followers *followers) {
  if (!followers)
    return;
  g_clear_pointer(&followers->readable, event_free);
  g_clear_pointer(&followers->pause, event_free);
  followers_unref(followers);
}

/* --- one */

static void unwatch(Follow *follow, guint n_directories) {
  for (guint i = 0; i < n_directories; i++) {
    g_hash_table_remove(follow->followers->by_watch, GINT_TO_POINTER(follow->watches[i]));
    system_unwatch(follow, i);
  }
}

/* FALSE: the system watches no more; or that directory already, for somebody else. */
static gboolean watch(Follow *follow) {
  Followers *followers = follow->followers;

  for (guint i = 0; i < N_DIRECTORIES; i++) {
    follow->watches[i] = followers->fd >= 0 ? system_watch(follow, i) : -1;
    gpointer key = GINT_TO_POINTER(follow->watches[i]);
    if (follow->watches[i] < 0 || g_hash_table_contains(followers->by_watch, key)) {
      unwatch(follow, i);
      return FALSE;
    }
    g_hash_table_insert(followers->by_watch, key, follow);
  }
  return TRUE;
}

/* Says whether the directories were changed since the last time. */
static gboolean poll_directories(Follow *follow) {
  int directories[N_DIRECTORIES] = {follow->maildir->new_fd, follow->maildir->cur_fd};
  gboolean any = FALSE;

  for (guint i = 0; i < N_DIRECTORIES; i++) {
    struct stat status;
    if (fstat(directories[i], &status) < 0)
      continue;
#ifdef __APPLE__
    struct timespec time = status.st_mtimespec;
#else
    struct timespec time = status.st_mtim;
#endif
    any |= time.tv_sec != follow->times[i].tv_sec || time.tv_nsec != follow->times[i].tv_nsec;
    follow->times[i] = time;
  }
  return any;
}

Follow *follow_new(Followers *followers, const Maildir *maildir, const FollowEvents *events) {
  Follow *follow = g_new0(Follow, 1);

  g_atomic_int_inc(&followers->n_refs);
  follow->followers = followers;
  follow->maildir = maildir;
  follow->events = *events;
  follow->kept = g_array_new(FALSE, FALSE, sizeof(Change));
  g_array_set_clear_func(follow->kept, clear_change);
  pthread_mutex_lock(&followers->lock);
  follow->is_told = watch(follow);
  pthread_mutex_unlock(&followers->lock);
  if (!follow->is_told)
    (void)poll_directories(follow);
  return follow;
}

void follow_free(Follow *follow) {
  if (!follow)
    return;
  Followers *followers = follow->followers;
  pthread_mutex_lock(&followers->lock);
  if (follow->is_told)
    unwatch(follow, N_DIRECTORIES);
  pthread_mutex_unlock(&followers->lock);
  g_array_unref(follow->kept);
  g_free(follow);
  followers_unref(followers);
}

gboolean follow_is_told(const Follow *follow) {
  return follow->is_told;
}

static void read_told(Follow *follow) {
  Followers *followers = follow->followers;

  pthread_mutex_lock(&followers->lock);
  follow->is_reading = TRUE;
  system_read(followers);
  follow->is_reading = FALSE;
  GArray *kept = follow->kept;
  gboolean lost = follow->lost;
  follow->kept = g_array_new(FALSE, FALSE, sizeof(Change));
  g_array_set_clear_func(follow->kept, clear_change);
  follow->lost = FALSE;
  pthread_mutex_unlock(&followers->lock);
  for (guint i = 0; i < kept->len; i++) {
    const Change *change = &g_array_index(kept, Change, i);
    follow->events.changed(change->kind, &change->file, follow->events.user_data);
  }
  if (lost)
    follow->events.changed(FOLLOW_LOST, NULL, follow->events.user_data);
  g_array_unref(kept);
}

void follow_read(Follow *follow) {
  if (follow->is_told)
    read_told(follow);
  else if (poll_directories(follow))
    follow->events.changed(FOLLOW_LOST, NULL, follow->events.user_data);
}
