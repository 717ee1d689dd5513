#pragma once
/* How much memory this process uses.
 *
 * Thread: any; process_memory_bytes() does not block.
 * Errors: none; 0 when the system does not say.
 * Units and limits: bytes.
 * Source: proc(5), /proc/PID/statm; getrusage(2), which knows the most there ever was; mallopt(3), malloc_trim(3). */
#include <glib.h>

/* A descriptor for process_memory_bytes(), which then opens no file: the caller closes it. -1: the system has none. */
int process_memory_open(void);

/* In memory now; the most there ever was where the system tells no more, or fd is -1. */
guint64 process_memory_bytes(int fd);

/* From now on, what is freed in large pieces is the system's again at once. Else glibc raises the size from which it
 * does so with the largest piece it was ever given back, and keeps tens of MiB after one large message. To be called
 * before there are threads. */
void process_memory_give_back(void);

/* What is free by now is the system's again, also where it lies between what is in use. Takes some ms, in which other
 * threads may wait to allocate. */
void process_memory_trim(void);
