#include "support/fake_handler.h"
#include <string.h>

struct SmtpMail {
  FakeHandler *handler;
  FakeMail *kept;
  SmtpResume resume;
  SmtpStored stored;
  gpointer user_data;
};

static void kept_free(gpointer data) {
  FakeMail *kept = data;

  g_free(kept->route);
  g_free(kept->auth_user);
  g_free(kept->dsn);
  g_string_free(kept->bytes, TRUE);
  g_free(kept->diagnostics);
  g_free(kept);
}

static char *describe_route(const Envelope *envelope) {
  GString *route = g_string_new(envelope->reverse_path);

  for (guint i = 0; i < envelope->forward_paths->len; i++)
    g_string_append_printf(route, "%s%s", i == 0 ? " -> " : ", ",
                           (char *)g_ptr_array_index(envelope->forward_paths, i));
  return g_string_free(route, FALSE);
}

/* What is rejected on purpose: the beginning of what the step is about, and the verdict. */
static const struct {
  const char *prefix;
  IntakeReason why;
} faults[] = {
    [INTAKE_STEP_HELLO] = {"refused.", INTAKE_LOGINS_BLOCKED},
    [INTAKE_STEP_LOGIN] = {"refused", INTAKE_NO_ROOM},
    [INTAKE_STEP_MAIL] = {"refused@", INTAKE_NO_ROOM},
    [INTAKE_STEP_RCPT] = {"refused@", INTAKE_RECIPIENT_REJECTED},
    [INTAKE_STEP_DATA] = {"refused-at-data@", INTAKE_NO_ROOM},
    [INTAKE_STEP_END] = {"refused-at-end@", INTAKE_NO_ROOM},
};

static IntakeVerdict ask(gpointer handler_data, const IntakeQuestion *question) {
  const FakeHandler *handler = handler_data;

  if (question->step == INTAKE_STEP_CONNECT)
    return intake_verdict(handler->connect);
  const char *what = question->what ? question->what : question->envelope ? question->envelope->reverse_path : "";
  gboolean is_refused = g_str_has_prefix(what, faults[question->step].prefix);
  IntakeVerdict verdict = intake_verdict(is_refused ? faults[question->step].why : INTAKE_OK);
  if (is_refused)
    verdict.text = "refused on purpose";
  return verdict;
}

static SmtpMail *mail_begin(gpointer handler_data, const Envelope *envelope, SmtpResume resume, gpointer user_data) {
  FakeHandler *handler = handler_data;
  SmtpMail *mail = g_new0(SmtpMail, 1);

  g_assert_null(handler->under_way);
  g_assert_null(handler->storing);
  mail->handler = handler;
  mail->kept = g_new0(FakeMail, 1);
  mail->kept->route = describe_route(envelope);
  mail->kept->bytes = g_string_new(NULL);
  mail->resume = resume;
  mail->user_data = user_data;
  handler->under_way = mail;
  return mail;
}

static gboolean mail_append(SmtpMail *mail, const guint8 *bytes, gsize n_bytes) {
  FakeHandler *handler = mail->handler;

  g_assert_true(handler->under_way == mail);
  g_assert_false(handler->paused); /* it was asked to wait */
  g_string_append_len(mail->kept->bytes, (const char *)bytes, (gssize)n_bytes);
  handler->n_appends++;
  handler->paused = handler->pause_every > 0 && handler->n_appends % handler->pause_every == 0;
  return !handler->paused;
}

static char *describe_dsn(const Envelope *envelope) {
  static const char name[] = "\nX-Dsn: ";
  g_autoptr(GString) block = g_string_new(NULL);

  envelope_print_block(envelope, "mail.example", "id", NULL, block);
  const char *at = strstr(block->str, name);
  return at ? g_strndup(at + strlen(name), strcspn(at + strlen(name), "\n")) : g_strdup("");
}

static void mail_commit(SmtpMail *mail, const IntakeArrival *arrival, SmtpStored stored, gpointer user_data) {
  FakeHandler *handler = mail->handler;

  g_assert_true(handler->under_way == mail);
  mail->kept->protocol = arrival->envelope->protocol;
  mail->kept->auth_user = g_strdup(arrival->envelope->auth_user);
  mail->kept->dsn = describe_dsn(arrival->envelope);
  mail->kept->diagnostics = g_strjoinv("; ", (char **)arrival->diagnostics);
  mail->stored = stored;
  mail->user_data = user_data;
  handler->storing = mail;
  handler->under_way = NULL;
  handler->paused = FALSE;
}

static void mail_discard(SmtpMail *mail) {
  FakeHandler *handler = mail->handler;

  g_assert_true(handler->under_way == mail);
  kept_free(mail->kept);
  g_free(mail);
  handler->under_way = NULL;
  handler->paused = FALSE;
}

