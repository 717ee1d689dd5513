/* send: hands a mail on, as sendmail does. */
#include "cli/send_mail.h"
#include "cli/send_session.h"
#include "cli/submission.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef enum { MODE_MAIL, MODE_SMTP } Mode;

typedef struct SendOptions {
  CommandCommon common;
  char *sender;    /* NULL: the user */
  char *full_name; /* NULL: none */
  gboolean reads_recipients;
  gboolean ignores_dots;
  int mode;
  char **settings; /* of sendmail's; NULL: none */
  char *unused;    /* what has no meaning here */
  gboolean is_unused;
} SendOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(SendOptions, name)

static const char *const mode_choices[] = {[MODE_MAIL] = "m", [MODE_SMTP] = "s", NULL};

/* Callers of sendmail give these, and want nothing that could be done here. */
#define UNUSED(long_name, short_name)                                                                                  \
  {                                                                                                                    \
      .name = (long_name),                                                                                             \
      .letter = (short_name),                                                                                          \
      .value_name = "VALUE",                                                                                           \
      .noun = "value",                                                                                                 \
      .type = OPTION_TEXT,                                                                                             \
      .is_hidden = TRUE,                                                                                               \
      FIELD(unused),                                                                                                   \
  }
#define UNUSED_SWITCH(long_name, short_name)                                                                           \
  {                                                                                                                    \
      .name = (long_name),                                                                                             \
      .letter = (short_name),                                                                                          \
      .noun = "switch",                                                                                                \
      .type = OPTION_SWITCH,                                                                                           \
      .on = TRUE,                                                                                                      \
      .is_hidden = TRUE,                                                                                               \
      FIELD(is_unused),                                                                                                \
  }

static const Option options[] = {
    {
        .name = "read-recipients",
        .letter = 't',
        .noun = "switch",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "send to those in To, Cc and Bcc as well, and take Bcc out",
        FIELD(reads_recipients),
    },
    {
        .name = "ignore-dots",
        .letter = 'i',
        .noun = "switch",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "a line with a dot alone does not end the mail; -oi is the same",
        FIELD(ignores_dots),
    },
    {
        .name = "sender",
        .letter = 'f',
        .value_name = "ADDRESS",
        .noun = "address",
        .type = OPTION_TEXT,
        .help = "address of the envelope's sender, and of From where the mail has none; without this option, the user",
        FIELD(sender),
    },
    {
        .name = "return-path",
        .letter = 'r',
        .value_name = "ADDRESS",
        .noun = "address",
        .type = OPTION_TEXT,
        .is_hidden = TRUE,
        FIELD(sender),
    },
    {
        .name = "full-name",
        .letter = 'F',
        .value_name = "NAME",
        .noun = "name",
        .type = OPTION_TEXT,
        .help = "name in From, where the mail has none",
        FIELD(full_name),
    },
    {
        .name = "mode",
        .letter = 'b',
        .value_name = "MODE",
        .noun = "mode",
        .type = OPTION_CHOICE,
        .choices = mode_choices,
        .default_text = "m",
        .help = "read a mail from standard input (m), or speak SMTP there (s)",
        FIELD(mode),
    },
    {
        .name = "set",
        .letter = 'o',
        .value_name = "SETTING",
        .noun = "setting",
        .type = OPTION_TEXTS,
        .help = "a setting of sendmail's; all but -oi have no meaning here",
        FIELD(settings),
    },
    UNUSED("option", 'O'),
    UNUSED("notify", 'N'),
    UNUSED("return", 'R'),
    UNUSED("envelope-id", 'V'),
    UNUSED("body", 'B'),
    UNUSED("hops", 'H'),
    UNUSED("label", 'L'),
    UNUSED("errors", 'e'),
    UNUSED("program", 'A'),
    UNUSED_SWITCH("verbose", 'v'),
    UNUSED_SWITCH("me-too", 'm'),
    UNUSED_SWITCH("no-aliases", 'n'),
    UNUSED_SWITCH("gateway", 'G'),
    UNUSED_SWITCH("initial", 'U'),
    {.name = NULL},
};

