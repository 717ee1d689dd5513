#include "net/peer_count.h"
#include <string.h>

struct NetPeerCount {
  guint max_per_address;
  GHashTable *counts; /* NetPeerKey -> guint */
};

NetPeerKey net_peer_key(const NetAddress *address) {
  enum { NETWORK_BYTES = 8, MAPPED_BYTES = 12 };
  NetPeerKey key = {0};
  guint8 ip[16];
  gsize ip_len = net_address_ip(address, ip);

  if (ip_len == 4) {
    memset(key.bytes + MAPPED_BYTES - 2, 0xFF, 2);
    memcpy(key.bytes + MAPPED_BYTES, ip, ip_len);
  } else if (ip_len == 16) {
    memcpy(key.bytes, ip, NETWORK_BYTES);
    key.bytes[sizeof key.bytes - 1] = 1; /* ::1 and its like begin with zeros, which would mean "not counted" */
  }
  return key;
}

static gboolean is_counted(const NetPeerCount *count, const NetPeerKey *key) {
  static const NetPeerKey nobody = {0};

  return count->max_per_address > 0 && memcmp(key, &nobody, sizeof nobody) != 0;
}

/* Not keyed: addresses that collide have to complete a handshake each, and there are no more entries than connections.
 */
static guint key_hash(gconstpointer data) {
  const NetPeerKey *key = data;
  guint hash = 5381;

  for (gsize i = 0; i < sizeof key->bytes; i++)
    hash = hash * 33 + key->bytes[i];
  return hash;
}

static gboolean key_equal(gconstpointer a, gconstpointer b) {
  return memcmp(a, b, sizeof(NetPeerKey)) == 0;
}

NetPeerCount *net_peer_count_new(guint max_per_address) {
  NetPeerCount *count = g_new0(NetPeerCount, 1);

  count->max_per_address = max_per_address;
  count->counts = g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
  return count;
}

gboolean net_peer_count_enter(NetPeerCount *count, const NetPeerKey *key) {
  if (!is_counted(count, key))
    return TRUE;
  guint n_connections = GPOINTER_TO_UINT(g_hash_table_lookup(count->counts, key));
  if (n_connections >= count->max_per_address)
    return FALSE;
  g_hash_table_replace(count->counts, g_memdup2(key, sizeof *key), GUINT_TO_POINTER(n_connections + 1));
  return TRUE;
}

void net_peer_count_leave(NetPeerCount *count, const NetPeerKey *key) {
  if (!is_counted(count, key))
    return;
  guint n_connections = GPOINTER_TO_UINT(g_hash_table_lookup(count->counts, key));
  if (n_connections > 1)
    g_hash_table_replace(count->counts, g_memdup2(key, sizeof *key), GUINT_TO_POINTER(n_connections - 1));
  else
    g_hash_table_remove(count->counts, key);
}

void net_peer_count_free(NetPeerCount *count) {
  if (!count)
    return;
  g_hash_table_unref(count->counts);
  g_free(count);
}
