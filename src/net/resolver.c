#include "net/resolver.h"
#include <pthread.h>

/* Where threads put what they found. It outlives the resolver while one of them waits for a name server. */
typedef struct Mailbox {
  pthread_mutex_t lock;
  LoopQueue *queue; /* NULL: nobody waits any more; under the lock, as is n_owners */
  guint n_owners;
} Mailbox;

struct NetResolver {
  Mailbox *mailbox;
  GQueue waiting;     /* NetLookup, without a thread */
  GPtrArray *running; /* NetLookup, each with a thread or on its way back from it */
};

struct NetLookup {
  NetResolver *resolver; /* NULL: nobody waits for it */
  NetResolved resolved;
  gpointer user_data;
  Mailbox *mailbox;
  char *host;
  guint16 port;
  /* what the thread found */
  GArray *addresses;
  GError *error;
};

static void mailbox_leave(Mailbox *mailbox) {
  pthread_mutex_lock(&mailbox->lock);
  gboolean was_last = --mailbox->n_owners == 0;
  pthread_mutex_unlock(&mailbox->lock);
  if (!was_last)
    return;
  pthread_mutex_destroy(&mailbox->lock);
  g_free(mailbox);
}

static void lookup_free(NetLookup *lookup) {
  if (lookup->addresses)
    g_array_unref(lookup->addresses);
  g_clear_error(&lookup->error);
  g_free(lookup->host);
  g_free(lookup);
}

/* --- on the thread */

static void found_cb(gpointer data);

static void *thread(void *data) {
  NetLookup *lookup = data;
  Mailbox *mailbox = lookup->mailbox;

  lookup->addresses = net_address_look_up(lookup->host, lookup->port, &lookup->error);
  pthread_mutex_lock(&mailbox->lock);
  if (mailbox->queue)
    loop_queue_post(mailbox->queue, found_cb, lookup);
  else
    lookup_free(lookup);
  pthread_mutex_unlock(&mailbox->lock);
  mailbox_leave(mailbox);
  return NULL;
}

/* --- on the loop */

static gboolean start_thread(NetLookup *lookup) {
  pthread_attr_t attributes;
  pthread_t id;

  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, JOB_STACK_BYTES);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  gboolean is_started = job_start_thread(&id, &attributes, thread, lookup) == 0;
  pthread_attr_destroy(&attributes);
  return is_started;
}

static void start(NetLookup *lookup) {
  Mailbox *mailbox = lookup->mailbox;

  g_ptr_array_add(lookup->resolver->running, lookup);
  pthread_mutex_lock(&mailbox->lock);
  mailbox->n_owners++;
  pthread_mutex_unlock(&mailbox->lock);
  if (start_thread(lookup))
    return;
  g_set_error(&lookup->error, NET_ERROR, NET_ERROR_ADDRESS, "%s: the system cannot start a thread to look it up",
              lookup->host);
  loop_queue_post(mailbox->queue, found_cb, lookup);
  mailbox_leave(mailbox);
}

static void start_waiting(NetResolver *resolver) {
  while (resolver->running->len < NET_RESOLVER_THREADS_MAX && !g_queue_is_empty(&resolver->waiting))
    start(g_queue_pop_head(&resolver->waiting));
}

/* A lookup that was cancelled keeps its place as long as its thread lives: there are never more than so many. */
static void found_cb(gpointer data) {
  NetLookup *lookup = data;
  NetResolver *resolver = lookup->resolver;

  if (resolver) {
    g_ptr_array_remove_fast(resolver->running, lookup);
    start_waiting(resolver);
    if (lookup->resolved)
      lookup->resolved(lookup->addresses, lookup->error, lookup->user_data);
  }
  lookup_free(lookup);
}

NetResolver *net_resolver_new(LoopQueue *queue) {
  NetResolver *resolver = g_new0(NetResolver, 1);

  resolver->mailbox = g_new0(Mailbox, 1);
  pthread_mutex_init(&resolver->mailbox->lock, NULL);
  resolver->mailbox->queue = queue;
  resolver->mailbox->n_owners = 1;
  resolver->running = g_ptr_array_new();
  return resolver;
}

void net_resolver_free(NetResolver *resolver) {
  if (!resolver)
    return;
  pthread_mutex_lock(&resolver->mailbox->lock);
  resolver->mailbox->queue = NULL; /* from the end of the lock on, threads free what they found */
  for (guint i = 0; i < resolver->running->len; i++)
    ((NetLookup *)g_ptr_array_index(resolver->running, i))->resolver = NULL;
  pthread_mutex_unlock(&resolver->mailbox->lock);
  g_ptr_array_unref(resolver->running);
  g_queue_clear_full(&resolver->waiting, (GDestroyNotify)lookup_free);
  mailbox_leave(resolver->mailbox);
  g_free(resolver);
}

NetLookup *net_resolver_ask(NetResolver *resolver, const char *host, guint16 port, NetResolved resolved,
                            gpointer user_data) {
  NetLookup *lookup = g_new0(NetLookup, 1);

  *lookup = (NetLookup){.resolver = resolver,
                        .resolved = resolved,
                        .user_data = user_data,
                        .mailbox = resolver->mailbox,
                        .host = g_strdup(host),
                        .port = port};
  g_queue_push_tail(&resolver->waiting, lookup);
  start_waiting(resolver);
  return lookup;
}

void net_lookup_cancel(NetLookup *lookup) {
  if (!lookup)
    return;
  lookup->resolved = NULL;
  if (g_queue_remove(&lookup->resolver->waiting, lookup))
    lookup_free(lookup);
}
