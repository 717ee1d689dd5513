#include "support/failing_keeper.h"

#include "inbox/error.h"

typedef struct FailingKeeper {
  InboxKeeper keeper; /* first */
  InboxKeeper *other;
  LoopQueue *queue;
  gint n_calls[FAILING_CALLS_N]; /* atomic */
  FailingCall call;
  guint nth;
  int error_code;
  JobFunc closed;
  gpointer closed_data;
} FailingKeeper;

static FailingKeeper *cast(const InboxKeeper *keeper) {
  return (FailingKeeper *)keeper;
}

void failing_keeper_fail(InboxKeeper *keeper, FailingCall call, guint nth, int error_code) {
  FailingKeeper *this = cast(keeper);

  for (guint i = 0; i < FAILING_CALLS_N; i++)
    g_atomic_int_set(&this->n_calls[i], 0);
  this->call = call;
  this->nth = nth;
  this->error_code = error_code;
}

guint failing_keeper_calls(const InboxKeeper *keeper, FailingCall call) {
  return (guint)g_atomic_int_get(&cast(keeper)->n_calls[call]);
}

/* TRUE with an error: this call is to fail. */
static gboolean fails(FailingKeeper *keeper, FailingCall call, GError **error) {
  guint nth = (guint)g_atomic_int_add(&keeper->n_calls[call], 1) + 1;

  if (call != keeper->call || nth != keeper->nth)
    return FALSE;
  g_set_error_literal(error, INBOX_ERROR, keeper->error_code, "made to fail");
  return TRUE;
}

/* --- what fails at once is reported later */

typedef struct Failure {
  GError *error;
  InboxDelivered delivered;
  InboxChanged changed;
  InboxRetentionDone retention_done;
  InboxAnswered answered;
  gpointer user_data;
} Failure;

static void failed_cb(gpointer data) {
  static const InboxRemoved nothing = {0};
  Failure *failure = data;

  if (failure->delivered)
    failure->delivered(NULL, failure->error, failure->user_data);
  if (failure->changed)
    failure->changed(0, failure->error, failure->user_data);
  if (failure->retention_done)
    failure->retention_done(&nothing, failure->error, failure->user_data);
  if (failure->answered)
    failure->answered(NULL, failure->error, failure->user_data);
  g_error_free(failure->error);
  g_free(failure);
}

static void report(FailingKeeper *keeper, Failure failure) {
  loop_queue_post(keeper->queue, failed_cb, g_memdup2(&failure, sizeof failure));
}

/* --- drafts */

typedef struct FailingDraft {
  InboxDraft draft; /* first */
  InboxDraft *other;
} FailingDraft;

static InboxDraft *begin(InboxKeeper *keeper, const Envelope *envelope, JobFunc resume, gpointer resume_data) {
  FailingDraft *draft = g_new0(FailingDraft, 1);
  InboxKeeper *other = cast(keeper)->other;

  draft->draft.keeper = keeper;
  draft->other = other->table->begin(other, envelope, resume, resume_data);
  return &draft->draft;
}

static gboolean append(InboxDraft *draft, const guint8 *bytes, gsize n_bytes) {
  InboxDraft *other = ((FailingDraft *)draft)->other;

  return other->keeper->table->append(other, bytes, n_bytes);
}

static void discard(InboxDraft *draft) {
  InboxDraft *other = ((FailingDraft *)draft)->other;

  other->keeper->table->discard(other);
  g_free(draft);
}

static void commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data) {
  FailingKeeper *keeper = cast(draft->keeper);
  InboxDraft *other = ((FailingDraft *)draft)->other;
  GError *error = NULL;

  if (fails(keeper, FAILING_COMMIT, &error)) {
    report(keeper, (Failure){.error = error, .delivered = delivered, .user_data = user_data});
    discard(draft);
    return;
  }
  other->keeper->table->commit(other, bare_lf, delivered, user_data);
  g_free(draft);
}

/* --- readers */

typedef struct FailingReader {
  InboxReader reader; /* first */
  InboxReader *other;
  FailingKeeper *keeper;
} FailingReader;

