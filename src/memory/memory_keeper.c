#include "memory/memory_keeper.h"

#include "inbox/error.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct MemoryKeeper {
  InboxKeeper keeper; /* first */
  LoopQueue *queue;
  Strand *strand; /* which does one thing at a time */
  InboxLimits retention;
  InboxCursor last_cursor;
  guint64 last_number; /* of changes */
  guint64 draft_bytes_max;
  guint64 draft_bytes; /* of messages that are still coming */
  GQueue pending;      /* InboxCursor * of messages whose delivery is not reported yet */
  JobFunc closed;
  gpointer closed_data;
  /* The strand's: */
  InboxReader reader;
  MemoryMails *mails;
  SummaryIgnored ignored;
} MemoryKeeper;

/* What is done on the strand, and comes back to the loop. */
typedef struct Task Task;
struct Task {
  MemoryKeeper *keeper;
  void (*run)(Task *task);
  void (*tell)(Task *task); /* on the loop thread; NULL: nobody waits */
  GPtrArray *events;        /* InboxEvent * */
  InboxTotals totals;
  GError *error;
  gpointer user_data;
  /* Of a delivery: */
  InboxCursor cursor;
  GBytes *bytes;
  char *id;
  InboxDelivered delivered;
  /* Of what is asked: */
  InboxWork work;
  InboxAnswered answered;
  gpointer answer;
  /* Of a change: */
  InboxChange *change;
  InboxChanged changed;
  guint64 n_changed;
  /* Of a step of retention: */
  InboxLimits limits;
  InboxRemoved removed;
  InboxRetentionDone retention_done;
  /* Of counting and measuring: */
  InboxCounted counted;
  InboxSpaceMeasured measured;
  guint64 n_free_bytes;
  /* Of what is to be kept: */
  char *transcript;
  InboxAttempt *attempt;
};

static MemoryKeeper *cast(const InboxKeeper *keeper) {
  return (MemoryKeeper *)keeper;
}

static void task_free(Task *task) {
  g_ptr_array_unref(task->events);
  g_clear_error(&task->error);
  g_clear_pointer(&task->bytes, g_bytes_unref);
  g_clear_pointer(&task->change, inbox_change_free);
  g_free(task->id);
  g_free(task);
}

static void report(const Task *task) {
  const InboxKeeperCallbacks *callbacks = &task->keeper->keeper.callbacks;
  guint64 *number = &task->keeper->last_number;

  *number = MAX(*number, 1);
  for (guint i = 0; i < task->events->len; i++)
    ((InboxEvent *)task->events->pdata[i])->number = *number = MAX(*number + 1, (guint64)g_get_real_time());
  const InboxReport told = {
      .totals = task->totals, .last_number = *number, .events = task->events, .is_ready = TRUE, .is_whole = TRUE};

  if (callbacks->reported)
    callbacks->reported(&told, callbacks->user_data);
}

static void done_cb(gpointer data) {
  Task *task = data;
  gboolean is_delivery = task->delivered != NULL;

  if (!is_delivery)
    report(task); /* changes are told after their events, messages before */
  if (task->tell)
    task->tell(task);
  if (is_delivery)
    report(task);
  task_free(task);
}

static void run_cb(gpointer data) {
  Task *task = data;

  if (task->run)
    task->run(task);
  task->totals = *memory_mails_totals(task->keeper->mails);
  loop_queue_post(task->keeper->queue, done_cb, task);
}

static void push(InboxKeeper *keeper, Task task) {
  task.keeper = cast(keeper);
  task.events = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_event_free);
  strand_run(task.keeper->strand, run_cb, g_memdup2(&task, sizeof task));
}

/* --- drafts */

typedef struct MemoryDraft {
  InboxDraft draft; /* first */
  const Envelope *envelope;
  GByteArray *body;
  gboolean is_overfull;
} MemoryDraft;

static InboxDraft *begin(InboxKeeper *keeper, const Envelope *envelope, JobFunc resume, gpointer resume_data) {
  MemoryDraft *draft = g_new0(MemoryDraft, 1);

  draft->draft.keeper = keeper;
  draft->envelope = envelope;
  draft->body = g_byte_array_new();
  return &draft->draft;
}

static gboolean append(InboxDraft *draft, const guint8 *bytes, gsize n_bytes) {
  MemoryDraft *this = (MemoryDraft *)draft;
  MemoryKeeper *keeper = cast(draft->keeper);

  this->is_overfull |= n_bytes > keeper->draft_bytes_max - keeper->draft_bytes;
  if (!this->is_overfull) {
    g_byte_array_append(this->body, bytes, (guint)n_bytes);
    keeper->draft_bytes += n_bytes;
  }
  return TRUE;
}

static void discard(InboxDraft *draft) {
  MemoryDraft *this = (MemoryDraft *)draft;

  cast(draft->keeper)->draft_bytes -= this->body->len;
  g_byte_array_unref(this->body);
  g_free(this);
}

