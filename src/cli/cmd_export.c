/* export: messages as files. */
#include "cli/client.h"
#include "cli/interrupt.h"
#include "cli/json_member.h"
#include "cli/progress.h"
#include "cli/whole_file.h"
#include "cli/whole_folder.h"
#include "syntax/mbox_read.h"
#include "syntax/zip_read.h"
#include <string.h>

typedef enum { FORMAT_MBOX, FORMAT_ZIP, FORMAT_EML, FORMAT_MAILDIR } ExportFormat;

typedef struct ExportOptions {
  CommandCommon common;
  int format;
  char *output; /* NULL: standard output, unless that is a terminal */
  int force;
} ExportOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(ExportOptions, name)

static const char *const format_choices[] = {
    [FORMAT_MBOX] = "mbox", [FORMAT_ZIP] = "zip", [FORMAT_EML] = "eml", [FORMAT_MAILDIR] = "maildir", NULL};

static const Option options[] = {
    {
        .name = "format",
        .letter = 'F',
        .value_name = "FORMAT",
        .noun = "format",
        .type = OPTION_CHOICE,
        .choices = format_choices,
        .default_text = "mbox",
        .help =
            "an mbox file (mboxrd), a zip with a file for each message, a directory of such files, or a Maildir, which "
            "alone keeps flags and envelopes",
        FIELD(format),
    },
    {
        .name = "output",
        .letter = 'o',
        .value_name = "PATH",
        .noun = "path",
        .type = OPTION_PATH,
        .help = "the file or directory to create; - is standard output, which is the default unless it is a terminal",
        FIELD(output),
    },
    {
        .name = "force",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "replace an existing file",
        FIELD(force),
    },
    {.name = NULL},
};

typedef struct Export Export;

/* How what comes is read; what is sent in both is an archive of files. */
typedef struct FormatRow {
  const char *api_format;
  gboolean is_directory;
  const char *subdirectories[4];
  gboolean (*read)(Export *export, const char *bytes, gsize len);
} FormatRow;

struct Export {
  const CommandCall *call;
  const ExportOptions *given;
  const FormatRow *format;
  Client *client;
  Progress *progress;
  Interrupt *interrupt;
  WholeFile *file;           /* NULL: none is written */
  WholeDirectory *directory; /* NULL: none is filled */
  MboxReader *mbox;
  ZipReader *zip;
  guint64 n_messages, n_wanted;
  gboolean is_broken; /* what comes is not what was asked for */
  gboolean has_ended; /* the archive has */
};

static void export_clear(Export *export) {
  whole_file_free(export->file);
  whole_directory_free(export->directory);
  mbox_reader_free(export->mbox);
  zip_reader_free(export->zip);
  progress_free(export->progress);
  interrupt_free(export->interrupt);
  client_free(export->client);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Export, export_clear)

/* --- what comes */

/* Counts. */
static gboolean read_mbox(Export *export, const char *bytes, gsize len) {
  g_auto(MboxMail) mail = {0};
  gsize n_taken;

  for (; mbox_reader_take(export->mbox, bytes, len, &n_taken, &mail); bytes += n_taken, len -= n_taken) {
    mbox_mail_clear(&mail);
    export->n_messages++;
  }
  return TRUE;
}

static gboolean take_event(Export *export, ZipReadEvent event, const ZipPiece *piece) {
  WholeDirectory *directory = export->directory;

  export->is_broken = event == ZIP_READ_BROKEN;
  export->has_ended = export->has_ended || event == ZIP_READ_END;
  export->n_messages += event == ZIP_READ_FILE_END;
  if (!directory)
    return !export->is_broken;
  if (event == ZIP_READ_FILE)
    return whole_directory_begin(directory, piece->name);
  if (event == ZIP_READ_CONTENT)
    return whole_directory_write(directory, piece->bytes, piece->len);
  return event == ZIP_READ_FILE_END ? whole_directory_end(directory) : !export->is_broken;
}

static gboolean read_zip(Export *export, const char *bytes, gsize len) {
  ZipReadEvent event = ZIP_READ_CONTENT;
  gboolean goes_on = TRUE;

  while (goes_on && event != ZIP_READ_MORE) {
    ZipPiece piece;
    gsize n_taken;
    event = zip_reader_take(export->zip, bytes, len, &n_taken, &piece);
    bytes += n_taken;
    len -= n_taken;
    goes_on = take_event(export, event, &piece);
  }
  return goes_on;
}

static const FormatRow formats[] = {
    [FORMAT_MBOX] = {.api_format = "mbox", .read = read_mbox},
    [FORMAT_ZIP] = {.api_format = "zip", .read = read_zip},
    [FORMAT_EML] = {.api_format = "zip", .is_directory = TRUE, .read = read_zip},
    [FORMAT_MAILDIR] = {.api_format = "maildir",
                        .is_directory = TRUE,
                        .subdirectories = {"tmp", "new", "cur"},
                        .read = read_zip},
};

static gboolean came_cb(const char *bytes, gsize len, gpointer user_data) {
  Export *export = user_data;

  if (interrupt_came(export->interrupt) || !export->format->read(export, bytes, len))
    return FALSE;
  progress_show(export->progress, export->n_messages, export->n_wanted, export->n_messages);
  if (export->directory)
    return TRUE;
  if (export->file)
    return whole_file_write(export->file, bytes, len);
  output_bytes(export->call->output, bytes, len);
  return output_is_well(export->call->output);
}

