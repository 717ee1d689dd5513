#include "inbox/attempt.h"

void inbox_attempt_free(InboxAttempt *attempt) {
  if (!attempt)
    return;
  g_free(attempt->peer);
  g_free(attempt->helo);
  g_free(attempt->reverse_path);
  g_strfreev(attempt->forward_paths);
  g_free(attempt->command);
  g_free(attempt->reply);
  g_free(attempt->transcript);
  g_free(attempt);
}

void inbox_attempt_page_clear(InboxAttemptPage *page) {
  g_clear_pointer(&page->attempts, g_ptr_array_unref);
  g_clear_pointer(&page->codes, g_array_unref);
}