static void run_delivery(Task *task) {
  const InboxMail *mail = task->bytes ? memory_mails_add(task->keeper->mails, task->cursor, task->bytes,
                                                         task->keeper->ignored, &task->error)
                                      : NULL;

  if (mail)
    g_ptr_array_add(task->events, inbox_event_new(INBOX_EVENT_NEW, inbox_mail_ref((InboxMail *)mail), NULL));
}

static void tell_delivery(Task *task) {
  g_free(g_queue_pop_head(&task->keeper->pending)); /* they come back in order */
  task->delivered(task->error ? NULL : task->id, task->error, task->user_data);
}

static GBytes *print_message(const MemoryDraft *draft, const char *id, const char *bare_lf) {
  GString *stored = g_string_new(NULL);

  envelope_print_block(draft->envelope, "memory", id, bare_lf, stored);
  g_string_append_len(stored, (const char *)draft->body->data, draft->body->len);
  return g_string_free_to_bytes(stored);
}

static void commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data) {
  const MemoryDraft *this = (MemoryDraft *)draft;
  MemoryKeeper *keeper = cast(draft->keeper);
  Task task = {.run = run_delivery, .tell = tell_delivery, .delivered = delivered, .user_data = user_data};

  task.cursor = keeper->last_cursor = MAX(keeper->last_cursor + 1, (guint64)g_get_real_time());
  task.id = memory_mails_print_id(task.cursor);
  g_queue_push_tail(&keeper->pending, g_memdup2(&task.cursor, sizeof task.cursor));
  if (this->is_overfull)
    g_set_error_literal(&task.error, INBOX_ERROR, INBOX_ERROR_NO_SPACE, "there is no room in memory for the message");
  else
    task.bytes = print_message(this, task.id, bare_lf);
  push(draft->keeper, task);
  discard(draft);
}

/* --- reading, on the strand */

static const MemoryMails *mails_of(const InboxReader *reader) {
  return ((const MemoryKeeper *)((const char *)reader - G_STRUCT_OFFSET(MemoryKeeper, reader)))->mails;
}

static gboolean read_list(InboxReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error) {
  return memory_mails_list(mails_of(reader), request, out_page, error);
}

static InboxMail *read_find(InboxReader *reader, const char *id, const SearchQuery *query, GError **error) {
  return memory_mails_find(mails_of(reader), id, query, NULL, error);
}

static gboolean write_all(int fd, const char *bytes, gsize n_bytes) {
  gssize n_written = 0;

  for (gsize at = 0; at < n_bytes && n_written >= 0; at += (gsize)MAX(n_written, 0))
    n_written = write(fd, bytes + at, n_bytes - at);
  return n_written >= 0 && lseek(fd, 0, SEEK_SET) == 0;
}

static int read_open(InboxReader *reader, const char *id, const SearchQuery *query, InboxMail **out_mail,
                     guint64 *out_size_bytes, GError **error) {
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(InboxMail) mail = memory_mails_find(mails_of(reader), id, query, &bytes, error);

  if (!mail)
    return -1;
  gsize n_bytes = 0;
  const char *start = g_bytes_get_data(bytes, &n_bytes);
  int fd = memfd_create("dsmtpd-message", MFD_CLOEXEC);
  if (fd < 0 || !write_all(fd, start, n_bytes)) {
    inbox_set_errno(error, errno, "cannot open the message %s", mail->id);
    if (fd >= 0)
      close(fd);
    return -1;
  }
  *out_size_bytes = n_bytes;
  if (out_mail)
    *out_mail = g_steal_pointer(&mail);
  return fd;
}

static GPtrArray *read_tags(InboxReader *reader, GError **error) {
  return memory_mails_tags(mails_of(reader));
}

static gboolean read_recipients(InboxReader *reader, const char *text, guint64 start, guint64 limit,
                                InboxRecipientPage *out_page, GError **error) {
  memory_mails_recipients(mails_of(reader), text, start, limit, out_page);
  return TRUE;
}

static gboolean read_transcript(InboxReader *reader, const char *id, char **out_transcript, GError **error) {
  *out_transcript = memory_mails_transcript(mails_of(reader), id);
  return TRUE;
}

static gboolean read_attempts(InboxReader *reader, const char *code, guint64 before, guint limit,
                              InboxAttemptPage *out_page, GError **error) {
  memory_mails_attempts(mails_of(reader), code, before, limit, out_page);
  return TRUE;
}

static gboolean read_totals(InboxReader *reader, InboxTotals *out_totals, GError **error) {
  *out_totals = *memory_mails_totals(mails_of(reader));
  return TRUE;
}

/* There is no more than the inbox remembers. */
static gboolean read_history(InboxReader *reader, guint64 after, guint limit, InboxHistoryPage *out_page,
                             GError **error) {
  *out_page = (InboxHistoryPage){.events = g_ptr_array_new(), .is_forgotten = TRUE};
  return TRUE;
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
    .history = read_history,
};

