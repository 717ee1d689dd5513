#include "http/budget.h"
#include <pthread.h>

struct HttpBudget {
  gint n_refs; /* atomic */
  gsize max_octets;
  pthread_mutex_t lock;
  gsize held_octets; /* under the lock */
};

struct HttpCharge {
  HttpBudget *budget;
  gsize n_octets;
  GBytes *octets; /* that it is attached to; NULL: none yet */
};

HttpBudget *http_budget_new(gsize max_octets) {
  HttpBudget *budget = g_new0(HttpBudget, 1);

  budget->n_refs = 1;
  budget->max_octets = max_octets;
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
  return budget->max_octets;
}

gsize http_budget_held(HttpBudget *budget) {
  pthread_mutex_lock(&budget->lock);
  gsize held_octets = budget->held_octets;
  pthread_mutex_unlock(&budget->lock);
  return held_octets;
}

static gboolean take(HttpBudget *budget, gsize n_octets) {
  pthread_mutex_lock(&budget->lock);
  gboolean fits = n_octets <= budget->max_octets - budget->held_octets;
  if (fits)
    budget->held_octets += n_octets;
  pthread_mutex_unlock(&budget->lock);
  return fits;
}

static void give_back(HttpBudget *budget, gsize n_octets) {
  pthread_mutex_lock(&budget->lock);
  budget->held_octets -= n_octets;
  pthread_mutex_unlock(&budget->lock);
}

HttpCharge *http_charge_new(HttpBudget *budget, gsize n_octets) {
  if (!take(budget, n_octets))
    return NULL;
  HttpCharge *charge = g_new0(HttpCharge, 1);
  charge->budget = http_budget_ref(budget);
  charge->n_octets = n_octets;
  return charge;
}

gboolean http_charge_grow(HttpCharge *charge, gsize n_octets) {
  if (!take(charge->budget, n_octets))
    return FALSE;
  charge->n_octets += n_octets;
  return TRUE;
}

void http_charge_shrink(HttpCharge *charge, gsize n_octets) {
  if (n_octets >= charge->n_octets)
    return;
  give_back(charge->budget, charge->n_octets - n_octets);
  charge->n_octets = n_octets;
}

gsize http_charge_octets(const HttpCharge *charge) {
  return charge->n_octets;
}

void http_charge_free(HttpCharge *charge) {
  if (!charge)
    return;
  g_clear_pointer(&charge->octets, g_bytes_unref); /* first the memory, then its count */
  give_back(charge->budget, charge->n_octets);
  http_budget_unref(charge->budget);
  g_free(charge);
}

static void detach_cb(gpointer data) {
  http_charge_free(data);
}

GBytes *http_charge_attach(HttpCharge *charge, GBytes *octets) {
  gsize len;
  const void *data = g_bytes_get_data(octets, &len);

  http_charge_shrink(charge, len);
  charge->octets = octets;
  return g_bytes_new_with_free_func(data, len, detach_cb, charge);
}
