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

struct Follow {
  const Maildir *maildir;
  FollowChanged changed;
  gpointer user_data;
  int fd;
  int watches[N_DIRECTORIES];           /* of new/ and cur/, where the system numbers them */
  struct timespec times[N_DIRECTORIES]; /* of their last change, where it does not tell */
};

#if defined(__linux__)

enum { WATCHED = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR | IN_DONT_FOLLOW };

static gboolean system_open(Follow *follow) {
  follow->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  for (guint i = 0; follow->fd >= 0 && i < N_DIRECTORIES; i++) {
    g_autofree char *path = g_build_filename(follow->maildir->real_path, mail_file_directory_name(i), NULL);
    follow->watches[i] = inotify_add_watch(follow->fd, path, WATCHED);
    if (follow->watches[i] < 0) {
      close(follow->fd);
      follow->fd = -1;
    }
  }
  return follow->fd >= 0;
}

static void tell(Follow *follow, const struct inotify_event *event) {
  if (event->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT)) {
    follow->changed(FOLLOW_LOST, NULL, follow->user_data);
    return;
  }
  if (event->len == 0 || !store_name_is_plain(event->name))
    return;
  const MailFile file = {
      .directory = event->wd == follow->watches[MAIL_DIRECTORY_NEW] ? MAIL_DIRECTORY_NEW : MAIL_DIRECTORY_CUR,
      .name = (char *)event->name,
  };
  FollowKind kind = event->mask & (IN_CREATE | IN_MOVED_TO)     ? FOLLOW_APPEARED
                    : event->mask & (IN_MOVED_FROM | IN_DELETE) ? FOLLOW_GONE
                                                                : FOLLOW_WRITTEN;
  follow->changed(kind, &file, follow->user_data);
}

static void system_read(Follow *follow) {
  g_autofree char *bytes = g_malloc(READ_BYTES);
  ssize_t n_read;
  while ((n_read = read(follow->fd, bytes, READ_BYTES)) > 0 || (n_read < 0 && errno == EINTR)) {
    for (ssize_t at = 0; at < n_read;) {
      const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
      tell(follow, event);
      at += (ssize_t)(sizeof *event + event->len);
    }
  }
}

#elif defined(HAVE_KQUEUE)

/* It says that a directory has changed, not what. */
static gboolean system_open(Follow *follow) {
  int directories[N_DIRECTORIES] = {follow->maildir->new_fd, follow->maildir->cur_fd};
  struct kevent events[N_DIRECTORIES];
  for (guint i = 0; i < N_DIRECTORIES; i++)
    EV_SET(&events[i], directories[i], EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_WRITE | NOTE_EXTEND, 0, NULL);
  follow->fd = kqueue();
  if (follow->fd >= 0 && kevent(follow->fd, events, N_DIRECTORIES, NULL, 0, NULL) < 0) {
    close(follow->fd);
    follow->fd = -1;
  }
  return follow->fd >= 0;
}

static void system_read(Follow *follow) {
  struct kevent event;
  const struct timespec no_time = {0};
  gboolean any = FALSE;
  while (kevent(follow->fd, NULL, 0, &event, 1, &no_time) > 0)
    any = TRUE;
  if (any)
    follow->changed(FOLLOW_LOST, NULL, follow->user_data);
}

#else

static gboolean system_open(Follow *follow) {
  follow->fd = -1;
  return FALSE;
}

static void system_read(Follow *follow) {}

#endif

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

Follow *follow_new(const Maildir *maildir, FollowChanged changed, gpointer user_data) {
  Follow *follow = g_new0(Follow, 1);
  follow->maildir = maildir;
  follow->changed = changed;
  follow->user_data = user_data;
  follow->fd = -1;
  if (!system_open(follow))
    (void)poll_directories(follow);
  return follow;
}

void follow_free(Follow *follow) {
  if (!follow)
    return;
  if (follow->fd >= 0)
    close(follow->fd);
  g_free(follow);
}

int follow_fd(const Follow *follow) {
  return follow->fd;
}

void follow_read(Follow *follow) {
  if (follow->fd >= 0)
    system_read(follow);
  else if (poll_directories(follow))
    follow->changed(FOLLOW_LOST, NULL, follow->user_data);
}
