/* The gate and the way of a message through it. */
#include "../../support/log_lines.h"
#include "../inbox/inbox_bench.h"
#include "intake/intake.h"
#include "intake/recipient_rules.h"

/* --- verdicts */

static void every_reason_but_ok_has_an_outcome_and_a_text(void) {
  for (IntakeReason why = INTAKE_OK; why < INTAKE_REASONS_N; why++) {
    const IntakeVerdict verdict = intake_verdict(why);

    g_assert_cmpint(verdict.why, ==, why);
    g_assert_true((verdict.outcome == INTAKE_ACCEPT) == (why == INTAKE_OK));
    g_assert_true((verdict.text == NULL) == (why == INTAKE_OK));
    g_assert_null(verdict.detail);
    g_assert_true(!verdict.text || g_str_is_ascii(verdict.text));
  }
}

typedef struct Judgement {
  IntakeReason why;
  guint n_asked;
} Judgement;

static IntakeVerdict judge(const IntakeQuestion *question, gpointer user_data) {
  Judgement *judgement = user_data;

  judgement->n_asked++;
  return intake_verdict(judgement->why);
}

static void messages_over_the_limit_are_too_large(void) {
  static const struct {
    guint64 limit, size;
    IntakeReason why;
  } rows[] = {{0, G_MAXUINT64, INTAKE_OK}, {10, 0, INTAKE_OK}, {10, 10, INTAKE_OK}, {10, 11, INTAKE_TOO_LARGE}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Intake) intake = intake_new(NULL, rows[i].limit);
    g_assert_cmpint(intake_measure(intake, rows[i].size).why, ==, rows[i].why);
  }
}

