/* check: what is wrong with messages, as a linter says it. */
#include "api/html_check.h"
#include "api/json.h"
#include "cli/check_file.h"
#include "cli/check_print.h"
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/mail_source.h"
#include "cli/row_numbers.h"
#include "origin/dns_files.h"
#include <stdio.h>
#include <string.h>

enum { PERCENT_MAX = 100, MESSAGES_MAX = 10000, FAIL_NEVER = SEVERITIES_N, CODE_NO_INPUT = 66 /* EX_NOINPUT */ };

typedef struct CheckOptions {
  CommandCommon common;
  char *query; /* NULL: none */
  gboolean all;
  int fail_on; /* Severity, or FAIL_NEVER */
  gboolean notes;
  guint min_support; /* percent */
  char **ignored;    /* names and groups of findings; NULL: none */
  char **dns_records;
} CheckOptions;

typedef struct Checking {
  const CommandCall *call;
  const CheckOptions *given;
  Client *client;      /* NULL: no server was asked yet */
  DnsRecords *records; /* NULL: none */
  json_t *html_data;   /* for files; NULL: none was checked yet */
  json_t *reports;     /* with --json, else NULL */
  CheckTally tally;
  guint n_messages;
  gboolean is_below_support;
  gboolean is_incomplete; /* something could not be read, and the user knows */
} Checking;

#define FIELD(name) .offset = G_STRUCT_OFFSET(CheckOptions, name)

