#include "base/terminal.h"
#include <unistd.h>

gboolean terminal_is_at(int fd) {
  return isatty(fd) == 1;
}

gboolean terminal_has_styles(int fd, TerminalGetenv get_variable) {
  const char *no_color = get_variable("NO_COLOR");

  return terminal_is_at(fd) && (!no_color || *no_color == '\0') && g_strcmp0(get_variable("TERM"), "dumb") != 0;
}
