#include "inbox/page.h"

void inbox_page_clear(InboxPage *page) {
  g_clear_pointer(&page->messages, g_ptr_array_unref);
}

void inbox_tag_free(InboxTag *tag) {
  g_free(tag->name);
  g_free(tag);
}

void inbox_recipient_free(InboxRecipient *recipient) {
  g_free(recipient->address);
  g_free(recipient);
}

void inbox_recipient_page_clear(InboxRecipientPage *page) {
  g_clear_pointer(&page->recipients, g_ptr_array_unref);
}
