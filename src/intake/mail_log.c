#include "intake/mail_log.h"

enum { N_TLS_FIELDS = 3 };

static const char *const explanations[INBOX_SLOW_REASONS_N] = {
    [INBOX_SLOW_FULL] = "the backlog is full",
    [INBOX_SLOW_READING] = "somebody reads lists, which are to be up to date",
    [INBOX_SLOW_LIMITS] = "messages over --max-messages or --max-disk still have to be deleted",
};

static void append_login(const Envelope *envelope, GString *line) {
  if (envelope->auth_user)
    g_string_append_printf(line, " (logged in as %s)", envelope->auth_user);
}

static void append_tls(const Envelope *envelope, GString *line) {
  if (!envelope->tls_version)
    return;
  g_string_append(line, " (");
  envelope_print_tls(envelope, line);
  g_string_append_c(line, ')');
}

static void log_mail(Log *log, IntakeWay way, const IntakeArrival *arrival, const char *id) {
  const Envelope *envelope = arrival->envelope;
  const char *subject = arrival->subject ? arrival->subject : "";
  g_autoptr(GString) line = g_string_sized_new(160);
  g_autoptr(GPtrArray) forward_paths = g_ptr_array_new();

  g_string_append_printf(line, "%s: %s -> ", arrival->peer,
                         *envelope->reverse_path != '\0' ? envelope->reverse_path : "<>");
  for (guint i = 0; i < envelope->forward_paths->len; i++) {
    char *forward_path = g_ptr_array_index(envelope->forward_paths, i);
    g_string_append(line, i > 0 ? ", " : "");
    g_string_append(line, forward_path);
    g_ptr_array_add(forward_paths, forward_path);
  }
  g_ptr_array_add(forward_paths, NULL);
  g_string_append_printf(line, " [%s]", subject);
  if (way == INTAKE_BY_HTTP) {
    g_string_append(line, " (by HTTP)");
  } else {
    append_login(envelope, line);
    append_tls(envelope, line);
  }

  const LogField fields[] = {
      LOG_TEXT("peer", arrival->peer),
      LOG_TEXT("from", envelope->reverse_path),
      LOG_LIST("to", (const char *const *)forward_paths->pdata),
      LOG_TEXT("subject", subject),
      LOG_NUMBER("size", (gint64)arrival->size_bytes),
      LOG_TEXT("id", id),
      LOG_TEXT("user", envelope->auth_user ? envelope->auth_user : ""), /* from here on by SMTP only */
      LOG_TEXT("tls_version", envelope->tls_version),                   /* from here on with TLS only */
      LOG_TEXT("tls_cipher", envelope->tls_cipher),
      LOG_TEXT("tls_client", envelope->tls_client ? envelope->tls_client : ""),
  };
  gsize n_left_out = way == INTAKE_BY_HTTP ? N_TLS_FIELDS + 1 : envelope->tls_version ? 0 : N_TLS_FIELDS;
  log_event(log, LOG_LEVEL_INFO, "mail", line->str, fields, G_N_ELEMENTS(fields) - n_left_out);
}

static void log_diagnostics(Log *log, const IntakeArrival *arrival, const char *id) {
  if (!arrival->diagnostics || !arrival->diagnostics[0])
    return;
  g_autofree char *joined = g_strjoinv("; ", (char **)arrival->diagnostics);
  g_autofree char *line = g_strdup_printf("%s: a real server may object: %s", arrival->peer, joined);
  const LogField fields[] = {
      LOG_TEXT("peer", arrival->peer),
      LOG_TEXT("id", id),
      LOG_LIST("diagnostics", arrival->diagnostics),
  };
  log_event(log, LOG_LEVEL_WARNING, "diagnostics", line, fields, G_N_ELEMENTS(fields));
}

void mail_log_stored(Log *log, IntakeWay way, const IntakeArrival *arrival, const char *id) {
  log_mail(log, way, arrival, id);
  log_diagnostics(log, arrival, id);
}

void mail_log_rejected(Log *log, const IntakeRejection *rejection, const char *reply) {
  const char *command = rejection->command;
  g_autofree char *line = command ? g_strdup_printf("%s: rejected \"%s\": %s", rejection->peer, command, reply)
                                  : g_strdup_printf("%s: rejected: %s", rejection->peer, reply);
  const LogField fields[] = {
      LOG_TEXT("peer", rejection->peer),
      LOG_TEXT("command", command ? command : ""),
      LOG_NUMBER("code", rejection->code),
      LOG_TEXT("reply", reply),
  };
  log_event(log, LOG_LEVEL_INFO, "refused", line, fields, G_N_ELEMENTS(fields));
}

void mail_log_slowed(Log *log, const InboxIntake *intake) {
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
