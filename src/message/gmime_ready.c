#include "message/gmime_ready.h"
#include <gmime/gmime.h>

void gmime_ready(void) {
  static gsize is_done = 0;

  if (g_once_init_enter(&is_done)) {
    g_mime_init();
    g_once_init_leave(&is_done, 1);
  }
}
