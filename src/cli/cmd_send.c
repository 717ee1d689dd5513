/* send: stores a message that standard input or the options have, as sendmail and mail do. */
#include "cli/send_compose.h"
#include "cli/send_mail.h"
#include "cli/send_session.h"
#include "cli/submission.h"
#include <string.h>
#include <unistd.h>

typedef enum { MODE_MAIL, MODE_SMTP } Mode;

typedef struct SendOptions {
  CommandCommon common;
  SendCompose compose;
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

/* Callers of sendmail give these; they have no meaning here. */
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

/* Of a message that the options make. */
#define COMPOSE(long_name, short_name, value, what, sort, field, text)                                                 \
  {                                                                                                                    \
      .name = (long_name),                                                                                             \
      .letter = (short_name),                                                                                          \
      .value_name = (value),                                                                                           \
      .noun = (what),                                                                                                  \
      .type = (sort),                                                                                                  \
      .help = (text),                                                                                                  \
      FIELD(compose.field),                                                                                            \
  }

static const Option options[] = {
    COMPOSE("subject", 's', "TEXT", "subject", OPTION_TEXT, subject,
            "make a message with this subject, instead of reading one from standard input"),
    COMPOSE("text", '\0', "TEXT", "text", OPTION_TEXT, text,
            "its text; @FILE reads the text from a file, @- from standard input"),
    COMPOSE("html", '\0', "HTML", "HTML", OPTION_TEXT, html, "its HTML; @FILE and @- as for --text"),
    COMPOSE("attach", 'a', "FILE", "file", OPTION_FILES, attachments, "attach this file; may be given several times"),
    COMPOSE("from", '\0', "ADDRESS", "address", OPTION_TEXT, from,
            "its sender, as in 'Shop <shop@example.com>'; without this option, the user at this host"),
    COMPOSE("to", '\0', "ADDRESS", "address", OPTION_TEXTS, to,
            "a recipient, as are those without an option; may be given several times, as may the next four"),
    COMPOSE("cc", '\0', "ADDRESS", "address", OPTION_TEXTS, cc, "a recipient of a copy"),
    COMPOSE("bcc", '\0', "ADDRESS", "address", OPTION_TEXTS, bcc, "a recipient whom the message does not name"),
    COMPOSE("reply-to", '\0', "ADDRESS", "address", OPTION_TEXTS, reply_to, "an address for replies"),
    COMPOSE("header", '\0', "FIELD", "header field", OPTION_TEXTS, headers,
            "another header field, as in 'X-Tags: welcome'"),
    {
        .name = "read-recipients",
        .letter = 't',
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "also send to those in To, Cc and Bcc, and remove Bcc",
        FIELD(reads_recipients),
    },
    {
        .name = "ignore-dots",
        .letter = 'i',
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "a line that is a single dot does not end the message; -oi is the same",
        FIELD(ignores_dots),
    },
    {
        .name = "sender",
        .letter = 'f',
        .value_name = "ADDRESS",
        .noun = "address",
        .type = OPTION_TEXT,
        .help = "sender of the envelope, and From if the message has none; without this option, the user",
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
        .help = "name in From, if the message has none",
        FIELD(full_name),
    },
    {
        .name = "mode",
        .letter = 'b',
        .value_name = "MODE",
        .type = OPTION_CHOICE,
        .choices = mode_choices,
        .default_text = "m",
        .help = "read a message from standard input (m), or speak SMTP there (s)",
        FIELD(mode),
    },
    {
        .name = "set",
        .letter = 'o',
        .value_name = "SETTING",
        .noun = "setting",
        .type = OPTION_TEXTS,
        .help = "a setting of sendmail; all but -oi are ignored",
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
  GString *bytes = send_read_all(STDIN_FILENO, "standard input", error);

  return bytes ? submission_new(&wanted, bytes, call->words) : NULL;
}

/* --- the command */

static gboolean is_recipient_missing(const CommandCall *call, const SendCompose *compose) {
  return call->n_words == 0 && !compose->to && !compose->cc && !compose->bcc;
}

static ExitCode send_composed(const CommandCall *call, const SendCompose *compose, GError **error) {
  g_autofree char *id = NULL;

  if (is_recipient_missing(call, compose)) {
    cli_fail(error, EXIT_CODE_USAGE, "name a recipient, as in: dsmtpd send --subject Hi bob@example.com");
    return EXIT_CODE_USAGE;
  }
  g_autoptr(Client) client = client_open(call, error);
  if (client && send_compose_run(client, compose, call->words, &id, error))
    output_line(call->output, id);
  return EXIT_CODE_OK;
}

static ExitCode send_one(const CommandCall *call, GError **error) {
  const SendOptions *given = call->options;

  if (send_compose_is_addressed(&given->compose)) {
    cli_fail(
        error, EXIT_CODE_USAGE,
        "--from, --to, --cc, --bcc, --reply-to and --header need --subject, --text, --html or --attach; for a message "
        "on standard input give -f and recipients");
    return EXIT_CODE_USAGE;
  }
  if (call->n_words == 0 && !given->reads_recipients) {
    cli_fail(error, EXIT_CODE_USAGE, "name a recipient, or give -t to send to those that the message names");
    return EXIT_CODE_USAGE;
  }
  g_autoptr(Submission) submission = read_submission(call, error);
  if (!submission)
    return EXIT_CODE_FAILED;
  if (submission->recipients->len == 0) {
    cli_fail(error, (ExitCode)SEND_CODE_DATA, "the message names no recipient; give one, or add To, Cc or Bcc");
    return EXIT_CODE_FAILED;
  }
  g_autoptr(Client) client = client_open(call, error);
  g_autoptr(GBytes) bytes = g_bytes_new(submission->bytes->str, submission->bytes->len);
  if (client)
    send_mail(client, submission->sender, submission->recipients, bytes, NULL, error);
  return EXIT_CODE_OK;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const SendOptions *given = call->options;

  if (send_compose_is_wanted(&given->compose))
    return send_composed(call, &given->compose, error);
  if (given->mode == MODE_MAIL)
    return send_one(call, error);
  g_autoptr(Client) client = client_open(call, error);
  if (client)
    send_session_run(client, error);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd send --subject Hi bob@example.com", "a message for bob"},
    {"dsmtpd send --html @news.html --to bob@example.com", "an HTML file"},
    {"dsmtpd send -t -i < mail.eml", "one that names its recipients"},
    {"ln -s $(command -v dsmtpd) ~/bin/sendmail", "sendmail for other programs"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "the message is stored"},
    {EXIT_CODE_FAILED, "standard output failed"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option or variable, or no recipient"},
    {(ExitCode)SEND_CODE_DATA, "the message is too large, or names no recipient or an invalid address"},
    {(ExitCode)SEND_CODE_NO_INPUT, "a file or standard input cannot be read"},
    {EXIT_CODE_NO_SERVER, "no server is running, or it does not answer"},
    {(ExitCode)SEND_CODE_LATER, "the message could not be stored now; try again later"},
    {.meaning = NULL},
};

const Command cmd_send = {
    .name = "send",
    .summary = "store a message, as mail and sendmail send one",
    .synopsis = "[RECIPIENT]...",
    .description =
        "With --subject, --text, --html or --attach it makes a message, stores it and prints its ID. Without them it "
        "is "
        "sendmail: it reads a message from standard input, adds From, Date and Message-ID if they are missing, and "
        "accepts the options of sendmail's callers, also when it is called by the name sendmail. Options that have no "
        "meaning here (-O, -N, -R, -V, -B, -L, -e, -v and others) are ignored.",
    .flags = COMMAND_HAS_TARGET,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(SendOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