static InboxReader *other_of(InboxReader *reader) {
  return ((FailingReader *)reader)->other;
}

static gboolean reader_fails(InboxReader *reader, FailingCall call, GError **error) {
  return fails(((FailingReader *)reader)->keeper, call, error);
}

static gboolean read_list(InboxReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error) {
  return !reader_fails(reader, FAILING_LIST, error) && inbox_reader_list(other_of(reader), request, out_page, error);
}

static InboxMail *read_find(InboxReader *reader, const char *id, const SearchQuery *query, GError **error) {
  return reader_fails(reader, FAILING_FIND, error) ? NULL : inbox_reader_find(other_of(reader), id, query, error);
}

static int read_open(InboxReader *reader, const char *id, const SearchQuery *query, InboxMail **out_mail,
                     guint64 *out_size_bytes, GError **error) {
  return reader_fails(reader, FAILING_OPEN, error)
             ? -1
             : inbox_reader_open(other_of(reader), id, query, out_mail, out_size_bytes, error);
}

static GPtrArray *read_tags(InboxReader *reader, GError **error) {
  return reader_fails(reader, FAILING_TAGS, error) ? NULL : inbox_reader_tags(other_of(reader), error);
}

static gboolean read_recipients(InboxReader *reader, const char *text, guint64 start, guint64 limit,
                                InboxRecipientPage *out_page, GError **error) {
  return !reader_fails(reader, FAILING_RECIPIENTS, error) &&
         inbox_reader_recipients(other_of(reader), text, start, limit, out_page, error);
}

static gboolean read_transcript(InboxReader *reader, const char *id, char **out_transcript, GError **error) {
  return !reader_fails(reader, FAILING_TRANSCRIPT, error) &&
         inbox_reader_transcript(other_of(reader), id, out_transcript, error);
}

static gboolean read_attempts(InboxReader *reader, const char *code, guint64 before, guint limit,
                              InboxAttemptPage *out_page, GError **error) {
  return !reader_fails(reader, FAILING_ATTEMPTS, error) &&
         inbox_reader_attempts(other_of(reader), code, before, limit, out_page, error);
}

static gboolean read_totals(InboxReader *reader, InboxTotals *out_totals, GError **error) {
  return !reader_fails(reader, FAILING_TOTALS, error) && inbox_reader_totals(other_of(reader), out_totals, error);
}

static const InboxReaderTable reader_table = {
    .list = read_list,
    .find = read_find,
    .open = read_open,
    .tags = read_tags,
    .recipients = read_recipients,
    .transcript = read_transcript,
    .attempts = read_attempts,
    .totals = read_totals,
};

typedef struct Asking {
  FailingKeeper *keeper;
  InboxWork work;
  InboxAnswered answered;
  gpointer user_data;
} Asking;

static gpointer work_cb(InboxReader *reader, gpointer user_data, GError **error) {
  const Asking *asking = user_data;
  FailingReader failing = {{&reader_table}, reader, asking->keeper};

  return asking->work(&failing.reader, asking->user_data, error);
}

static void answered_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autofree Asking *asking = user_data;

  asking->answered(answer, error, asking->user_data);
}

static void ask(InboxKeeper *keeper, InboxLane lane, InboxWork work, InboxAnswered answered, gpointer user_data) {
  FailingKeeper *this = cast(keeper);
  const Asking asking = {this, work, answered, user_data};
  GError *error = NULL;

  if (fails(this, FAILING_ASK, &error))
    report(this, (Failure){.error = error, .answered = answered, .user_data = user_data});
  else
    this->other->table->ask(this->other, lane, work_cb, answered_cb, g_memdup2(&asking, sizeof asking));
}

/* --- changes */

static void change(InboxKeeper *keeper, InboxChange *wanted, InboxChanged changed, gpointer user_data) {
  FailingKeeper *this = cast(keeper);
  GError *error = NULL;

  if (!fails(this, FAILING_CHANGE, &error)) {
    this->other->table->change(this->other, wanted, changed, user_data);
    return;
  }
  report(this, (Failure){.error = error, .changed = changed, .user_data = user_data});
  inbox_change_free(wanted);
}

