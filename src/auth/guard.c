#include "auth/guard.h"
#include "auth/exchange_private.h"
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

typedef struct Entry {
  guint8 key[AUTH_GUARD_KEY_BYTES];
  guint n_failures;
  gint64 until_us;  /* rejected up to then */
  gint64 forget_us; /* as if it had never been, from then on */
  gint64 tries_us;  /* each try while it is rejected puts this a second further on; AUTH_GUARD_TRIES ahead is too far */
  guint8 last_wrong[AUTH_GUARD_KEY_BYTES]; /* the credential */
  GList link;
} Entry;

/* Entries by their keys, those heard of last kept. */
typedef struct Table {
  GHashTable *by_key;
  GQueue entries; /* Entry, the one heard of last at the end */
  guint max;
} Table;

struct AuthGuard {
  AuthClock clock;
  gpointer clock_data;
  guint8 key[AUTH_GUARD_KEY_BYTES];
  pthread_mutex_t lock;
  Table failures; /* by client */
  Table known;    /* credentials that were good */
};

/* --- tables */

/* Keys are digests by a secret key, so nobody can make them collide. */
static guint key_hash(gconstpointer key) {
  guint hash;

  memcpy(&hash, key, sizeof hash);
  return hash;
}

static gboolean key_equal(gconstpointer a, gconstpointer b) {
  return memcmp(a, b, AUTH_GUARD_KEY_BYTES) == 0;
}

static void table_init(Table *table, guint max) {
  table->by_key = g_hash_table_new(key_hash, key_equal);
  g_queue_init(&table->entries);
  table->max = max;
}

static void table_remove(Table *table, Entry *entry) {
  g_hash_table_remove(table->by_key, entry->key);
  g_queue_unlink(&table->entries, &entry->link);
  g_free(entry);
}

static void table_clear(Table *table) {
  while (!g_queue_is_empty(&table->entries))
    table_remove(table, table->entries.head->data);
  g_hash_table_unref(table->by_key);
}

static Entry *table_find(Table *table, const guint8 *key, gint64 now_us) {
  Entry *entry = g_hash_table_lookup(table->by_key, key);

  if (!entry || entry->forget_us > now_us)
    return entry;
  table_remove(table, entry);
  return NULL;
}

static Entry *table_hear(Table *table, const guint8 *key, gint64 now_us) {
  Entry *entry = table_find(table, key, now_us);

  if (entry) {
    g_queue_unlink(&table->entries, &entry->link);
  } else {
    entry = g_new0(Entry, 1);
    memcpy(entry->key, key, sizeof entry->key);
    entry->link.data = entry;
    g_hash_table_insert(table->by_key, entry->key, entry);
  }
  g_queue_push_tail_link(&table->entries, &entry->link);
  if (table->entries.length > table->max)
    table_remove(table, table->entries.head->data);
  return entry;
}

/* --- the guard */

static gint64 system_clock(gpointer user_data) {
  return g_get_monotonic_time();
}

AuthGuard *auth_guard_new(AuthClock clock, gpointer clock_data) {
  AuthGuard *guard = g_new0(AuthGuard, 1);

  guard->clock = clock ? clock : system_clock;
  guard->clock_data = clock_data;
  if (getentropy(guard->key, sizeof guard->key) != 0)
    g_error("the system provides no random bytes");
  pthread_mutex_init(&guard->lock, NULL);
  table_init(&guard->failures, AUTH_GUARD_CLIENTS_MAX);
  table_init(&guard->known, AUTH_GUARD_KNOWN_MAX);
  return guard;
}

void auth_guard_free(AuthGuard *guard) {
  if (!guard)
    return;
  table_clear(&guard->failures);
  table_clear(&guard->known);
  pthread_mutex_destroy(&guard->lock);
  g_free(guard);
}

/* `kind` keeps digests of different things apart, and NUL, which none of the texts has, their parts. */
static void digest(const AuthGuard *guard, char kind, const guint8 *client, const char *name, const char *secret,
                   guint8 *out_digest) {
  g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, guard->key, sizeof guard->key);
  gsize len = AUTH_GUARD_KEY_BYTES;

  g_hmac_update(hmac, (const guint8 *)&kind, 1);
  if (client)
    g_hmac_update(hmac, client, AUTH_CLIENT_BYTES);
  if (name)
    g_hmac_update(hmac, (const guint8 *)name, (gssize)strlen(name) + 1);
  if (secret)
    g_hmac_update(hmac, (const guint8 *)secret, (gssize)strlen(secret) + 1);
  g_hmac_get_digest(hmac, out_digest, &len);
}

/* A mechanism that can be checked against a hash brings the secret along, and so do tokens, whose owner may be known
 * only after the check. */
