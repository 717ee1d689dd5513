#pragma once
/* The one way in for messages, whatever protocol brings them: who may send what, then the way into the inbox, with one
 * line in the log and the counters for all of it.
 *
 * Owns: the list of judges, counters, and messages under way. All that is given is lent and must outlive it.
 * Thread: the loop thread.
 * Errors: are verdicts; what went wrong in the inbox is also logged.
 * Source: docs/design.md, "Intake"; docs/log.md. */
#include "base/log.h"
#include "inbox/inbox.h"
#include "intake/arrival.h"
#include "intake/verdict.h"

typedef struct Intake Intake;
typedef struct IntakeMail IntakeMail; /* a message under way */

enum { INTAKE_SUBJECTS_N = 8 }; /* RFC 3463 3: X.0 to X.7 */

/* Of one protocol, since the start. */
typedef struct IntakeCounters {
  guint64 n_accepted;
  guint64 accepted_bytes;
  guint64 n_rejected[2][INTAKE_SUBJECTS_N]; /* [0] for now (4xx), [1] for good (5xx) */
  guint64 n_turned_away;                    /* connections that were rejected before a session began */
  guint64 n_lost;                           /* messages whose client went away */
} IntakeCounters;

/* Has a say in the steps it was added for. */
typedef IntakeVerdict (*IntakeJudge)(const IntakeQuestion *question, gpointer user_data);

/* `id` is what the message is called from now on; NULL: it was not stored. */
typedef void (*IntakeStored)(const IntakeVerdict *verdict, const char *id, gpointer user_data);

/* `max_size_bytes`: of a message; 0: no limit. Messages are rejected until intake_open(); `queue` is the inbox's. */
Intake *intake_new(Log *log, guint64 max_size_bytes);
void intake_open(Intake *intake, Inbox *inbox, LoopQueue *queue);

/* To be called before the inbox is closed. Further messages are rejected, and those whose bytes are still coming are
 * not stored: whoever waits for `resume` is called now, and learns it at commit. NULL is fine. */
void intake_close(Intake *intake);

/* NULL is fine. */
void intake_free(Intake *intake);

/* Adds a judge for the steps whose bits (1 << IntakeStep) are set. */
void intake_add_judge(Intake *intake, guint steps, IntakeJudge judge, gpointer user_data);

/* Asks the judges of the step; the first one who does not accept decides. Without an inbox, INTAKE_STEP_MAIL and what
 * follows it is rejected. */
IntakeVerdict intake_ask(const Intake *intake, const IntakeQuestion *question);

/* Whether a message may have so many bytes. */
IntakeVerdict intake_measure(const Intake *intake, guint64 size_bytes);

/* --- one message */

/* Its bytes will come. Never fails: what goes wrong is told at commit. The envelope is lent until the message is
 * discarded or `stored` has returned. */
IntakeMail *intake_mail_new(Intake *intake, IntakeWay way, const Envelope *envelope, JobFunc resume,
                            gpointer user_data);

/* Bytes in the stored form (LF line ends). FALSE asks the caller to wait for `resume`. */
gboolean intake_mail_append(IntakeMail *mail, const guint8 *bytes, gsize n_bytes);

/* It is whole: stores, counts and logs it, then calls `stored` once, later, never from inside this call. */
void intake_mail_commit(IntakeMail *mail, const IntakeArrival *arrival, IntakeStored stored, gpointer user_data);

/* It will not be stored: frees it and forgets `resume`. */
void intake_mail_discard(IntakeMail *mail);

/* --- what else happens on the way in */

/* Logs, counts and keeps as an attempt what was rejected in a session. Without a transcript it was a whole connection.
 */
void intake_reject(Intake *intake, IntakeWay way, const IntakeRejection *rejection);

/* Counts a connection that was rejected, of which the log tells elsewhere. */
void intake_turn_away(Intake *intake, IntakeWay way, guint code, const char *enhanced);

/* A client went away before it had sent all of something. With `in_mail`, bytes of a message were to come. `what`, in
 * words, is printable UTF-8 without secrets. */
void intake_lose(Intake *intake, IntakeWay way, const char *peer, gboolean in_mail, const char *what);

/* A message was stored: what was said up to then. */
void intake_keep_transcript(const Intake *intake, const char *id, const Transcript *transcript);

const IntakeCounters *intake_counters(const Intake *intake, IntakeWay way);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Intake, intake_free)