static void run_ask(Task *task) {
  task->answer = task->work(&task->keeper->reader, task->user_data, &task->error);
}

static void tell_answer(Task *task) {
  task->answered(task->answer, task->error, task->user_data);
}

static void ask(InboxKeeper *keeper, InboxLane lane, InboxWork work, InboxAnswered answered, gpointer user_data) {
  push(keeper, (Task){.run = run_ask, .tell = tell_answer, .work = work, .answered = answered, .user_data = user_data});
}

/* --- changing */

static void run_change(Task *task) {
  (void)memory_mails_change(task->keeper->mails, task->change, task->events, &task->n_changed, &task->error);
}

static void tell_change(Task *task) {
  task->changed(task->n_changed, task->error, task->user_data);
}

static void change(InboxKeeper *keeper, InboxChange *wanted, InboxChanged changed, gpointer user_data) {
  push(keeper,
       (Task){.run = run_change, .tell = tell_change, .change = wanted, .changed = changed, .user_data = user_data});
}

static void set_limits(InboxKeeper *keeper, const InboxLimits *limits) {
  cast(keeper)->retention = *limits;
}

static void run_retention(Task *task) {
  memory_mails_trim(task->keeper->mails, &task->limits, task->events, &task->removed);
}

static void tell_retention(Task *task) {
  task->retention_done(&task->removed, NULL, task->user_data);
}

static void retention_step(InboxKeeper *keeper, InboxRetentionDone done, gpointer user_data) {
  push(keeper, (Task){.run = run_retention,
                      .tell = tell_retention,
                      .limits = cast(keeper)->retention,
                      .retention_done = done,
                      .user_data = user_data});
}

static void run_keep(Task *task) {
  if (task->attempt)
    memory_mails_keep_attempt(task->keeper->mails, task->attempt, task->events);
  else
    memory_mails_keep_transcript(task->keeper->mails, task->id, task->transcript);
}

static void keep_transcript(InboxKeeper *keeper, const char *id, char *transcript) {
  push(keeper, (Task){.run = run_keep, .id = g_strdup(id), .transcript = transcript});
}

static void keep_attempt(InboxKeeper *keeper, InboxAttempt *attempt) {
  push(keeper, (Task){.run = run_keep, .attempt = attempt});
}

/* --- how it is going */

static void set_awaited(InboxKeeper *keeper, InboxAwaited awaited) {}

/* In front of messages whose senders wait for their replies. */
static InboxCursor now(InboxKeeper *keeper) {
  MemoryKeeper *this = cast(keeper);
  const InboxCursor *first = g_queue_peek_head(&this->pending);

  this->last_cursor = MAX(this->last_cursor, (guint64)g_get_real_time());
  return first ? *first - 1 : this->last_cursor;
}

static void tell_count(Task *task) {
  task->counted(task->totals.n_messages, task->user_data);
}

static void count(InboxKeeper *keeper, InboxCounted counted, gpointer user_data) {
  push(keeper, (Task){.tell = tell_count, .counted = counted, .user_data = user_data});
}

static void run_measure(Task *task) {
  task->n_free_bytes = memory_mails_free_bytes(task->keeper->mails);
}

static void tell_space(Task *task) {
  task->measured(task->n_free_bytes, task->user_data);
}

static void measure_space(InboxKeeper *keeper, InboxSpaceMeasured measured, gpointer user_data) {
  push(keeper, (Task){.run = run_measure, .tell = tell_space, .measured = measured, .user_data = user_data});
}

/* Lists show every message that is reported. */
static InboxPace pace(InboxKeeper *keeper) {
  return (InboxPace){0};
}

static const char *location(const InboxKeeper *keeper) {
  return "memory";
}

/* --- the end */

static void leave(InboxKeeper *keeper) {}

static void closed_cb(gpointer data) {
  MemoryKeeper *keeper = data;

  memory_mails_free(keeper->mails);
  keeper->closed(keeper->closed_data);
  g_free(keeper);
}

static void ended_cb(gpointer data) {
  loop_queue_post(((MemoryKeeper *)data)->queue, closed_cb, data);
}

static void close_keeper(InboxKeeper *keeper, JobFunc closed, gpointer user_data) {
  MemoryKeeper *this = cast(keeper);

  this->closed = closed;
  this->closed_data = user_data;
  strand_close(this->strand, ended_cb, this);
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

InboxKeeper *memory_keeper_new(const MemoryLimits *limits, SummaryIgnored ignored, Crew *crew, LoopQueue *queue) {
  MemoryKeeper *keeper = g_new0(MemoryKeeper, 1);

  keeper->keeper.table = &keeper_table;
  keeper->queue = queue;
  keeper->strand = strand_new(crew, 1, STRAND_SHORT);
  keeper->draft_bytes_max = limits->max_bytes;
  keeper->reader.table = &reader_table;
  keeper->mails = memory_mails_new(limits);
  keeper->ignored = ignored;
  push(&keeper->keeper, (Task){0}); /* the first report */
  return &keeper->keeper;
}
