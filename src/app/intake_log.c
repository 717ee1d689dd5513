#include "app/intake_log.h"

static const char *const explanations[INBOX_SLOW_REASONS_N] = {
    [INBOX_SLOW_FULL] = "the backlog is full",
    [INBOX_SLOW_READING] = "somebody reads lists, which are to be up to date",
    [INBOX_SLOW_LIMITS] = "messages over --max-messages or --max-disk still have to be deleted",
};

void intake_log(Log *log, const InboxIntake *intake) {
  const char *why = explanations[intake->reason];
  const char *reason = inbox_slow_reason_name(intake->reason);
  g_autofree char *line =
      intake->is_slowed
          ? g_strdup_printf("messages arrive faster than they can be indexed, so each 250 is delayed: %s (%s)",
                            why ? why : "", reason ? reason : "")
          : g_strdup("messages are indexed as fast as they arrive again, and each 250 is sent at once");
  const LogField fields[] = {
      LOG_TEXT("reason", reason ? reason : ""),
      LOG_NUMBER("backlog", (gint64)intake->n_waiting),
      LOG_NUMBER("backlog_limit", (gint64)intake->n_waiting_max),
  };

  log_event(log, LOG_LEVEL_INFO, intake->is_slowed ? "intake-slowed" : "intake-flows", line, fields,
            G_N_ELEMENTS(fields));
}