void auth_guard_describe(const AuthGuard *guard, const guint8 *client, const AuthExchange *exchange,
                         AuthAttempt *out_attempt) {
  guint kinds = exchange->mechanism->kinds;

  *out_attempt = (AuthAttempt){
      .is_guess = exchange->users != NULL,
      .is_whole = (kinds & (AUTH_SECRET_HASH | AUTH_SECRET_BEARER)) != 0,
  };
  digest(guard, 'c', client, NULL, NULL, out_attempt->client);
  if (!out_attempt->is_whole)
    digest(guard, 'n', client, exchange->name, NULL, out_attempt->credential);
  else if (kinds == AUTH_SECRET_BEARER)
    digest(guard, 't', NULL, NULL, exchange->secret, out_attempt->credential);
  else
    digest(guard, 'p', NULL, exchange->name, exchange->secret, out_attempt->credential);
}

/* FALSE: too many tries for now, so not even a good one may be noticed. */
static gboolean may_try(const Entry *client, gint64 now_us) {
  return client->tries_us - now_us < (gint64)AUTH_GUARD_TRIES * G_USEC_PER_SEC;
}

static void count_try(Entry *client, gint64 now_us) {
  client->tries_us = MAX(client->tries_us, now_us) + G_USEC_PER_SEC;
}

static gboolean pass(AuthGuard *guard, Entry *client, const AuthAttempt *attempt, gint64 now_us) {
  if (!may_try(client, now_us))
    return FALSE;
  gboolean is_known = table_find(&guard->known, attempt->credential, now_us) != NULL;
  gboolean is_repeated = attempt->is_whole && key_equal(client->last_wrong, attempt->credential);
  if (is_known != attempt->is_whole && !is_repeated)
    count_try(client, now_us);
  if (attempt->is_whole && !is_known)
    memcpy(client->last_wrong, attempt->credential, sizeof client->last_wrong);
  return is_known;
}

guint auth_guard_ask(AuthGuard *guard, AuthAttempt *attempt) {
  gint64 now_us = guard->clock(guard->clock_data);
  guint wait_s = 0;

  if (!attempt->is_guess || attempt->may_pass)
    return 0;
  pthread_mutex_lock(&guard->lock);
  Entry *client = table_find(&guard->failures, attempt->client, now_us);
  if (client && client->until_us > now_us) {
    attempt->may_pass = pass(guard, client, attempt, now_us);
    if (!attempt->may_pass)
      wait_s = (guint)((client->until_us - now_us - 1) / G_USEC_PER_SEC) + 1;
  }
  pthread_mutex_unlock(&guard->lock);
  return wait_s;
}

guint auth_guard_note_failure(AuthGuard *guard, const AuthAttempt *attempt) {
  gint64 now_us = guard->clock(guard->clock_data);
  gint64 block_s = 0;

  if (!attempt->is_guess)
    return 1;
  pthread_mutex_lock(&guard->lock);
  Entry *known = attempt->is_whole ? table_find(&guard->known, attempt->credential, now_us) : NULL;
  if (known) /* the password was changed */
    table_remove(&guard->known, known);
  Entry *client = table_hear(&guard->failures, attempt->client, now_us);
  gboolean is_repeated = attempt->is_whole && key_equal(client->last_wrong, attempt->credential);
  guint n_failures = is_repeated ? client->n_failures : ++client->n_failures;
  if (n_failures >= AUTH_GUARD_FREE && !is_repeated) /* no shift beyond what the maximum needs */
    block_s = MIN((gint64)AUTH_GUARD_BLOCK_S << MIN(n_failures - AUTH_GUARD_FREE, 8U), AUTH_GUARD_BLOCK_MAX_S);
  client->until_us = MAX(client->until_us, now_us + block_s * G_USEC_PER_SEC);
  client->forget_us = client->until_us + (gint64)AUTH_GUARD_FORGET_S * G_USEC_PER_SEC;
  memcpy(client->last_wrong, attempt->credential, sizeof client->last_wrong);
  pthread_mutex_unlock(&guard->lock);
  return n_failures;
}

void auth_guard_note_success(AuthGuard *guard, const AuthAttempt *attempt) {
  gint64 now_us = guard->clock(guard->clock_data);

  if (!attempt->is_guess)
    return;
  pthread_mutex_lock(&guard->lock);
  table_hear(&guard->known, attempt->credential, now_us)->forget_us =
      now_us + (gint64)AUTH_GUARD_KNOWN_S * G_USEC_PER_SEC;
  Entry *client = attempt->may_pass ? table_find(&guard->failures, attempt->client, now_us) : NULL;
  if (client && !attempt->is_whole) /* the try was none */
    client->tries_us -= G_USEC_PER_SEC;
  pthread_mutex_unlock(&guard->lock);
}
