/* Option tables for records other than the server's. */
#include "app/option_read.h"
#include "app/option_table.h"
#include <string.h>

enum { WORDS_MAX = 8, PATIENCE_MAX_MS = 600 * 1000 };

typedef struct Record {
  guint patience_ms;
  char *text;
  char *words;
  char **texts;
  gboolean help;
} Record;

#define FIELD(name) .offset = G_STRUCT_OFFSET(Record, name)

static const Option table[] = {
    {
        .name = "patience",
        .letter = 't',
        .value_name = "TIME",
        .noun = "time",
        .type = OPTION_PATIENCE,
        .max = PATIENCE_MAX_MS,
        .default_text = "30s",
        .help = "time",
        FIELD(patience_ms),
    },
    {.name = "text", .value_name = "T", .noun = "text", .type = OPTION_TEXT, .help = "text", FIELD(text)},
    {
        .name = "words",
        .scope = OPTION_SCOPE_SERVER,
        .value_name = "W",
        .noun = "query",
        .type = OPTION_WORDS,
        .help = "words",
        FIELD(words),
    },
    {.name = "texts", .letter = 'x', .value_name = "X", .noun = "tag", .type = OPTION_TEXTS, .help = "x", FIELD(texts)},
    {.name = "help", .noun = "switch", .type = OPTION_SWITCH, .on = TRUE, .ends = TRUE, .help = "help", FIELD(help)},
    {.name = NULL},
};

static const char *get_variable(const char *name) {
  return strcmp(name, "DSMTPD_WORDS") == 0 ? "from outside" : NULL;
}

static void service_links_are_told_from_values(void) {
  static const struct {
    const char *variable, *value;
    gboolean is_link;
  } cases[] = {
      {"DSMTPD_PORT", "tcp://10.96.12.7:1025", TRUE},
      {"DSMTPD_PORT", "tcp://[fd00::7]:1025", TRUE},
      {"DSMTPD_PORT", "udp://10.96.12.7:1025", TRUE},
      {"DSMTPD_PORT", "sctp://10.96.12.7:1025", TRUE},
      {"DSMTPD_PORT", "1025", FALSE},
      {"DSMTPD_PORT", "tcp:1025", FALSE},
      {"DSMTPD_PORT", "http://10.96.12.7:80", FALSE},
      {"DSMTPD_PORT", "x tcp://10.96.12.7:1025", FALSE},
      {"DSMTPD_CORS", "tcp://10.96.12.7:1025", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s=%s", cases[i].variable, cases[i].value);
    g_assert_true(option_is_service_link(cases[i].variable, cases[i].value) == cases[i].is_link);
  }
}

/* Kubernetes makes X_SERVICE_HOST, X_SERVICE_PORT, X_SERVICE_PORT_NAME, X_PORT, X_PORT_25_TCP and so on for a service
 * x, which may also be called dsmtpd-http. Only X_PORT is told by its value. */
static void no_other_option_collides_with_a_service(void) {
  for (const Option *option = option_table(); option->name; option++) {
    g_autofree char *variable = option_variable(option);
    g_assert_false(variable && g_regex_match_simple("_SERVICE_(HOST|PORT)|_PORT_", variable, 0, 0));
  }
}

/* What is read, in one line, or the error. The caller frees. */
static char *read_all(const char *const *words, OptionReadExtent extent) {
  g_autoptr(OptionGiven) given = option_given_new();
  g_autoptr(GError) error = NULL;
  char *argv[WORDS_MAX + 2] = {(char *)"program"};
  Record record = {0};
  OptionWords found;
  int argc = 1;
  char *said;

  while (words[argc - 1]) {
    argv[argc] = (char *)words[argc - 1];
    argc++;
  }
  option_record_init(table, &record);
  if (option_read_words(table, argc, argv, extent, &record, given, &found, &error) &&
      (found.ended || option_read_environment(table, get_variable, given, &record, &error))) {
    g_autofree char *texts = record.texts ? g_strjoinv("+", record.texts) : g_strdup("-");
    g_autofree char *rest = g_strjoinv("+", argv + found.first);
    said = g_strdup_printf("%u %s %s %s%s | %s", record.patience_ms, record.text ? record.text : "-",
                           record.words ? record.words : "-", texts, record.help ? " help" : "", rest);
  } else {
    said = g_strdup(error->message);
  }
  option_record_clear(table, &record);
  return said;
}

static void values_and_words_are_read(void) {
  static const struct {
    const char *words[WORDS_MAX];
    OptionReadExtent extent;
    const char *said;
  } rows[] = {
      {{NULL}, OPTION_READ_ALL, "30000 - from outside - | "},
      {{"-t", "5", NULL}, OPTION_READ_ALL, "5000 - from outside - | "},
      {{"-t5ms", "--words=w", NULL}, OPTION_READ_ALL, "5 - w - | "},
      {{"--patience=10m", "--text=", NULL}, OPTION_READ_ALL, "600000  from outside - | "},
      {{"a", "-x", "1", "b", "--texts=2", NULL}, OPTION_READ_ALL, "30000 - from outside 1+2 | a+b"},
      {{"-x", "1", "a", "-x", "2", NULL}, OPTION_READ_TO_WORD, "30000 - from outside 1 | a+-x+2"},
      {{"--", "-x", NULL}, OPTION_READ_ALL, "30000 - from outside - | -x"},
      {{"--help", "--wrong", NULL}, OPTION_READ_ALL, "30000 - - - help | "},
      {{"-t", "601", NULL},
       OPTION_READ_ALL,
       "--patience: \"601\" is not a valid time; give a number of seconds, or one with suffix ms, s or m, up to 600s"},
      {{"-t", "11m", NULL},
       OPTION_READ_ALL,
       "--patience: \"11m\" is not a valid time; give a number of seconds, or one with suffix ms, s or m, up to 600s"},
      {{"-t", "s", NULL},
       OPTION_READ_ALL,
       "--patience: \"s\" is not a valid time; give a number of seconds, or one with suffix ms, s or m, up to 600s"},
      {{"-t", "-1", NULL},
       OPTION_READ_ALL,
       "--patience: \"-1\" is not a valid time; give a number of seconds, or one with suffix ms, s or m, up to 600s"},
      {{"--words=", NULL}, OPTION_READ_ALL, "--words: \"\" is not a valid query; give a text"},
      {{"-x", "", NULL}, OPTION_READ_ALL, "--texts: \"\" is not a valid tag; give a text"},
      {{"--wrds", "a", NULL}, OPTION_READ_ALL, "there is no option --wrds; did you mean --words?"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *said = read_all(rows[i].words, rows[i].extent);
    g_assert_cmpstr(said, ==, rows[i].said);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/option_read/service_links_are_told_from_values", service_links_are_told_from_values);
  g_test_add_func("/option_read/no_other_option_collides_with_a_service", no_other_option_collides_with_a_service);
  g_test_add_func("/option_read/values_and_words_are_read", values_and_words_are_read);
  return g_test_run();
}
