/* import: messages from files. */
#include "cli/client.h"
#include "cli/interrupt.h"
#include "cli/mail_source.h"
#include "cli/progress.h"
#include "cli/uploader.h"

enum { MARKED_AT_ONCE = 1000, MARK_READ = 1 << 0, MARK_FLAGGED = 1 << 1, MARKS_N = 1 << 2 };

typedef struct ImportOptions {
  CommandCommon common;
  char *from; /* NULL: the message knows */
  char **to;  /* NULL: the message knows */
  char **tags;
  int read;
} ImportOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(ImportOptions, name)

static const Option options[] = {
    {
        .name = "from",
        .letter = 'f',
        .value_name = "ADDRESS",
        .noun = "address",
        .type = OPTION_TEXT,
        .help = "the envelope sender of all messages, which may be empty, instead of their own",
        FIELD(from),
    },
    {
        .name = "to",
        .letter = 't',
        .value_name = "ADDRESS",
        .noun = "address",
        .type = OPTION_TEXTS,
        .help = "an envelope recipient of all messages, instead of their own; may be given several times",
        FIELD(to),
    },
    {
        .name = "tag",
        .value_name = "TAG",
        .type = OPTION_TEXTS,
        .help = "add this tag to all messages; may be given several times",
        FIELD(tags),
    },
    {
        .name = "read",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "mark all messages as read; those of a Maildir keep their flags in any case",
        FIELD(read),
    },
    {.name = NULL},
};

typedef struct Tally {
  guint64 n_imported, n_failed;
} Tally;

typedef struct Import {
  const CommandCall *call;
  const ImportOptions *given;
  Client *client;
  MailSource *source;
  Uploader *uploader;
  Progress *progress;
  Interrupt *interrupt;
  char *to;             /* with commas; NULL: the message knows */
  Tally *tallies;       /* of each word */
  guint64 n_imported;   /* of all */
  json_t *ids[MARKS_N]; /* of messages to be marked so */
  json_t *tagged;       /* IDs of messages to be tagged */
} Import;

static void import_clear(Import *import) {
  uploader_free(import->uploader);
  progress_free(import->progress);
  interrupt_free(import->interrupt);
  mail_source_free(import->source);
  client_free(import->client);
  for (guint marks = 0; marks < MARKS_N; marks++)
    json_decref(import->ids[marks]);
  json_decref(import->tagged);
  g_free(import->tallies);
  g_free(import->to);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Import, import_clear)

/* --- what goes with the messages */

/* Those that are in it, which is empty then. Without any, the API would take all messages there are. */
static json_t *take_ids(json_t **ids) {
  json_t *taken = *ids;

  *ids = json_array();
  return taken;
}

static gboolean put_json(Import *import, const char *path, json_t *body, GError **error) {
  const ClientQuestion question = {.method = "PUT", .path = path, .json = body};
  g_auto(ClientAnswer) answer = {0};
  gboolean is_put = client_ask(import->client, &question, &answer, error);

  json_decref(body);
  return is_put;
}

static gboolean put_marks(Import *import, guint marks, GError **error) {
  json_t *body = json_pack("{s:o}", "IDs", take_ids(&import->ids[marks]));

  if (marks & MARK_READ)
    json_object_set_new(body, "Read", json_true());
  if (marks & MARK_FLAGGED)
    json_object_set_new(body, "Flagged", json_true());
  return put_json(import, "/api/v1/messages", body, error);
}

static gboolean put_tags(Import *import, GError **error) {
  json_t *tags = json_array();

  for (char **tag = import->given->tags; *tag; tag++)
    json_array_append_new(tags, json_string(*tag));
  return put_json(import, "/api/v1/tags", json_pack("{s:o, s:o}", "IDs", take_ids(&import->tagged), "Tags", tags),
                  error);
}