static void retention_step(InboxKeeper *keeper, InboxRetentionDone done, gpointer user_data) {
  FailingKeeper *this = cast(keeper);
  GError *error = NULL;

  if (fails(this, FAILING_RETENTION, &error))
    report(this, (Failure){.error = error, .retention_done = done, .user_data = user_data});
  else
    this->other->table->retention_step(this->other, done, user_data);
}

/* --- what never fails */

static void set_limits(InboxKeeper *keeper, const InboxLimits *limits) {
  InboxKeeper *other = cast(keeper)->other;

  other->table->set_limits(other, limits);
}

static void keep_transcript(InboxKeeper *keeper, const char *id, char *transcript) {
  InboxKeeper *other = cast(keeper)->other;

  other->table->keep_transcript(other, id, transcript);
}

static void keep_attempt(InboxKeeper *keeper, InboxAttempt *attempt) {
  InboxKeeper *other = cast(keeper)->other;

  other->table->keep_attempt(other, attempt);
}

static void set_awaited(InboxKeeper *keeper, InboxAwaited awaited) {
  InboxKeeper *other = cast(keeper)->other;

  other->table->set_awaited(other, awaited);
}

static InboxCursor now(InboxKeeper *keeper) {
  InboxKeeper *other = cast(keeper)->other;

  return other->table->now(other);
}

static void count(InboxKeeper *keeper, InboxCounted counted, gpointer user_data) {
  InboxKeeper *other = cast(keeper)->other;

  other->table->count(other, counted, user_data);
}

static void measure_space(InboxKeeper *keeper, InboxSpaceMeasured measured, gpointer user_data) {
  InboxKeeper *other = cast(keeper)->other;

  other->table->measure_space(other, measured, user_data);
}

static InboxPace pace(InboxKeeper *keeper) {
  InboxKeeper *other = cast(keeper)->other;

  return other->table->pace(other);
}

static const char *location(const InboxKeeper *keeper) {
  const InboxKeeper *other = cast(keeper)->other;

  return other->table->location(other);
}

static void leave(InboxKeeper *keeper) {
  InboxKeeper *other = cast(keeper)->other;

  other->table->leave(other);
}

static void closed_cb(gpointer data) {
  FailingKeeper *keeper = data;

  keeper->closed(keeper->closed_data);
  g_free(keeper);
}

static void close_keeper(InboxKeeper *keeper, JobFunc closed, gpointer user_data) {
  FailingKeeper *this = cast(keeper);

  this->closed = closed;
  this->closed_data = user_data;
  this->other->table->close(this->other, closed_cb, this);
}

/* --- what the other one reports */

static void reported_cb(const InboxReport *told, gpointer user_data) {
  const InboxKeeperCallbacks *callbacks = &((FailingKeeper *)user_data)->keeper.callbacks;

  if (callbacks->reported)
    callbacks->reported(told, callbacks->user_data);
}

static const InboxKeeperTable keeper_table = {
    .begin = begin,
    .append = append,
    .commit = commit,
    .discard = discard,
    .ask = ask,
    .change = change,
    .set_limits = set_limits,
    .retention_step = retention_step,
    .keep_transcript = keep_transcript,
    .keep_attempt = keep_attempt,
    .set_awaited = set_awaited,
    .now = now,
    .count = count,
    .measure_space = measure_space,
    .pace = pace,
    .location = location,
    .leave = leave,
    .close = close_keeper,
};

InboxKeeper *failing_keeper_new(InboxKeeper *other, LoopQueue *queue) {
  FailingKeeper *keeper = g_new0(FailingKeeper, 1);

  keeper->keeper.table = &keeper_table;
  keeper->other = other;
  keeper->queue = queue;
  other->callbacks = (InboxKeeperCallbacks){.reported = reported_cb, .user_data = keeper};
  return &keeper->keeper;
}
