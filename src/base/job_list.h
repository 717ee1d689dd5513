#pragma once
/* A list of jobs, first in, first out: what queues and crews are made of.
 *
 * Owns: the jobs in it, not their data.
 * Thread: whoever owns the list locks it. */
#include <glib.h>

typedef void (*JobFunc)(gpointer data);

typedef struct Job Job;

/* All zero is empty. */
typedef struct JobList {
  Job *first;
  Job *last;
} JobList;

void job_list_append(JobList *list, JobFunc func, gpointer data);

/* Appends the jobs of `more` to `list`, and leaves `more` empty. */
void job_list_join(JobList *list, JobList *more);

/* NULL when the list is empty; job_run() frees. */
Job *job_list_take(JobList *list);

void job_run(Job *job);
