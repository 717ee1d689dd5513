#include "inbox/change.h"

#include <string.h>

void inbox_change_free(InboxChange *change) {
  if (!change)
    return;
  g_clear_pointer(&change->selection.ids, g_ptr_array_unref);
  search_query_free(change->selection.query);
  g_clear_pointer(&change->tags, g_ptr_array_unref);
  g_clear_pointer(&change->tags_off, g_ptr_array_unref);
  g_free(change->name);
  g_free(change->new_name);
  g_free(change);
}

/* --- tags */

static gint compare_names(gconstpointer a, gconstpointer b) {
  return g_ascii_strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* NULL: nothing is left of it. */
static char *clean_name(const char *name) {
  g_autoptr(GString) out = g_string_new(NULL);

  for (; *name && out->len < INBOX_TAG_BYTES_MAX; name++) {
    gboolean is_allowed = g_ascii_isalnum(*name) || strchr("._@-", *name);
    if (is_allowed)
      g_string_append_c(out, *name);
    else if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c(out, ' ');
  }
  char *clean = g_strchomp(g_strdup(out->str));
  if (*clean == '\0')
    g_clear_pointer(&clean, g_free);
  return clean;
}

GPtrArray *inbox_tags_clean(const GPtrArray *names) {
  GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);

  for (guint i = 0; i < names->len && tags->len < INBOX_TAGS_MAX; i++) {
    g_autofree char *clean = clean_name(g_ptr_array_index(names, i));
    gboolean is_new = clean != NULL;
    for (guint j = 0; is_new && j < tags->len; j++)
      is_new = g_ascii_strcasecmp(clean, g_ptr_array_index(tags, j)) != 0;
    if (is_new)
      g_ptr_array_add(tags, g_steal_pointer(&clean));
  }
  g_ptr_array_sort(tags, compare_names);
  return tags;
}
