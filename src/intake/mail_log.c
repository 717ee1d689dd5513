#include "intake/mail_log.h"

static const char *const explanations[INBOX_SLOW_REASONS_N] = {
    [INBOX_SLOW_FULL] = "the backlog is full",
    [INBOX_SLOW_READING] = "somebody reads lists, which are to be up to date",
    [INBOX_SLOW_LIMITS] = "messages over --max-messages or --max-disk still have to be deleted",
};

static const char *or_empty(const char *text) {
  return text ? text : "";
}

static void log_mail(Log *log, IntakeWay way, const IntakeArrival *arrival, const char *id) {
  static const char *const templates[INTAKE_WAYS_N] = {
      [INTAKE_BY_SMTP] =
          "<peer>: {<from>|<>} -> <to> [<subject>]{ (logged in as <user>)}"
          "{ (<tls_version> <tls_cipher>, client certificate \"<tls_client>\")| (<tls_version> <tls_cipher>)}",
      [INTAKE_BY_HTTP] = "<peer>: {<from>|<>} -> <to> [<subject>] (by HTTP)",
  };
  const Envelope *envelope = arrival->envelope;
  gboolean has_session = way == INTAKE_BY_SMTP; /* of ours: an older message's envelope tells of another one */
  const char *tls_version = has_session ? envelope->tls_version : NULL;
  g_autoptr(GPtrArray) forward_paths = g_ptr_array_new();

  g_ptr_array_extend(forward_paths, envelope->forward_paths, NULL, NULL);
  g_ptr_array_add(forward_paths, NULL);
  log_event(log, LOG_LEVEL_INFO, "mail", templates[way], LOG_TEXT("peer", arrival->peer),
            LOG_TEXT("from", envelope->reverse_path), LOG_LIST("to", (const char *const *)forward_paths->pdata),
            LOG_TEXT("subject", arrival->subject), LOG_NUMBER("size", (gint64)arrival->size_bytes), LOG_TEXT("id", id),
            LOG_OPTIONAL("user", has_session ? or_empty(envelope->auth_user) : NULL),
            LOG_OPTIONAL("tls_version", tls_version),
            LOG_OPTIONAL("tls_cipher", tls_version ? envelope->tls_cipher : NULL),
            LOG_OPTIONAL("tls_client", tls_version ? or_empty(envelope->tls_client) : NULL));
}

void mail_log_stored(Log *log, IntakeWay way, const IntakeArrival *arrival, const char *id) {
  log_mail(log, way, arrival, id);
  if (arrival->diagnostics && arrival->diagnostics[0])
    log_event(log, LOG_LEVEL_WARNING, "diagnostics", "<peer>: a real server may object: <diagnostics;>",
              LOG_TEXT("peer", arrival->peer), LOG_TEXT("id", id), LOG_LIST("diagnostics", arrival->diagnostics));
}

void mail_log_rejected(Log *log, const IntakeRejection *rejection, const char *reply) {
  log_event(log, LOG_LEVEL_INFO, "refused",
            rejection->command ? "<peer>: rejected \"<command>\": <reply>" : "<peer>: rejected: <reply>",
            LOG_TEXT("peer", rejection->peer), LOG_TEXT("command", rejection->command),
            LOG_NUMBER("code", rejection->code), LOG_TEXT("reply", reply));
}

void mail_log_slowed(Log *log, const InboxIntake *intake) {
  log_event(
      log, LOG_LEVEL_INFO, intake->is_slowed ? "intake-slowed" : "intake-flows",
      intake->is_slowed ? "messages arrive faster than they can be indexed, so each 250 is delayed: <why> (<reason>)"
                        : "messages are indexed as fast as they arrive again, and each 250 is sent at once",
      LOG_TEXT("reason", inbox_slow_reason_name(intake->reason)), LOG_NUMBER("backlog", (gint64)intake->n_waiting),
      LOG_NUMBER("backlog_limit", (gint64)intake->n_waiting_max), LOG_SAID("why", explanations[intake->reason]));
}