static void rules_decide_about_recipients(void) {
  static const struct {
    const char *recipient;
    IntakeReason why;
  } rows[] = {
      {"a@b.example", INTAKE_OK},
      {"no@b.example", INTAKE_RECIPIENT_REJECTED},
      {"a@c.example", INTAKE_RECIPIENT_NOT_ALLOWED},
  };
  g_autoptr(GPtrArray) allow = g_ptr_array_new_with_free_func((GDestroyNotify)rules_pattern_free);
  g_autoptr(GPtrArray) reject = g_ptr_array_new_with_free_func((GDestroyNotify)rules_pattern_free);
  RecipientRules rules = {.patterns = {.allow = allow, .reject = reject}};

  g_ptr_array_add(allow, rules_pattern_new("@b\\.example$", NULL));
  g_ptr_array_add(reject, rules_pattern_new("^no@", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const IntakeQuestion question = {.step = INTAKE_STEP_RCPT, .peer = "p", .what = rows[i].recipient};
    g_assert_cmpint(recipient_rules_judge(&question, &rules).why, ==, rows[i].why);
  }
}

static void rejections_are_counted_by_protocol_and_subject(void) {
  LogLines lines;

  log_lines_init(&lines, LOG_FORMAT_TEXT);
  g_autoptr(Intake) intake = intake_new(lines.log, 0);
  const IntakeCounters *smtp = intake_counters(intake, INTAKE_BY_SMTP);
  const IntakeRejection connection = {.peer = "p", .code = 421, .enhanced = "4.7.0", .text = "x"};

  intake_reject(intake, INTAKE_BY_SMTP, &connection);
  intake_turn_away(intake, INTAKE_BY_SMTP, 421, "4.3.2");
  intake_turn_away(intake, INTAKE_BY_SMTP, 550, "5.1.1");
  intake_turn_away(intake, INTAKE_BY_SMTP, 550, "5.9.1");
  intake_turn_away(intake, INTAKE_BY_HTTP, 550, "5.1.1");
  g_assert_cmpuint(smtp->n_turned_away, ==, 4);
  g_assert_cmpuint(smtp->n_rejected[0][7], ==, 1);
  g_assert_cmpuint(smtp->n_rejected[0][3], ==, 1);
  g_assert_cmpuint(smtp->n_rejected[1][1], ==, 1);
  g_assert_cmpuint(smtp->n_rejected[1][0], ==, 1);
  g_free(log_lines_end(&lines));
}

/* --- a message */

typedef struct Stored {
  Bench bench;
  LogLines lines;
  Intake *intake;
  guint n_resumed;
  guint n_stored;
  IntakeReason why;
  char *detail;
  char *id;
} Stored;

static void set_up(Stored *stored, gconstpointer data) {
  bench_set_up(&stored->bench, NULL);
  log_lines_init(&stored->lines, LOG_FORMAT_TEXT);
  stored->intake = intake_new(stored->lines.log, 0);
  intake_open(stored->intake, stored->bench.inbox, stored->bench.queue);
}

static void tear_down(Stored *stored, gconstpointer data) {
  if (stored->lines.log)
    g_free(log_lines_end(&stored->lines));
  intake_close(stored->intake);
  bench_tear_down(&stored->bench, NULL);
  intake_free(stored->intake);
  g_free(stored->id);
  g_free(stored->detail);
}

static void resume_cb(gpointer user_data) {
  ((Stored *)user_data)->n_resumed++;
}

static void stored_cb(const IntakeVerdict *verdict, const char *id, gpointer user_data) {
  Stored *stored = user_data;

  stored->n_stored++;
  stored->why = verdict->why;
  stored->detail = g_strdup(verdict->detail);
  stored->id = g_strdup(id);
}

static void first_judge_of_the_step_who_objects_decides(Stored *stored, gconstpointer data) {
  Intake *intake = stored->intake;
  Judgement content = {0}, strict = {.why = INTAKE_NO_ROOM}, stricter = {.why = INTAKE_BAD_CONTENT};
  const guint at_mail = 1U << INTAKE_STEP_MAIL, at_end = 1U << INTAKE_STEP_END;

  g_assert_cmpint(intake_ask(intake, &(IntakeQuestion){.step = INTAKE_STEP_MAIL}).why, ==, INTAKE_OK);
  intake_add_judge(intake, at_mail | at_end, judge, &content);
  intake_add_judge(intake, at_end, judge, &strict);
  intake_add_judge(intake, at_mail | at_end, judge, &stricter);

  g_assert_cmpint(intake_ask(intake, &(IntakeQuestion){.step = INTAKE_STEP_END}).why, ==, INTAKE_NO_ROOM);
  g_assert_cmpuint(stricter.n_asked, ==, 0);
  g_assert_cmpint(intake_ask(intake, &(IntakeQuestion){.step = INTAKE_STEP_MAIL}).why, ==, INTAKE_BAD_CONTENT);
  g_assert_cmpuint(strict.n_asked, ==, 1);
  g_assert_cmpint(intake_ask(intake, &(IntakeQuestion){.step = INTAKE_STEP_CONNECT}).why, ==, INTAKE_OK);
  g_assert_cmpuint(content.n_asked, ==, 2);
}

static void messages_are_rejected_without_an_inbox(Stored *stored, gconstpointer data) {
  intake_close(stored->intake);
  for (IntakeStep step = INTAKE_STEP_CONNECT; step <= INTAKE_STEP_END; step++)
    g_assert_cmpint(intake_ask(stored->intake, &(IntakeQuestion){.step = step}).why, ==,
                    step < INTAKE_STEP_MAIL ? INTAKE_OK : INTAKE_CLOSED);
}

static void message_is_stored_logged_and_counted_once(Stored *stored, gconstpointer data) {
  static const guint8 bytes[] = "Subject: Hi\n\nHello\n";
  const IntakeArrival arrival = {
      .peer = "p:1", .envelope = stored->bench.envelope, .subject = "Hi", .size_bytes = sizeof bytes - 1};
  IntakeMail *mail = intake_mail_new(stored->intake, INTAKE_BY_SMTP, stored->bench.envelope, bench_resume_cb, stored);

  g_assert_true(intake_mail_append(mail, bytes, sizeof bytes - 1));
  intake_mail_commit(mail, &arrival, stored_cb, stored);
  g_assert_cmpuint(stored->n_stored, ==, 0);
  bench_wait_for(&stored->bench, &stored->n_stored, 1);
  g_assert_cmpint(stored->why, ==, INTAKE_OK);
  g_assert_nonnull(stored->id);

  const IntakeCounters *smtp = intake_counters(stored->intake, INTAKE_BY_SMTP);
  g_assert_cmpuint(smtp->n_accepted, ==, 1);
  g_assert_cmpuint(smtp->accepted_bytes, ==, sizeof bytes - 1);
  g_assert_cmpuint(intake_counters(stored->intake, INTAKE_BY_HTTP)->n_accepted, ==, 0);
  g_autofree char *text = log_lines_end(&stored->lines);
  g_assert_cmpstr(text, ==, "INFO: p:1: from@example.com -> to@example.com [Hi]\n");
}

static void message_that_is_discarded_leaves_nothing(Stored *stored, gconstpointer data) {
  IntakeMail *mail = intake_mail_new(stored->intake, INTAKE_BY_HTTP, stored->bench.envelope, bench_resume_cb, stored);

  (void)intake_mail_append(mail, (const guint8 *)"x", 1);
  intake_mail_discard(mail);
  g_assert_cmpuint(intake_counters(stored->intake, INTAKE_BY_HTTP)->n_accepted, ==, 0);
  g_autofree char *text = log_lines_end(&stored->lines);
  g_assert_cmpstr(text, ==, "");
}

static void messages_under_way_end_with_the_inbox(Stored *stored, gconstpointer data) {
  enum { PIECE_BYTES = 64 * 1024, PIECES_MAX = 10000 };
  static const guint8 piece[PIECE_BYTES];
  const IntakeArrival arrival = {.peer = "p:1", .envelope = stored->bench.envelope};
  IntakeMail *paused = intake_mail_new(stored->intake, INTAKE_BY_HTTP, stored->bench.envelope, resume_cb, stored);
  IntakeMail *small = intake_mail_new(stored->intake, INTAKE_BY_SMTP, stored->bench.envelope, resume_cb, stored);
  IntakeMail *discarded = intake_mail_new(stored->intake, INTAKE_BY_SMTP, stored->bench.envelope, resume_cb, stored);
  guint n_pieces = 0;

  while (intake_mail_append(paused, piece, sizeof piece))
    g_assert_cmpuint(++n_pieces, <, PIECES_MAX);
  g_assert_true(intake_mail_append(small, piece, 1));
  intake_close(stored->intake);
  g_assert_cmpuint(stored->n_resumed, ==, 1);

  g_assert_true(intake_mail_append(paused, piece, sizeof piece));
  g_assert_true(intake_mail_append(small, piece, 1));
  intake_mail_discard(discarded);
  intake_mail_commit(paused, &arrival, stored_cb, stored);
  g_assert_cmpuint(stored->n_stored, ==, 0);
  bench_wait_for(&stored->bench, &stored->n_stored, 1);
  g_assert_cmpint(stored->why, ==, INTAKE_NOT_STORED);
  g_assert_cmpstr(stored->detail, ==, "the inbox was closed");
  g_assert_null(stored->id);
  intake_mail_discard(small);

  g_assert_cmpuint(intake_counters(stored->intake, INTAKE_BY_HTTP)->n_accepted, ==, 0);
  g_autofree char *text = log_lines_end(&stored->lines);
  g_assert_cmpstr(text, ==, "ERROR: p:1: the inbox was closed\n");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/intake/" #name, name)
  ADD(every_reason_but_ok_has_an_outcome_and_a_text);
  ADD(messages_over_the_limit_are_too_large);
  ADD(rules_decide_about_recipients);
  ADD(rejections_are_counted_by_protocol_and_subject);
#undef ADD
#define ADD(name) g_test_add("/intake/" #name, Stored, NULL, set_up, name, tear_down)
  ADD(first_judge_of_the_step_who_objects_decides);
  ADD(messages_are_rejected_without_an_inbox);
  ADD(message_is_stored_logged_and_counted_once);
  ADD(message_that_is_discarded_leaves_nothing);
  ADD(messages_under_way_end_with_the_inbox);
#undef ADD
  return g_test_run();
}
