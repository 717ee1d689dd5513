#pragma once
/* The two things systemd and its like say to a service and hear from it: sockets opened beforehand, and readiness.
 *
 * Owns: nothing; descriptors received are the caller's.
 * Thread: the main thread, before others are started (the environment is changed).
 * Errors: none: what is not there is not used.
 * Units and limits: at most SERVICE_MANAGER_FDS_MAX sockets are taken.
 * Source: sd_listen_fds(3) and sd_notify(3), which specify both protocols. */
#include <glib.h>

enum { SERVICE_MANAGER_FDS_MAX = 64 };

/* Descriptors passed to this process, in order; empty when there are none. The variables are taken out of the
 * environment so that no child believes them its own. */
GArray *service_manager_take_fds(void);

/* Sends `state` ("READY=1", "STOPPING=1") to the manager, if one asked to hear. */
void service_manager_notify(const char *state);
