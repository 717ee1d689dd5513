#include "app/option_read.h"
#include "app/option_value.h"
#include "base/suggest.h"
#include <getopt.h>
#include <string.h>

enum {
  CODE_OF_FIRST_ROW = 256 /* what getopt_long() returns for a row: beyond all letters, for not every row has one */
};

G_DEFINE_QUARK(options - error - quark, options_error)

/* --- records */

void option_record_init(const Option *table, gpointer record) {
  for (const Option *option = table; option->name; option++)
    if (option->default_text)
      option_set(option, option->name, option->default_text, record, NULL);
}

void option_record_clear(const Option *table, gpointer record) {
  for (const Option *option = table; option->name; option++)
    option_clear(option, record);
}

OptionGiven *option_given_new(void) {
  return g_hash_table_new(NULL, NULL);
}

void option_given_add(OptionGiven *given, gsize offset) {
  g_hash_table_add(given, GSIZE_TO_POINTER(offset));
}

gboolean option_given_has(const OptionGiven *given, gsize offset) {
  return g_hash_table_contains((OptionGiven *)given, GSIZE_TO_POINTER(offset));
}

/* --- environment */

/* Variables with a name of their own. */
static const struct {
  const char *option;
  const char *variable;
} renamed[] = {
    {"server", "DSMTPD_URL"}, /* of commands */
};

char *option_variable(const Option *option) {
  if (option->scope == OPTION_SCOPE_CALL)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(renamed); i++)
    if (strcmp(option->name, renamed[i].option) == 0)
      return g_strdup(renamed[i].variable);
  g_autofree char *upper = g_ascii_strup(option->name, -1);
  return g_strconcat(OPTION_VARIABLE_PREFIX, g_strdelimit(upper, "-", '_'), NULL);
}

gboolean option_is_service_link(const char *variable, const char *value) {
  static const char *const schemes[] = {"tcp://", "udp://", "sctp://", NULL};

  for (const char *const *scheme = schemes; *scheme; scheme++)
    if (g_str_has_prefix(value, *scheme))
      return g_str_has_suffix(variable, "_PORT");
  return FALSE;
}

gboolean option_read_variable(const Option *option, const char *variable, const char *value, gpointer record,
                              GError **error) {
  option_clear(option, record);
  if (!option_separators(option))
    return option_set(option, variable, value, record, error);

  g_auto(GStrv) items = g_strsplit_set(value, option_separators(option), -1);
  guint n_set = 0;
  for (char **item = items; *item; item++) {
    if (**item == '\0')
      continue;
    if (!option_set(option, variable, *item, record, error))
      return FALSE;
    n_set++;
  }
  /* Separators alone are as wrong as an empty value on the command line. */
  return n_set > 0 || option_set(option, variable, "", record, error);
}

const char *option_variable_value(const char *variable, OptionsGetenv get_variable) {
  const char *value = get_variable(variable);

  return value && *value != '\0' && !option_is_service_link(variable, value) ? value : NULL;
}

/* Two options may set one field: all variables are read before any of them counts as given. */
gboolean option_read_environment(const Option *table, OptionsGetenv get_variable, OptionGiven *given, gpointer record,
                                 GError **error) {
  g_autoptr(OptionGiven) read = option_given_new();

  for (const Option *option = table; option->name; option++) {
    g_autofree char *variable = option_variable(option);
    const char *value = variable ? option_variable_value(variable, get_variable) : NULL;

    if (!value || option_given_has(given, option->offset))
      continue;
    if (!option_read_variable(option, variable, value, record, error))
      return FALSE;
    option_given_add(read, option->offset);
  }
  for (const Option *option = table; option->name; option++)
    if (option_given_has(read, option->offset))
      option_given_add(given, option->offset);
  return TRUE;
}

/* --- command line */