/* Marks and tags what has come together, if it is more than `n_kept`. */
static gboolean put_what_waits(Import *import, gsize n_kept, GError **error) {
  for (guint marks = 1; marks < MARKS_N; marks++)
    if (json_array_size(import->ids[marks]) > n_kept && !put_marks(import, marks, error))
      return FALSE;
  return json_array_size(import->tagged) <= n_kept || put_tags(import, error);
}

/* --- messages */

static void done_cb(const char *id, const char *trouble, gpointer item, gpointer user_data) {
  const SourceMail *mail = item;
  Import *import = user_data;
  Tally *tally = &import->tallies[mail->word];
  guint marks = (mail->is_read || import->given->read ? MARK_READ : 0) | (mail->is_flagged ? MARK_FLAGGED : 0);

  if (!id) {
    tally->n_failed++;
    progress_tell(import->progress, "dsmtpd import: %s: %s", mail->name, trouble);
    return;
  }
  tally->n_imported++;
  import->n_imported++;
  if (marks != 0)
    json_array_append_new(import->ids[marks], json_string(id));
  if (import->given->tags)
    json_array_append_new(import->tagged, json_string(id));
}

static gboolean put_mail(Import *import, SourceMail *mail, GError **error) {
  const ImportOptions *given = import->given;
  g_autoptr(GBytes) bytes = g_steal_pointer(&mail->bytes);
  g_autofree char *path = client_path("/api/v1/messages", "stored", "1", "from",
                                      given->from ? given->from : mail->sender, "to", import->to, NULL);

  progress_show(import->progress, mail_source_done(import->source), mail_source_total(import->source),
                import->n_imported);
  return uploader_put(import->uploader, path, bytes, mail, error) && put_what_waits(import, MARKED_AT_ONCE, error);
}

static void tell_trouble(Import *import, guint word, const GError *trouble) {
  import->tallies[word].n_failed++;
  progress_tell(import->progress, "dsmtpd import: %s", trouble->message);
}

static gboolean put_all(Import *import, GError **error) {
  while (!interrupt_came(import->interrupt)) {
    g_autoptr(GError) trouble = NULL;
    SourceMail *mail = NULL;
    guint word;
    Found found = mail_source_next(import->source, &mail, &word, &trouble);
    if (found == FOUND_NOTHING)
      return TRUE;
    if (found == FOUND_FAILED)
      tell_trouble(import, word, trouble);
    else if (!put_mail(import, mail, error))
      return FALSE;
  }
  return cli_fail(error, EXIT_CODE_FAILED, "interrupted; the messages counted above are stored");
}

/* What was sent is marked and counted, whatever ended the rest; that is told first. */
static void put_and_finish(Import *import, GError **error) {
  g_autoptr(GError) later = NULL;
  gboolean is_put = put_all(import, error);
  gboolean is_finished = uploader_finish(import->uploader, is_put ? error : &later);

  put_what_waits(import, 0, is_put && is_finished ? error : NULL);
}

/* --- the end */

static const char *const kind_names[] = {
    [SOURCE_KIND_MAIL] = "message",    [SOURCE_KIND_MBOXRD] = "mboxrd",       [SOURCE_KIND_MBOXO] = "mboxo",
    [SOURCE_KIND_MAILDIR] = "Maildir", [SOURCE_KIND_DIRECTORY] = "directory",
};

static const char *kind_of(const Import *import, guint word) {
  return kind_names[mail_source_kind(import->source, word)];
}

static void print_json(const Import *import, const Tally *sum) {
  json_t *sources = json_array();

  for (guint i = 0; i < import->call->n_words; i++) {
    g_autofree char *name = g_utf8_make_valid(import->call->words[i], -1);
    json_array_append_new(sources, json_pack("{s:s, s:s, s:I, s:I}", "Name", name, "Kind", kind_of(import, i),
                                             "Imported", (json_int_t)import->tallies[i].n_imported, "Failed",
                                             (json_int_t)import->tallies[i].n_failed));
  }
  output_value(import->call->output, json_pack("{s:I, s:I, s:o}", "Imported", (json_int_t)sum->n_imported, "Failed",
                                               (json_int_t)sum->n_failed, "Sources", sources));
}

