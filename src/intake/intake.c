#include "intake/intake.h"
#include "intake/mail_log.h"
#include <string.h>

typedef struct Judge {
  guint steps;
  IntakeJudge judge;
  gpointer user_data;
} Judge;

struct Intake {
  Inbox *inbox;     /* NULL: before intake_open(), after intake_close() */
  LoopQueue *queue; /* for what is reported later */
  GQueue mails;     /* IntakeMail with a draft */
  Log *log;
  guint64 max_size_bytes;
  GArray *judges; /* Judge */
  IntakeCounters counters[INTAKE_WAYS_N];
};

struct IntakeMail {
  Intake *intake;
  IntakeWay way;
  InboxDraft *draft; /* NULL: the inbox was closed, or was given the draft */
  GList link;        /* while there is a draft */
  gboolean is_paused;
  JobFunc resume;
  gpointer resume_data;
  const IntakeArrival *arrival;
  IntakeStored stored;
  gpointer user_data;
};

/* The draft's owner is the caller; NULL: the inbox was closed. */
static InboxDraft *take_draft(IntakeMail *mail) {
  if (mail->draft)
    g_queue_unlink(&mail->intake->mails, &mail->link);
  return g_steal_pointer(&mail->draft);
}

/* --- life */

Intake *intake_new(Log *log, guint64 max_size_bytes) {
  Intake *intake = g_new0(Intake, 1);

  intake->log = log;
  intake->max_size_bytes = max_size_bytes;
  intake->judges = g_array_new(FALSE, FALSE, sizeof(Judge));
  return intake;
}

void intake_open(Intake *intake, Inbox *inbox, LoopQueue *queue) {
  intake->inbox = inbox;
  intake->queue = queue;
}

void intake_close(Intake *intake) {
  if (!intake)
    return;
  intake->inbox = NULL;
  while (!g_queue_is_empty(&intake->mails)) {
    IntakeMail *mail = intake->mails.head->data;
    inbox_draft_discard(take_draft(mail));
    if (mail->is_paused)
      mail->resume(mail->resume_data);
  }
}

void intake_free(Intake *intake) {
  if (!intake)
    return;
  g_array_unref(intake->judges);
  g_free(intake);
}

/* --- who may send what */

void intake_add_judge(Intake *intake, guint steps, IntakeJudge judge, gpointer user_data) {
  const Judge added = {.steps = steps, .judge = judge, .user_data = user_data};

  g_array_append_val(intake->judges, added);
}

IntakeVerdict intake_ask(const Intake *intake, const IntakeQuestion *question) {
  gboolean is_closed = !intake->inbox && question->step >= INTAKE_STEP_MAIL;
  IntakeVerdict verdict = intake_verdict(is_closed ? INTAKE_CLOSED : INTAKE_OK);

  for (guint i = 0; i < intake->judges->len && verdict.outcome == INTAKE_ACCEPT; i++) {
    const Judge *judge = &g_array_index(intake->judges, Judge, i);
    if (judge->steps & 1U << question->step)
      verdict = judge->judge(question, judge->user_data);
  }
  return verdict;
}

IntakeVerdict intake_measure(const Intake *intake, guint64 size_bytes) {
  gboolean fits = intake->max_size_bytes == 0 || size_bytes <= intake->max_size_bytes;

  return intake_verdict(fits ? INTAKE_OK : INTAKE_TOO_LARGE);
}

/* --- one message */

IntakeMail *intake_mail_new(Intake *intake, IntakeWay way, const Envelope *envelope, JobFunc resume,
                            gpointer user_data) {
  IntakeMail *mail = g_new0(IntakeMail, 1);

  mail->intake = intake;
  mail->way = way;
  mail->resume = resume;
  mail->resume_data = user_data;
  if (intake->inbox) {
    mail->draft = inbox_draft_new(intake->inbox, envelope, resume, user_data);
    mail->link.data = mail;
    g_queue_push_tail_link(&intake->mails, &mail->link);
  }
  return mail;
}

gboolean intake_mail_append(IntakeMail *mail, const guint8 *bytes, gsize n_bytes) {
  mail->is_paused = mail->draft && !inbox_draft_append(mail->draft, bytes, n_bytes);
  return !mail->is_paused;
}

void intake_mail_discard(IntakeMail *mail) {
  inbox_draft_discard(take_draft(mail));
  g_free(mail);
}

