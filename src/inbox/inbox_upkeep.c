#include "inbox/inbox_upkeep.h"

#include "inbox/inbox_private.h"
#include "store/rebuild.h"

/* Takes the error of the store. TRUE: there is none. */
static gboolean hand_on(GError *store_error, GError **error) {
  g_autoptr(GError) reason = store_error;
  if (reason)
    g_propagate_error(error, inbox_error_from_store(reason));
  return reason == NULL;
}

gboolean inbox_check(const char *place, InboxFound found, gpointer user_data, InboxChecked *out_checked,
                     GError **error) {
  GError *reason = NULL;
  (void)store_check(place, found, user_data, out_checked, &reason);
  return hand_on(reason, error);
}

gboolean inbox_put_lists_aside(const char *place, GError **error) {
  GError *reason = NULL;
  (void)store_put_index_aside(place, &reason);
  return hand_on(reason, error);
}

GHashTable *inbox_read_tags_aside(const char *place, GError **error) {
  GError *reason = NULL;
  GHashTable *tags = store_read_tags_aside(place, &reason);
  (void)hand_on(reason, error);
  return tags;
}

gboolean inbox_drop_lists_aside(const char *place, GError **error) {
  GError *reason = NULL;
  (void)store_drop_index_aside(place, &reason);
  return hand_on(reason, error);
}
