#include "cli/guest.h"

#include "cli/command.h"
#include "store/store.h"
#include <event2/event.h>

Inbox *guest_open(const char *place, LoopQueue *queue, GError **error) {
  const StoreOptions options = {.directory = place, .visits = TRUE};
  InboxKeeper *keeper = store_open_now(&options, queue, NULL, error);

  return keeper ? inbox_new(keeper, queue, NULL) : NULL;
}

/* Reports of the updater turn the loop. */
gboolean guest_take_all_in(Inbox *inbox, LoopQueue *queue, GuestTurned turned, gpointer user_data, GError **error) {
  InboxStats stats = inbox_stats(inbox);

  while (!stats.is_whole && !stats.trouble) {
    event_base_loop(loop_queue_base(queue), EVLOOP_ONCE);
    stats = inbox_stats(inbox);
    if (turned)
      turned(&stats, user_data);
  }
  return stats.is_whole || cli_fail(error, EXIT_CODE_FAILED, "%s: %s", inbox_place(inbox), stats.trouble);
}