static const char *const severity_choices[] = {
    [SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error", [FAIL_NEVER] = "never", NULL};

static const Option options[] = {
    {
        .name = "fail-on",
        .value_name = "SEVERITY",
        .noun = "severity",
        .type = OPTION_CHOICE,
        .choices = severity_choices,
        .default_text = "error",
        .help = "exit with 1 if there is a finding of this severity or worse",
        FIELD(fail_on),
    },
    {
        .name = "ignore",
        .letter = 'i',
        .value_name = "NAME",
        .noun = "finding",
        .type = OPTION_TEXTS,
        .help = "leave out findings of this name, as in no-lang, or of this group: smtp, headers, parts, html, links, "
                "lists or authentication; may be given several times",
        FIELD(ignored),
    },
    {
        .name = "min-support",
        .value_name = "PERCENT",
        .noun = "percentage",
        .type = OPTION_COUNT,
        .max = PERCENT_MAX,
        .default_text = "0",
        .help = "exit with 1 if fewer mail programs than this fully support the HTML",
        FIELD(min_support),
    },
    {
        .name = "notes",
        .letter = 'v',
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "print notes as well, and the features of the HTML that some mail programs lack",
        FIELD(notes),
    },
    {
        .name = "query",
        .value_name = "QUERY",
        .type = OPTION_WORDS,
        .help = "check the newest message that this finds",
        FIELD(query),
    },
    {
        .name = "all",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "check all messages, or all that the query finds; the newest 10000 at most",
        FIELD(all),
    },
    {
        .name = "dns-records",
        .value_name = "PATH",
        .noun = "path",
        .type = OPTION_FILES,
        .help =
            "check DKIM, SPF and DMARC of files with the DNS records in this file or directory; may be given several "
            "times. A server uses its own",
        FIELD(dns_records),
    },
    {.name = NULL},
};

/* --- one report */

static gboolean is_ignored(const CheckOptions *given, const json_t *finding) {
  const char *const *ignored = (const char *const *)given->ignored;

  return ignored && (g_strv_contains(ignored, json_member_text(finding, "Name")) ||
                     g_strv_contains(ignored, json_member_text(finding, "Group")));
}

static void leave_out_ignored(const CheckOptions *given, json_t *report) {
  json_t *findings = json_object_get(report, "Checks");

  for (size_t i = json_array_size(findings); i > 0; i--)
    if (is_ignored(given, json_array_get(findings, i - 1)))
      json_array_remove(findings, i - 1);
}

static void print_links(Output *output, const char *name, const json_t *report) {
  const json_t *links = json_object_get(report, "Links");

  for (size_t i = 0; i < json_array_size(links); i++) {
    g_autofree char *line =
        g_strdup_printf("%s: link, not requested: %s", name, json_member_text(json_array_get(links, i), "URL"));
    output_line(output, line);
  }
}

static void print_text(Checking *checking, const char *name, const json_t *report) {
  const CheckOptions *given = checking->given;
  Output *output = checking->call->output;

  if (output_is_terminal(output)) {
    g_autofree char *title = g_strconcat(name, "  ", json_member_text(report, "Subject"), NULL);
    g_autofree char *cleaned = output_clean(title);
    output_styled(output, OUTPUT_BOLD, cleaned);
    output_text(output, "\n");
  }
  check_print_findings(output, name, report, given->notes ? SEVERITY_NOTE : SEVERITY_WARNING, &checking->tally);
  check_print_support(output, name, report, given->notes);
  if (given->notes)
    print_links(output, name, report);
}

/* Takes the report. */
static void add_report(Checking *checking, const char *name, json_t *report) {
  const json_t *total = json_object_get(json_object_get(report, "ClientSupport"), "Total");
  g_autofree char *shown = g_utf8_make_valid(name, -1); /* a file may be called anything */

  leave_out_ignored(checking->given, report);
  checking->n_messages++;
  if (total && json_number_value(json_object_get(total, "Supported")) < checking->given->min_support)
    checking->is_below_support = TRUE;
  json_object_set_new(report, "Name", json_string(shown));
  if (checking->reports) {
    check_print_findings(checking->call->output, name, report, SEVERITIES_N, &checking->tally);
    json_array_append_new(checking->reports, report);
  } else {
    print_text(checking, name, report);
    json_decref(report);
  }
}

/* --- what could not be checked */

static void tell(Checking *checking, const GError *error) {
  g_autofree char *line = output_clean(error->message);

  fprintf(stderr, "dsmtpd check: %s\n", line);
  checking->is_incomplete = TRUE;
}

/* --- messages of the inbox */

static json_t *ask(Checking *checking, const char *id, const char *what, guint answered_as_well, GError **error) {
  g_autofree char *path = client_path_of("/api/v1/message/", id, what);
  const ClientQuestion question = {.path = path, .answered_as_well = answered_as_well};
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(checking->client, &question, &answer, error))
    return NULL;
  return answer.status == 200 ? client_answer_json(checking->client, &answer, error) : json_null();
}

static json_t *first_subject(const json_t *headers) {
  json_t *subject = json_array_get(json_object_get(headers, "Subject"), 0);

  return subject ? json_incref(subject) : json_string("");
}

static gboolean report_message(Checking *checking, const char *id, GError **error) {
  g_autoptr(json_t) report = ask(checking, id, "/checks", 0, error);
  g_autoptr(json_t) headers = report ? ask(checking, id, "/headers", 0, error) : NULL;
  g_autoptr(json_t) support = headers ? ask(checking, id, "/html-check", 400, error) : NULL; /* 400: it has no HTML */
  g_autoptr(json_t) links = support ? ask(checking, id, "/links", 0, error) : NULL;

  if (!links)
    return FALSE;
  json_object_set_new(report, "Subject", first_subject(headers));
  json_object_set(report, "ClientSupport", support);
  json_object_set(report, "Links", json_object_get(links, "Links"));
  g_autofree char *name = g_strdup(json_member_text(report, "ID"));
  add_report(checking, name, g_steal_pointer(&report));
  return TRUE;
}

/* One that is not there, or cannot be read, does not keep others from being checked. */
static gboolean check_message(Checking *checking, const char *id, GError **error) {
  g_autoptr(GError) failure = NULL;

  if (report_message(checking, id, &failure))
    return TRUE;
  if (g_error_matches(failure, CLI_ERROR, EXIT_CODE_FAILED)) {
    g_prefix_error(&failure, "%s: ", id);
    tell(checking, failure);
    return TRUE;
  }
  g_propagate_error(error, g_steal_pointer(&failure));
  return FALSE;
}

static gboolean open_client(Checking *checking, GError **error) {
  if (!checking->client)
    checking->client = client_open(checking->call, error);
  return checking->client != NULL;
}

/* An ID, `latest`, or the number of a row. */
static gboolean check_named(Checking *checking, const char *word, GError **error) {
  if (!open_client(checking, error))
    return FALSE;
  g_autofree char *id = row_numbers_resolve(target_key(client_target(checking->client)), word, error);
  return id && check_message(checking, id, error);
}

/* The newest message that the query finds, or all of them. */
static gboolean check_found(Checking *checking, GError **error) {
  const CheckOptions *given = checking->given;

  if (!open_client(checking, error))
    return FALSE;
  g_autofree char *path = client_list_path(given->query, 0, given->all ? MESSAGES_MAX : 1);
  g_autoptr(json_t) list = client_get_json(checking->client, path, error);
  const json_t *found = json_object_get(list, "messages");

  for (size_t i = json_array_size(found); i > 0; i--)
    if (!check_message(checking, json_member_text(json_array_get(found, i - 1), "ID"), error))
      return FALSE;
  return list != NULL;
}

/* --- files */

static void check_file(Checking *checking, const char *word) {
  if (!checking->html_data)
    checking->html_data = html_check_load();
  g_autoptr(MailSource) source = mail_source_new();
  g_autoptr(GError) unread = NULL;
  Found found = FOUND;

  if (!mail_source_add(source, word, &unread)) {
    tell(checking, unread);
    return;
  }
  while (found != FOUND_NOTHING && output_is_well(checking->call->output)) {
    g_autoptr(GError) failure = NULL;
    SourceMail *mail = NULL;
    guint n_word;
    found = mail_source_next(source, &mail, &n_word, &failure);
    if (found == FOUND_FAILED)
      tell(checking, failure);
    else if (found == FOUND)
      add_report(checking, mail->name, check_file_report(mail->bytes, checking->records, checking->html_data));
    source_mail_free(mail);
  }
}

/* A word that could be both is a file; IDs have no slash and no such ending. */
static gboolean is_file(const char *word) {
  return strcmp(word, "-") == 0 || strchr(word, '/') || g_str_has_suffix(word, ".eml") ||
         g_str_has_suffix(word, ".mbox") || g_file_test(word, G_FILE_TEST_EXISTS);
}

/* --- the command */

static gboolean check_usage(const CommandCall *call, GError **error) {
  const CheckOptions *given = call->options;
  gboolean has_file = FALSE;

  for (char **word = call->words; *word; word++)
    has_file |= is_file(*word);
  if (call->n_words > 0 && (given->query || given->all))
    return cli_fail(error, EXIT_CODE_USAGE, "give messages and files, or --query and --all, not both");
  if (given->dns_records && !has_file)
    return cli_fail(error, EXIT_CODE_USAGE,
                    "--dns-records is for files; a server checks with the --dns-records it was started with");
  return TRUE;
}

static gboolean check_words(Checking *checking, GError **error) {
  char *const *word = checking->call->words;

  if (!*word)
    return check_found(checking, error);
  for (; *word; word++) {
    if (is_file(*word))
      check_file(checking, *word);
    else if (!check_named(checking, *word, error))
      return FALSE;
  }
  return TRUE;
}

static void print_end(Checking *checking) {
  const CheckOptions *given = checking->given;
  gboolean is_hidden = !given->notes && checking->tally.counts[SEVERITY_NOTE] > 0;
  g_autofree char *tally = check_tally_text(&checking->tally);
  g_autofree char *line =
      g_strdup_printf("%u message%s: %s%s", checking->n_messages, checking->n_messages == 1 ? "" : "s", tally,
                      is_hidden ? " (--notes shows them)" : "");

  if (checking->reports)
    output_value(checking->call->output,
                 json_pack("{s:O, s:i, s:i, s:i}", "Messages", checking->reports, "Errors",
                           checking->tally.counts[SEVERITY_ERROR], "Warnings", checking->tally.counts[SEVERITY_WARNING],
                           "Notes", checking->tally.counts[SEVERITY_NOTE]));
  else
    output_line(checking->call->output, line);
}

static ExitCode code_of(const Checking *checking) {
  gboolean has_failed = checking->is_below_support;

  for (int i = checking->given->fail_on; i < SEVERITIES_N; i++)
    has_failed |= checking->tally.counts[i] > 0;
  if (checking->is_incomplete)
    return (ExitCode)CODE_NO_INPUT;
  return has_failed ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

/* 1 says that there are findings, and nothing else. */
static void keep_code_for_findings(GError **error) {
  if (g_error_matches(*error, CLI_ERROR, EXIT_CODE_FAILED))
    (*error)->code = CODE_NO_INPUT;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const CheckOptions *given = call->options;
  Checking checking = {.call = call, .given = given};

  if (!check_usage(call, error))
    return EXIT_CODE_USAGE;
  if (given->dns_records)
    checking.records = dns_files_read((const char *const *)given->dns_records, error);
  if (call->common->json)
    checking.reports = json_array();
  gboolean is_done = !*error && check_words(&checking, error);
  if (is_done && checking.n_messages == 0 && !checking.is_incomplete)
    is_done = cli_fail(error, (ExitCode)CODE_NO_INPUT, "there is no message to check");
  if (is_done && checking.n_messages > 0)
    print_end(&checking);
  if (*error)
    keep_code_for_findings(error);
  client_free(checking.client);
  dns_records_unref(checking.records);
  json_decref(checking.reports);
  json_decref(checking.html_data);
  return code_of(&checking);
}

static const CommandExample examples[] = {
    {"dsmtpd check --fail-on warning", "the newest message"},
    {"dsmtpd check --all --ignore no-lang", "every message but for one finding"},
    {"dsmtpd check messages/*.eml", "files, without a server"},
    {"render welcome | dsmtpd check -", "what a program prints"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "nothing was found that --fail-on or --min-support asks for"},
    {EXIT_CODE_FAILED, "something was found"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option, variable or query"},
    {(ExitCode)CODE_NO_INPUT, "a message or a file is missing or cannot be read"},
    {EXIT_CODE_NO_SERVER, "no server is running, or it does not answer"},
    {.meaning = NULL},
};

const Command cmd_check = {
    .name = "check",
    .summary = "check messages as a linter does",
    .synopsis = "[MESSAGE|FILE]...",
    .description =
        "Checks messages against RFCs, accessibility rules, mail programs' support of their HTML, DKIM, SPF and DMARC: "
        "the newest message, those that are named, or those in files, which need no server. MESSAGE is an ID, "
        "`latest`, "
        "or the number of a row of the list printed last on this terminal. FILE is a message, an mbox, a Maildir, a "
        "directory of *.eml and *.mbox files, or - for standard input. Each finding is a line with the message, "
        "severity, text, an example, name and source. Links are not requested.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON | COMMAND_TAKES_FILES,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(CheckOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
