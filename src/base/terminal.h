#pragma once
/* What a terminal can do.
 *
 * Thread: any.
 * Source: no-color.org. */
#include <glib.h>

#define TERMINAL_BOLD "\033[1m"
#define TERMINAL_DIM "\033[2m"
#define TERMINAL_BOLD_RED "\033[1;31m"
#define TERMINAL_YELLOW "\033[33m"
#define TERMINAL_CYAN "\033[36m"
#define TERMINAL_PLAIN "\033[0m"

/* How a variable of the environment is read: g_getenv(), or a test's own. */
typedef const char *(*TerminalGetenv)(const char *name);

/* TRUE: a person reads what is written there. */
gboolean terminal_is_at(int fd);

/* TRUE: it is one with styles, and NO_COLOR and TERM do not object. */
gboolean terminal_has_styles(int fd, TerminalGetenv get_variable);
