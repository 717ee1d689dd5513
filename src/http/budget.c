#include "http/budget.h"
#include <pthread.h>

struct HttpBudget {
  gint n_refs; /* atomic */
  gsize max_bytes;
  pthread_mutex_t lock;
  gsize held_bytes; /* under the lock */
};

struct HttpCharge {
  HttpBudget *budget;
  gsize n_bytes;
  GBytes *bytes; /* that it is attached to; NULL: none yet */
};

HttpBudget *http_budget_new(gsize max_bytes) {
  HttpBudget *budget = g_new0(HttpBudget, 1);

  budget->n_refs = 1;
  budget->max_bytes = max_bytes;
  pthread_mutex_init(&budget->lock, NULL);
  return budget;
}

HttpBudget *http_budget_ref(HttpBudget *budget) {
  g_atomic_int_inc(&budget->n_refs);
  return budget;
}

void http_budget_unref(HttpBudget *budget) {
  if (!budget || !g_atomic_int_dec_and_test(&budget->n_refs))
    return;
  pthread_mutex_destroy(&budget->lock);
  g_free(budget);
}

gsize http_budget_max(const HttpBudget *budget) {
  return budget->max_bytes;
}

gsize http_budget_held(HttpBudget *budget) {
  pthread_mutex_lock(&budget->lock);
  gsize held_bytes = budget->held_bytes;
  pthread_mutex_unlock(&budget->lock);
  return held_bytes;
}

static gboolean take(HttpBudget *budget, gsize n_bytes) {
  pthread_mutex_lock(&budget->lock);
  gboolean fits = n_bytes <= budget->max_bytes - budget->held_bytes;
  if (fits)
    budget->held_bytes += n_bytes;
  pthread_mutex_unlock(&budget->lock);
  return fits;
}

static void give_back(HttpBudget *budget, gsize n_bytes) {
  pthread_mutex_lock(&budget->lock);
  budget->held_bytes -= n_bytes;
  pthread_mutex_unlock(&budget->lock);
}

HttpCharge *http_charge_new(HttpBudget *budget, gsize n_bytes) {
  if (!take(budget, n_bytes))
    return NULL;
  HttpCharge *charge = g_new0(HttpCharge, 1);
  charge->budget = http_budget_ref(budget);
  charge->n_bytes = n_bytes;
  return charge;
}

gboolean http_charge_grow(HttpCharge *charge, gsize n_bytes) {
  if (!take(charge->budget, n_bytes))
    return FALSE;
  charge->n_bytes += n_bytes;
  return TRUE;
}

void http_charge_shrink(HttpCharge *charge, gsize n_bytes) {
  if (n_bytes >= charge->n_bytes)
    return;
  give_back(charge->budget, charge->n_bytes - n_bytes);
  charge->n_bytes = n_bytes;
}

gsize http_charge_bytes(const HttpCharge *charge) {
  return charge->n_bytes;
}

void http_charge_free(HttpCharge *charge) {
  if (!charge)
    return;
  g_clear_pointer(&charge->bytes, g_bytes_unref); /* first the memory, then its count */
  give_back(charge->budget, charge->n_bytes);
  http_budget_unref(charge->budget);
  g_free(charge);
}

static void detach_cb(gpointer data) {
  http_charge_free(data);
}

GBytes *http_charge_attach(HttpCharge *charge, GBytes *bytes) {
  gsize len;
  const void *data = g_bytes_get_data(bytes, &len);

  http_charge_shrink(charge, len);
  charge->bytes = bytes;
  return g_bytes_new_with_free_func(data, len, detach_cb, charge);
}