static IntakeVerdict auth_check(gpointer handler_data, AuthExchange *exchange, const NetPeerKey *client,
                                SmtpChecked checked, gpointer user_data) {
  FakeHandler *handler = handler_data;

  g_assert_null(handler->checking);
  if (handler->auth_start != INTAKE_OK)
    return intake_verdict(handler->auth_start);
  handler->checking = exchange;
  handler->checked = checked;
  handler->checked_data = user_data;
  return intake_verdict(INTAKE_OK);
}

static void auth_failed(gpointer handler_data, const char *peer, const char *mechanism, const char *user,
                        guint n_failures) {
  FakeHandler *handler = handler_data;

  g_string_append_printf(handler->told, "%s %s failed, %u\n", mechanism, user ? user : "-", n_failures);
}

static void rejected(gpointer handler_data, const IntakeRejection *rejection) {
  FakeHandler *handler = handler_data;

  g_string_append_printf(handler->told, "%s: %u\n", rejection->command ? rejection->command : "-", rejection->code);
  g_free(handler->said);
  handler->said = transcript_print(rejection->transcript);
}

static void said(gpointer handler_data, const char *id, const Transcript *transcript) {
  FakeHandler *handler = handler_data;

  g_assert_cmpstr(id, ==, "kept");
  g_free(handler->said);
  handler->said = transcript_print(transcript);
}

static void speaks_for(gpointer handler_data, const char *peer, const char *client, const char *name,
                       const char *login) {
  g_autofree char *words =
      g_strdup_printf("%s for %s (%s) %s", peer, client, name ? name : "unnamed", login ? login : "nobody");

  /* All of it goes into the log. */
  g_assert_true(g_utf8_validate(words, -1, NULL) && strpbrk(words, "\r\n") == NULL);
}

static void trace(gpointer handler_data, const char *peer, char side, const char *line, gsize len) {
  FakeHandler *handler = handler_data;

  g_string_append_printf(handler->traced, "%c: ", side);
  g_string_append_len(handler->traced, line, (gssize)len);
  g_string_append_c(handler->traced, '\n');
}

/* All of it goes into the log. */
static void check_words(const char *words) {
  g_assert_true(g_utf8_validate(words, -1, NULL));
  for (; *words != '\0'; words++)
    g_assert_false(g_ascii_iscntrl(*words));
}

static void lost(gpointer handler_data, const char *peer, gboolean in_mail, const char *what) {
  FakeHandler *handler = handler_data;

  check_words(what);
  handler->n_lost += in_mail;
  g_string_append_printf(handler->told, "%s\n", what);
}

static void stalled(gpointer handler_data, const char *peer, const char *what) {
  FakeHandler *handler = handler_data;

  check_words(what);
  g_string_append_printf(handler->told, "%s\n", what);
}

static void injected(gpointer handler_data, const char *peer, const char *what) {
  stalled(handler_data, peer, what);
}

const SmtpHandler fake_handler_table = {
    .ask = ask,
    .mail_begin = mail_begin,
    .mail_append = mail_append,
    .mail_commit = mail_commit,
    .mail_discard = mail_discard,
    .auth_check = auth_check,
    .auth_failed = auth_failed,
    .rejected = rejected,
    .said = said,
    .speaks_for = speaks_for,
    .lost = lost,
    .stalled = stalled,
    .injected = injected,
    .trace = trace,
};

FakeHandler *fake_handler_new(void) {
  FakeHandler *handler = g_new0(FakeHandler, 1);

  handler->told = g_string_new(NULL);
  handler->traced = g_string_new(NULL);
  handler->messages = g_ptr_array_new_with_free_func(kept_free);
  return handler;
}

void fake_handler_free(FakeHandler *handler) {
  g_assert_null(handler->under_way);
  g_assert_null(handler->storing);
  g_assert_null(handler->checking);
  g_string_free(handler->told, TRUE);
  g_string_free(handler->traced, TRUE);
  g_free(handler->said);
  g_ptr_array_unref(handler->messages);
  g_free(handler);
}

gboolean fake_handler_work(FakeHandler *handler) {
  const IntakeVerdict done = intake_verdict(INTAKE_OK);

  if (handler->paused) {
    handler->paused = FALSE;
    handler->under_way->resume(handler->under_way->user_data);
    return TRUE;
  }
  if (handler->checking) {
    AuthExchange *exchange = g_steal_pointer(&handler->checking);
    handler->checked(auth_exchange_check(exchange), handler->checked_data);
    return TRUE;
  }
  if (!handler->storing)
    return FALSE;

  SmtpMail *mail = g_steal_pointer(&handler->storing);
  g_ptr_array_add(handler->messages, mail->kept);
  mail->stored(&done, "kept", mail->user_data);
  g_free(mail);
  return TRUE;
}
