#include "net/service_manager.h"
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static guint64 number_in_environment(const char *name) {
  const char *text = g_getenv(name);
  guint64 number = 0;

  return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &number, NULL) ? number : 0;
}

GArray *service_manager_take_fds(void) {
  GArray *fds = g_array_new(FALSE, FALSE, sizeof(int));

  if (number_in_environment("LISTEN_PID") == (guint64)getpid()) {
    int n_fds = (int)MIN(number_in_environment("LISTEN_FDS"), SERVICE_MANAGER_FDS_MAX);
    for (int fd = FIRST_FD; fd < FIRST_FD + n_fds; fd++) {
      fcntl(fd, F_SETFD, FD_CLOEXEC);
      g_array_append_val(fds, fd);
    }
  }
  g_unsetenv("LISTEN_PID");
  g_unsetenv("LISTEN_FDS");
  g_unsetenv("LISTEN_FDNAMES");
  return fds;
}

void service_manager_notify(const char *state) {
  const char *path = g_getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  gsize len = path ? strlen(path) : 0;

  /* A path, or a name in Linux's abstract space, which is written with "@" for its leading NUL. */
  if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
    return;
  memcpy(address.sun_path, path, len);
  if (path[0] == '@')
    address.sun_path[0] = '\0';

  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0)
    return;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  (void)sendto(fd, state, strlen(state), MSG_DONTWAIT, (struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
  close(fd);
}
