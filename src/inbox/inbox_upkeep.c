#include "inbox/inbox_upkeep.h"

#include "inbox/inbox_private.h"
#include "store/rebuild.h"

gboolean inbox_check(const char *place, InboxFound found, gpointer user_data, InboxChecked *out_checked,
                     GError **error) {
  return store_check(place, found, user_data, out_checked, error);
}

gboolean inbox_put_lists_aside(const char *place, GError **error) {
  return store_put_index_aside(place, error);
}

GHashTable *inbox_read_tags_aside(const char *place, GError **error) {
  return store_read_tags_aside(place, error);
}

gboolean inbox_drop_lists_aside(const char *place, GError **error) {
  return store_drop_index_aside(place, error);
}