/* --- where it goes */

static gboolean is_standard_output(const ExportOptions *given) {
  return !given->output || strcmp(given->output, "-") == 0;
}

static gboolean check_output(const CommandCall *call, const FormatRow *format, GError **error) {
  const ExportOptions *given = call->options;

  if (format->is_directory && is_standard_output(given))
    return cli_fail(error, EXIT_CODE_USAGE, "this format creates a directory; give --output DIRECTORY");
  if (!given->output && output_is_terminal(call->output))
    return cli_fail(error, EXIT_CODE_USAGE, "standard output is a terminal; give --output FILE");
  if (given->common.json && is_standard_output(given))
    return cli_fail(error, EXIT_CODE_USAGE, "standard output is for the messages; give --output with --json");
  if (given->force && format->is_directory)
    return cli_fail(error, EXIT_CODE_USAGE, "--force replaces files only; name a directory that does not exist yet");
  return TRUE;
}

static gboolean open_output(Export *export, GError **error) {
  const ExportOptions *given = export->given;

  if (is_standard_output(given))
    return TRUE;
  if (export->format->is_directory)
    export->directory = whole_directory_new(given->output, export->format->subdirectories, error);
  else
    export->file = whole_file_open(given->output, given->force, error);
  return export->directory || export->file;
}

/* --- the whole */

/* Their number, for the bar; a wrong query fails here, before anything is created. */
static gboolean count_messages(Export *export, GError **error) {
  json_t *listed = client_list_one(export->client, export->call->words[0], error);
  gboolean is_counted = listed != NULL;

  export->n_wanted = (guint64)json_member_number(listed, "messages_count");
  json_decref(listed);
  return is_counted;
}

static gboolean check_end(const Export *export, gboolean is_cut, GError **error) {
  if (interrupt_came(export->interrupt))
    return cli_fail(error, EXIT_CODE_FAILED, "interrupted; nothing was created");
  if (export->is_broken || (!is_cut && export->format->read == read_zip && !export->has_ended))
    return cli_fail(error, EXIT_CODE_FAILED, "the server sent a damaged archive; try again");
  return !is_cut || export->file || export->directory || output_is_well(export->call->output);
}

static gboolean ask(Export *export, GError **error) {
  g_autofree char *path =
      client_query_path("/api/v1/export", export->call->words[0], "format", export->format->api_format, NULL);
  const ClientQuestion question = {.path = path, .came = came_cb, .user_data = export};
  g_auto(ClientAnswer) answer = {0};
  g_auto(MboxMail) last = {0};

  if (!client_ask(export->client, &question, &answer, error) || !check_end(export, answer.is_cut, error))
    return FALSE;
  export->n_messages += mbox_reader_end(export->mbox, &last);
  return TRUE;
}

static gboolean put_in_place(Export *export, GError **error) {
  if (export->directory)
    return whole_directory_commit(export->directory, error);
  return !export->file || whole_file_commit(export->file, error);
}

static void report(const Export *export) {
  const ExportOptions *given = export->given;

  if (given->common.json) {
    output_value(export->call->output, json_pack("{s:I, s:s}", "Exported", (json_int_t)export->n_messages, "Format",
                                                 format_choices[given->format]));
  } else if (!is_standard_output(given)) {
    g_autofree char *line = g_strdup_printf("exported %" G_GUINT64_FORMAT, export->n_messages);
    output_line(export->call->output, line);
  }
}

static ExitCode run(const CommandCall *call, GError **error) {
  const ExportOptions *given = call->options;
  g_auto(Export) export = {.call = call, .given = given, .format = &formats[given->format]};

  if (!check_output(call, export.format, error))
    return EXIT_CODE_USAGE;
  export.client = client_open(call, error);
  if (!export.client || !count_messages(&export, error) || !open_output(&export, error))
    return EXIT_CODE_FAILED;
  export.mbox = mbox_reader_new(MBOX_KIND_RD, 0);
  export.zip = zip_reader_new();
  export.interrupt = interrupt_new(target_base(client_target(export.client)));
  export.progress = progress_new(call->get_variable);
  gboolean is_done = ask(&export, error) && put_in_place(&export, error);
  g_clear_pointer(&export.progress, progress_free);
  if (is_done)
    report(&export);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd export -o all.mbox", "all messages as an mbox"},
    {"dsmtpd export --format zip tag:bug -o bug.zip", "those that a query finds"},
    {"dsmtpd export --format maildir -o ~/copy", "a Maildir"},
    {"dsmtpd export is:unread | gzip > unread.mbox.gz", "through a pipe"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "all messages are exported"},
    {EXIT_CODE_FAILED, "failed; nothing was created"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option, variable or query"},
    {EXIT_CODE_NO_SERVER, "no server is running, or it does not answer"},
    {.meaning = NULL},
};

const Command cmd_export = {
    .name = "export",
    .summary = "write messages to files",
    .synopsis = "[QUERY]",
    .description =
        "Writes the messages that the query finds (without a query: all) to files, the oldest first. The messages stay "
        "in the inbox. A file or directory appears when it is complete, or not at all, and replaces no other unless "
        "--force is given.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(ExportOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
