#pragma once
/* How much memory this process uses.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: none; 0 when the system does not say.
 * Units and limits: octets.
 * Source: proc(5), /proc/PID/statm; getrusage(2), which knows the most there ever was. */
#include <glib.h>

/* In memory now; the most there ever was where the system tells no more. */
guint64 process_memory_bytes(void);
