#include "store/rebuild.h"

#include "inbox/error.h"
#include "index/index_file.h"

/* To have it for us, until it is closed. */
static Maildir *open_alone(const char *place, GError **error) {
  g_autoptr(Maildir) maildir = maildir_visit(place, error);

  if (!maildir)
    return NULL;
  const char *problem = maildir_is_served(maildir)
                            ? "a server has it open and maintains the index; stop the server first"
                        : !maildir->is_writable        ? "it cannot be written"
                        : !maildir_take_index(maildir) ? "another command has it open; try again when it has ended"
                                                       : NULL;
  if (!problem)
    return g_steal_pointer(&maildir);
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED, "cannot rebuild the index of %s: %s", maildir->path, problem);
  return NULL;
}

gboolean store_find_index(const char *place, gboolean *out_is_there, GError **error) {
  g_autoptr(Maildir) maildir = open_alone(place, error);
  struct stat status;

  *out_is_there = maildir && store_look_at(maildir->dir_fd, INDEX_NAME, &status) == 0;
  return maildir != NULL;
}

gboolean store_remove_index(const char *place, GError **error) {
  g_autoptr(Maildir) maildir = open_alone(place, error);

  if (!maildir)
    return FALSE;
  IndexFile *file = index_file_new(maildir);
  index_file_remove(file, NULL);
  index_file_free(file);
  return TRUE;
}