static IntakeVerdict fail(const IntakeMail *mail, const GError *error) {
  gboolean is_full = g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NO_SPACE);
  IntakeVerdict verdict = intake_verdict(is_full ? INTAKE_DISK_FULL : INTAKE_NOT_STORED);

  log_say(mail->intake->log, LOG_LEVEL_ERROR, "store-failed", "%s: %s", mail->arrival->peer, error->message);
  verdict.detail = error->message;
  return verdict;
}

static void take(const IntakeMail *mail, const char *id) {
  IntakeCounters *counters = &mail->intake->counters[mail->way];

  counters->n_accepted++;
  counters->accepted_bytes += mail->arrival->size_bytes;
  mail_log_stored(mail->intake->log, mail->way, mail->arrival, id);
}

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  g_autofree IntakeMail *mail = user_data;
  IntakeVerdict verdict = intake_verdict(INTAKE_OK);

  if (error)
    verdict = fail(mail, error);
  else
    take(mail, id);
  mail->stored(&verdict, id, mail->user_data);
}

static void closed_cb(gpointer data) {
  g_autoptr(GError) error = g_error_new_literal(INBOX_ERROR, INBOX_ERROR_FAILED, "the inbox was closed");

  delivered_cb(NULL, error, data);
}

void intake_mail_commit(IntakeMail *mail, const IntakeArrival *arrival, IntakeStored stored, gpointer user_data) {
  mail->arrival = arrival;
  mail->stored = stored;
  mail->user_data = user_data;
  InboxDraft *draft = take_draft(mail);
  if (draft)
    inbox_draft_commit(draft, arrival->bare_lf, delivered_cb, mail);
  else
    loop_queue_post(mail->intake->queue, closed_cb, mail);
}

/* --- what else happens on the way in */

/* By the middle of an enhanced code, "5.1.1", and by its class. */
static void count_rejection(Intake *intake, IntakeWay way, guint code, const char *enhanced) {
  const char *dot = strchr(enhanced, '.');
  guint subject = dot ? (guint)(dot[1] - '0') : 0;

  intake->counters[way].n_rejected[code >= 500][subject < INTAKE_SUBJECTS_N ? subject : 0]++;
}

static char **copy_paths(const Envelope *envelope) {
  g_autoptr(GPtrArray) paths = g_ptr_array_new();

  for (guint i = 0; envelope && i < envelope->forward_paths->len; i++)
    g_ptr_array_add(paths, g_strdup(g_ptr_array_index(envelope->forward_paths, i)));
  g_ptr_array_add(paths, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}

static void keep_attempt(Inbox *inbox, const IntakeRejection *rejection, const char *reply) {
  InboxAttempt *attempt = g_new0(InboxAttempt, 1);

  attempt->time_us = g_get_real_time();
  attempt->peer = g_strdup(rejection->peer);
  attempt->helo = g_strdup(rejection->helo ? rejection->helo : "");
  attempt->reverse_path = rejection->envelope ? g_strdup(rejection->envelope->reverse_path) : NULL;
  attempt->forward_paths = copy_paths(rejection->envelope);
  attempt->command = g_utf8_make_valid(rejection->command ? rejection->command : "", -1);
  attempt->reply = g_strdup(reply);
  attempt->transcript = transcript_print(rejection->transcript);
  inbox_keep_attempt(inbox, attempt);
}

/* A session may outlive the inbox: what was being stored is reported when that is closed already. */
void intake_reject(Intake *intake, IntakeWay way, const IntakeRejection *rejection) {
  g_autofree char *reply = g_strdup_printf("%u %s %s", rejection->code, rejection->enhanced, rejection->text);

  intake->counters[way].n_turned_away += rejection->transcript == NULL;
  count_rejection(intake, way, rejection->code, rejection->enhanced);
  if (rejection->transcript && intake->inbox)
    keep_attempt(intake->inbox, rejection, reply);
  mail_log_rejected(intake->log, rejection, reply);
}

void intake_turn_away(Intake *intake, IntakeWay way, guint code, const char *enhanced) {
  intake->counters[way].n_turned_away++;
  count_rejection(intake, way, code, enhanced);
}

void intake_lose(Intake *intake, IntakeWay way, const char *peer, gboolean in_mail, const char *what) {
  intake->counters[way].n_lost += in_mail;
  log_say(intake->log, in_mail ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "lost", "%s: %s", peer, what);
}

void intake_keep_transcript(const Intake *intake, const char *id, const Transcript *transcript) {
  if (intake->inbox)
    inbox_keep_transcript(intake->inbox, id, transcript_print(transcript));
}

const IntakeCounters *intake_counters(const Intake *intake, IntakeWay way) {
  return &intake->counters[way];
}
