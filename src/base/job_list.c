#include "base/job_list.h"

struct Job {
  Job *next;
  JobFunc func;
  gpointer data;
};

void job_list_append(JobList *list, JobFunc func, gpointer data) {
  Job *job = g_new(Job, 1);

  *job = (Job){.func = func, .data = data};
  if (list->last)
    list->last->next = job;
  else
    list->first = job;
  list->last = job;
}

void job_list_join(JobList *list, JobList *more) {
  if (!more->first)
    return;
  if (list->last)
    list->last->next = more->first;
  else
    list->first = more->first;
  list->last = more->last;
  *more = (JobList){0};
}

Job *job_list_take(JobList *list) {
  Job *job = list->first;

  if (!job)
    return NULL;
  list->first = job->next;
  if (!list->first)
    list->last = NULL;
  return job;
}

void job_run(Job *job) {
  job->func(job->data);
  g_free(job);
}
