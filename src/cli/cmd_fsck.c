/* fsck: whether journal, index, UID file and Maildir agree. */
#include "cli/upkeep.h"
#include "store/check.h"
#include <jansson.h>

typedef struct FsckOptions {
  CommandCommon common;
  gboolean repair;
} FsckOptions;

/* What was found. */
typedef struct Findings {
  StoreChecked checked;
  json_t *problems;
  guint n_of[STORE_PART_DAMAGE + 1];
  guint n_problems;
} Findings;

#define FIELD(name) .offset = G_STRUCT_OFFSET(FsckOptions, name)

static const Option options[] = {
    {
        .name = "repair",
        .letter = 'r',
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "repair what can be repaired: messages that only the journal has, the index and the UIDs",
        FIELD(repair),
    },
    {.name = NULL},
};

/* In the order of StorePart. */
static const char *const part_names[] = {"maildir", "journal", "index", "uids", "index"};

static void found_cb(StorePart part, const char *text, gpointer user_data) {
  Findings *findings = user_data;
  g_autofree char *valid = g_utf8_make_valid(text, -1); /* names of files may be anything */

  findings->n_of[part]++;
  findings->n_problems++;
  json_array_append_new(findings->problems, json_pack("{s:s, s:s}", "Part", part_names[part], "Text", valid));
}

static void findings_clear(Findings *findings) {
  g_clear_pointer(&findings->problems, json_decref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Findings, findings_clear)

static gboolean check(const char *place, Findings *findings, GError **error) {
  *findings = (Findings){.problems = json_array()};
  return store_check(place, found_cb, findings, &findings->checked, error);
}

/* What is wrong with the Maildir itself stays. */
static gboolean repair(const char *place, const Findings *findings, GError **error) {
  guint64 n_messages = 0;

  if (findings->n_of[STORE_PART_DAMAGE] + findings->n_of[STORE_PART_UIDS] > 0)
    return upkeep_rebuild(place, &n_messages, error);
  return findings->n_of[STORE_PART_JOURNAL] + findings->n_of[STORE_PART_INDEX] == 0 || upkeep_compare(place, error);
}

/* --- what is said */

static void print_problems(const CommandCall *call, const json_t *problems) {
  for (size_t i = 0; i < json_array_size(problems); i++) {
    const json_t *problem = json_array_get(problems, i);
    g_autofree char *line = g_strdup_printf("%s: %s", json_string_value(json_object_get(problem, "Part")),
                                            json_string_value(json_object_get(problem, "Text")));
    output_line(call->output, line);
  }
}

static void print_json(const CommandCall *call, const Findings *first, const Findings *last) {
  output_value(call->output,
               json_pack("{s:I, s:b, s:b, s:O, s:I}", "Mails", (json_int_t)last->checked.n_messages, "Journal",
                         last->checked.has_journal, "Index", last->checked.has_index, "Problems", first->problems,
                         "Left", (json_int_t)json_array_size(last->problems)));
}

static void print_end(const CommandCall *call, const Findings *first, const Findings *last) {
  g_autofree char *line =
      first->n_problems == 0 ? g_strdup_printf("messages: %" G_GUINT64_FORMAT ", problems: 0", last->checked.n_messages)
      : last->n_problems == 0 ? g_strdup_printf("messages: %" G_GUINT64_FORMAT ", problems repaired: %u",
                                                last->checked.n_messages, first->n_problems)
                              : g_strdup_printf("messages: %" G_GUINT64_FORMAT ", problems left: %u",
                                                last->checked.n_messages, last->n_problems);

  output_line(call->output, line);
}

/* --- the command */

static ExitCode run(const CommandCall *call, GError **error) {
  const FsckOptions *given = call->options;
  const char *place = call->common->directory; /* NULL: the current one */
  g_auto(Findings) first = {0};
  g_auto(Findings) again = {0};
  const Findings *last = &first;

  if (!check(place, &first, error))
    return EXIT_CODE_FAILED;
  if (given->repair && first.n_problems > 0) {
    if (!repair(place, &first, error) || !check(place, &again, error))
      return EXIT_CODE_FAILED;
    last = &again;
  }
  if (given->common.json) {
    print_json(call, &first, last);
  } else {
    print_problems(call, first.problems);
    print_end(call, &first, last);
  }
  return last->n_problems == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static const CommandExample examples[] = {
    {"dsmtpd fsck -d mail", "report what differs"},
    {"dsmtpd fsck -d mail --repair", "and repair it"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "no problems, or none left"},
    {EXIT_CODE_FAILED, "there are problems, or a server has the Maildir open"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option or variable"},
    {.meaning = NULL},
};

const Command cmd_fsck = {
    .name = "fsck",
    .summary = "check that journal, index and Maildir agree",
    .synopsis = "",
    .description =
        "Reports what differs between the messages in a Maildir, the index that lists come from, the file of UIDs and "
        "tags, and the journal that a crash left. Changes nothing without --repair. A running server maintains its "
        "Maildir itself; stop it first.",
    .flags = COMMAND_HAS_JSON | COMMAND_HAS_MAILDIR,
    .options = options,
    .record_size = sizeof(FsckOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
