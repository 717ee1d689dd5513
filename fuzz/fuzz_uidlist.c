/* A file of UIDs and tags that somebody else made, and all that is done with it. */
#include "fuzz.h"

#include "crafted_maildir.h"
#include "maildir/uidlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  CraftedMaildir crafted;

  crafted_init(&crafted);
  crafted_put_messages(&crafted);
  g_autofree char *path = g_build_filename(crafted.place, UIDLIST_NAME, NULL);
  g_assert_true(g_file_set_contents(path, (const char *)bytes, (gssize)len, NULL));
  crafted_open(&crafted);
  crafted_use(&crafted);
  crafted_close(&crafted);
  crafted_clear(&crafted);
  return 0;
}