static void print_lines(const Import *import, const Tally *sum) {
  const CommandCall *call = import->call;

  for (guint i = 0; i < call->n_words; i++) {
    g_autofree char *line = g_strdup_printf("%s: %" G_GUINT64_FORMAT " (%s)", call->words[i],
                                            import->tallies[i].n_imported, kind_of(import, i));
    output_line(call->output, line);
  }
  g_autofree char *line =
      g_strdup_printf("imported %" G_GUINT64_FORMAT ", failed %" G_GUINT64_FORMAT, sum->n_imported, sum->n_failed);
  output_line(call->output, line);
}

static ExitCode report(const Import *import) {
  Tally sum = {0};

  for (guint i = 0; i < import->call->n_words; i++) {
    sum.n_imported += import->tallies[i].n_imported;
    sum.n_failed += import->tallies[i].n_failed;
  }
  if (import->given->common.json)
    print_json(import, &sum);
  else
    print_lines(import, &sum);
  return sum.n_failed > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

/* --- the whole */

/* Asks for something first, so that a server that is none, or wants a login, is told before files are read. */
static gboolean open_target(Import *import, GError **error) {
  import->client = client_open(import->call, error);
  json_t *info = import->client ? client_get_json(import->client, "/api/v1/info", error) : NULL;
  gboolean is_open = info != NULL;

  json_decref(info);
  return is_open;
}

static void open_sources(Import *import) {
  const CommandCall *call = import->call;

  import->source = mail_source_new();
  import->tallies = g_new0(Tally, call->n_words);
  for (guint i = 0; i < call->n_words; i++) {
    g_autoptr(GError) trouble = NULL;
    if (!mail_source_add(import->source, call->words[i], &trouble))
      tell_trouble(import, i, trouble);
  }
}

static ExitCode run(const CommandCall *call, GError **error) {
  const ImportOptions *given = call->options;
  g_auto(Import) import = {.call = call, .given = given};

  if (!open_target(&import, error))
    return EXIT_CODE_FAILED;
  import.to = given->to ? g_strjoinv(",", given->to) : NULL;
  for (guint marks = 0; marks < MARKS_N; marks++)
    import.ids[marks] = json_array();
  import.tagged = json_array();
  import.progress = progress_new(call->get_variable);
  import.interrupt = interrupt_new(target_base(client_target(import.client)));
  import.uploader = uploader_new(client_target(import.client), done_cb, (GDestroyNotify)source_mail_free, &import);
  open_sources(&import);
  put_and_finish(&import, error);
  g_clear_pointer(&import.progress, progress_free);
  return report(&import);
}

static const CommandExample examples[] = {
    {"dsmtpd import mail.eml old.mbox", "two files"},
    {"dsmtpd import --read --tag old ~/Maildir", "a Maildir, marked and tagged"},
    {"ssh host cat mbox | dsmtpd import -", "an mbox from elsewhere"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "all messages are stored"},
    {EXIT_CODE_FAILED, "some are not"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option or variable"},
    {EXIT_CODE_NO_SERVER, "no server is running, or it stopped answering"},
    {.meaning = NULL},
};

const Command cmd_import = {
    .name = "import",
    .summary = "store messages from files",
    .synopsis = "FILE|DIRECTORY...",
    .description =
        "Stores messages from message files, mbox files (mboxrd or mboxo), Maildirs with their flags, directories of "
        "*.eml and *.mbox files, and standard input, which is \"-\". Messages that dsmtpd stored before keep their "
        "envelope. For others the sender is that of the mbox, of Return-Path, Sender or From; the recipients are those "
        "of X-Original-To and Delivered-To, or of To, Cc and Bcc. A message that cannot be read or is rejected is "
        "reported in one line, and the others are stored.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON | COMMAND_TAKES_FILES,
    .min_words = 1,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(ImportOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
