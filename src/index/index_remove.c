#include "index/index_remove.h"

#include "inbox/error.h"
#include <errno.h>

void index_removal_clear(IndexRemoval *removal) {
  g_clear_error(&removal->error);
}

static gboolean remove_file(const StoreParts *parts, const IndexEntry *entry, IndexRemoval *removal) {
  const MailFile *file = &entry->file;

  if (!entry->is_sound)
    return TRUE; /* the row alone goes: the file that it names is not ours to remove */
  if (parts->io->remove(parts->io, mail_file_directory_fd(parts->maildir, file->directory), file->name) == 0 ||
      errno == ENOENT)
    return TRUE;
  if (!removal->error)
    inbox_set_errno(&removal->error, errno, "cannot delete the message %s/%s", parts->maildir->path, file->name);
  return FALSE;
}

/* Those that could not be removed are left out of `entries`. */
static void remove_files(Updater *updater, const StoreParts *parts, GArray *entries, IndexRemoval *removal) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (guint i = 0; i < entries->len; i++) {
    const IndexEntry *entry = &g_array_index(entries, IndexEntry, i);
    if (entry->is_sound)
      g_ptr_array_add(names, entry->file.name);
    else
      updater_compare(updater); /* there may be a message of that id, under another name */
  }
  updater_forget(updater, (const char *const *)names->pdata, names->len, !removal->may_come_back);
  for (guint i = entries->len; i > 0; i--)
    if (!remove_file(parts, &g_array_index(entries, IndexEntry, i - 1), removal))
      g_array_remove_index(entries, i - 1);
}

static gboolean read_entries(IndexSync *work, const gint64 *seqs, guint n_seqs, GArray *entries, GError **error) {
  g_autoptr(GError) reason = NULL;

  for (guint i = 0; i < n_seqs && !reason; i++) {
    IndexEntry entry = {0};
    if (index_write_get(work->writer, seqs[i], &entry, &reason))
      g_array_append_val(entries, entry);
  }
  if (reason)
    g_propagate_error(error, g_steal_pointer(&reason));
  return reason == NULL;
}

gboolean index_remove_messages(Updater *updater, IndexSync *work, const gint64 *seqs, guint n_seqs, gboolean with_rows,
                               IndexRemoval *removal, GError **error) {
  g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(IndexEntry));

  g_array_set_clear_func(entries, (GDestroyNotify)index_entry_clear);
  if (!read_entries(work, seqs, n_seqs, entries, error))
    return FALSE;
  remove_files(updater, work->parts, entries, removal);
  for (guint i = 0; i < entries->len; i++) {
    const IndexEntry *entry = &g_array_index(entries, IndexEntry, i);
    removal->n_messages++;
    removal->n_bytes += entry->size_bytes;
    if (with_rows && !index_sync_remove(work, entry, entry->id, error))
      return FALSE;
  }
  return TRUE;
}
