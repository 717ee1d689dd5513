#include "inbox/event.h"

InboxEvent *inbox_event_new(InboxEventKind kind, InboxMail *mail, const char *id) {
  InboxEvent *event = g_new(InboxEvent, 1);

  *event = (InboxEvent){.kind = kind, .mail = mail, .id = g_strdup(mail ? mail->id : id)};
  return event;
}

void inbox_event_free(InboxEvent *event) {
  inbox_mail_unref(event->mail);
  g_free(event->id);
  g_free(event);
}