/* "did you mean --port?", or where to look. The caller frees. */
static char *advise(const Option *table, const char *name) {
  Suggestion suggestion = {.word = name};

  for (const Option *option = table; option->name; option++)
    suggestion_offer(&suggestion, option->name);
  return suggestion.nearest ? g_strdup_printf("did you mean --%s?", suggestion.nearest) : g_strdup("see --help");
}

/* By what getopt_long() returns, or its optopt; NULL: there is no such option. */
static const Option *option_by_code(const Option *table, int code) {
  for (const Option *option = table; option->name; option++)
    if (code == CODE_OF_FIRST_ROW + (int)(option - table) || (option->letter != '\0' && code == option->letter))
      return option;
  return NULL;
}

static void set_unknown_error(const Option *table, int code, const char *word, GError **error) {
  if (g_str_has_prefix(word, "--")) {
    gsize name_len = strcspn(word + 2, "=");
    g_autofree char *name = g_strndup(word + 2, name_len);
    g_autofree char *shown = g_strescape(name, NULL);
    g_autofree char *advice = advise(table, name);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_UNKNOWN, "there is no option --%s; %s", shown, advice);
  } else {
    const char letter[] = {(char)code, '\0'};
    g_autofree char *shown = g_strescape(letter, NULL);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_UNKNOWN, "there is no option -%s; see --help", shown);
  }
}

/* Says what getopt_long() did not like. `code` is its optopt, `word` the argument it stopped at. */
static void set_syntax_error(const Option *table, gboolean value_is_missing, int code, const char *word,
                             GError **error) {
  const Option *option = option_by_code(table, code);

  if (!option) {
    set_unknown_error(table, code, word, error);
  } else if (value_is_missing) {
    g_autofree char *allowed = option_allowed(option);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_VALUE, "--%s: the %s is missing; give %s", option->name,
                option_noun(option), allowed);
  } else {
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_VALUE, "--%s: takes no value", option->name);
  }
}

/* The table as getopt_long() reads it. A colon at the start of the letters makes it tell a missing value apart, a plus
 * makes it stop at the first word. */
static GArray *make_getopt_rows(const Option *table, OptionReadExtent extent, GString *out_letters) {
  GArray *rows = g_array_new(TRUE, TRUE, sizeof(struct option));

  g_string_assign(out_letters, extent == OPTION_READ_TO_WORD ? "+:" : ":");
  for (const Option *option = table; option->name; option++) {
    gboolean has_value = option->type != OPTION_SWITCH;
    struct option row = {.name = option->name,
                         .has_arg = has_value ? required_argument : no_argument,
                         .val = CODE_OF_FIRST_ROW + (int)rows->len};
    g_array_append_val(rows, row);
    if (option->letter != '\0')
      g_string_append_printf(out_letters, has_value ? "%c:" : "%c", option->letter);
  }
  return rows;
}

static void restart_getopt(void) {
  opterr = 0;
#ifdef __linux__
  optind = 0;
#else
  optind = optreset = 1;
#endif
}

gboolean option_read_words(const Option *table, int argc, char **argv, OptionReadExtent extent, gpointer record,
                           OptionGiven *given, OptionWords *out_words, GError **error) {
  g_autoptr(GString) letters = g_string_new(NULL);
  g_autoptr(GArray) rows = make_getopt_rows(table, extent, letters);

  *out_words = (OptionWords){.first = argc};
  restart_getopt();
  for (int code; (code = getopt_long(argc, argv, letters->str, (struct option *)rows->data, NULL)) != -1;) {
    const Option *option = option_by_code(table, code);
    if (!option) {
      set_syntax_error(table, code == ':', optopt, argv[optind - 1], error);
      return FALSE;
    }
    if (!option_given_has(given, option->offset) || !option_is_list(option))
      option_clear(option, record);
    option_given_add(given, option->offset);

    g_autofree char *label = g_strconcat("--", option->name, NULL);
    if (!option_set(option, label, optarg, record, error))
      return FALSE;
    if (option->ends) {
      out_words->ended = TRUE;
      return TRUE;
    }
  }
  out_words->first = optind;
  return TRUE;
}