/* --- reading */

/* NULL: *error is set. */
static GString *read_input(GError **error) {
  g_autoptr(GString) octets = g_string_new(NULL);
  char piece[16 * 1024];

  for (;;) {
    ssize_t n_read = read(STDIN_FILENO, piece, sizeof piece);
    if (n_read == 0)
      return g_steal_pointer(&octets);
    if (n_read < 0 && errno != EINTR) {
      cli_fail(error, EXIT_CODE_FAILED, "cannot read the mail from standard input: %s", g_strerror(errno));
      return NULL;
    }
    g_string_append_len(octets, piece, MAX(n_read, 0));
    if (octets->len > SEND_OCTETS_MAX) {
      cli_fail(error, (ExitCode)SEND_CODE_DATA, "the mail has more than %d octets", SEND_OCTETS_MAX);
      return NULL;
    }
  }
}

static gboolean ignores_dots(const SendOptions *given) {
  return given->ignores_dots || (given->settings && g_strv_contains((const char *const *)given->settings, "i"));
}

static Submission *read_submission(const CommandCall *call, GError **error) {
  const SendOptions *given = call->options;
  const SubmissionOptions wanted = {
      .ignores_dots = ignores_dots(given),
      .reads_recipients = given->reads_recipients,
      .sender = given->sender,
      .full_name = given->full_name,
      .user = g_get_user_name(),
      .host = g_get_host_name(),
  };
  GString *octets = read_input(error);

  return octets ? submission_new(&wanted, octets, call->words) : NULL;
}

/* --- the command */

static ExitCode send_one(const CommandCall *call, GError **error) {
  const SendOptions *given = call->options;

  if (call->n_words == 0 && !given->reads_recipients) {
    cli_fail(error, EXIT_CODE_USAGE, "name a recipient, or give -t to take those that the mail names");
    return EXIT_CODE_USAGE;
  }
  g_autoptr(Submission) submission = read_submission(call, error);
  if (!submission)
    return EXIT_CODE_FAILED;
  if (submission->recipients->len == 0) {
    cli_fail(error, (ExitCode)SEND_CODE_DATA, "the mail names no recipient");
    return EXIT_CODE_FAILED;
  }
  g_autoptr(Client) client = client_open(call, error);
  g_autoptr(GBytes) octets = g_bytes_new(submission->octets->str, submission->octets->len);
  if (client)
    send_mail(client, submission->sender, submission->recipients, octets, NULL, error);
  return EXIT_CODE_OK;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const SendOptions *given = call->options;

  if (given->mode == MODE_MAIL)
    return send_one(call, error);
  g_autoptr(Client) client = client_open(call, error);
  if (client)
    send_session_run(client, error);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd send bob@example.com < mail.eml", "a mail for bob"},
    {"dsmtpd send -t -i < mail.eml", "for those it names, as PHP does it"},
    {"ln -s $(command -v dsmtpd) ~/bin/sendmail", "it is sendmail under that name"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "the mail is stored"},
    {EXIT_CODE_FAILED, "standard input or output failed"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is no Maildir"},
    {EXIT_CODE_USAGE, "an option or a variable is wrong, or a recipient is missing"},
    {(ExitCode)SEND_CODE_DATA, "the mail names no recipient, or something that is no address"},
    {EXIT_CODE_NO_SERVER, "there is no server, or it does not answer"},
    {(ExitCode)SEND_CODE_LATER, "the mail could not be stored now; try again later"},
    {.meaning = NULL},
};

const Command cmd_send = {
    .name = "send",
    .summary = "put a mail in, as sendmail does",
    .synopsis = "[RECIPIENT]...",
    .description =
        "Reads a mail from standard input and puts it in. What a mail server adds is added: From, Date and Message-ID "
        "where they are missing. Takes the options that callers give to sendmail, and is sendmail where it is called "
        "by that name; those that have no meaning here (-O, -N, -R, -V, -B, -L, -e, -v and others) are ignored.",
    .flags = COMMAND_HAS_TARGET,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(SendOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
