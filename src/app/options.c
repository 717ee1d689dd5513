#include "app/options.h"
#include "app/option_rules.h"
#include "app/option_value.h"
#include <getopt.h>
#include <string.h>

enum {
  CODE_OF_FIRST_ROW = 256, /* what getopt_long() returns for a row: beyond all letters, for not every row has one */
  SUGGESTION_DISTANCE_MAX = 3,
  SUGGESTION_NAME_MAX = 64
};

/* Which fields of Options were set, by offset. Several options may set the same. */
typedef struct Given {
  gboolean field[sizeof(Options)];
} Given;

G_DEFINE_QUARK(options - error - quark, options_error)

static Options *options_new_default(void) {
  Options *options = g_new0(Options, 1);

  options->log_level = LOG_LEVEL_INFO; /* two switches change it, and neither is its default */
  for (const Option *option = option_table(); option->name != NULL; option++)
    if (option->default_text != NULL)
      option_set(option, option->name, option->default_text, options, NULL);
  return options;
}

/* --- environment */

static gboolean read_variable(const Option *option, const char *value, Options *options, GError **error) {
  option_clear(option, options);
  if (option_separators(option) == NULL)
    return option_set(option, option->variable, value, options, error);

  g_auto(GStrv) items = g_strsplit_set(value, option_separators(option), -1);
  guint n_set = 0;
  for (char **item = items; *item != NULL; item++) {
    if (**item == '\0')
      continue;
    if (!option_set(option, option->variable, *item, options, error))
      return FALSE;
    n_set++;
  }
  /* Separators alone are as wrong as an empty value on the command line. */
  return n_set > 0 || option_set(option, option->variable, "", options, error);
}

/* An empty variable counts as not there: that is how many tools pass on what was not set. */
static gboolean read_environment(OptionsGetenv get_variable, const Given *given, Options *options, GError **error) {
  for (const Option *option = option_table(); option->name != NULL; option++) {
    const char *value = option->variable != NULL ? get_variable(option->variable) : NULL;

    if (value != NULL && *value != '\0' && !given->field[option->offset] &&
        !read_variable(option, value, options, error))
      return FALSE;
  }
  return TRUE;
}

/* --- command line */

/* How many letters to insert, delete or replace to make `b` of `a` (Levenshtein). */
static guint edit_distance(const char *a, const char *b) {
  guint b_len = (guint)strlen(b);
  g_autofree guint *row = g_new(guint, b_len + 1); /* distances of a's beginning to each beginning of b */

  for (guint j = 0; j <= b_len; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++) {
    guint diagonal = row[0];
    row[0] = i;
    for (guint j = 1; j <= b_len; j++) {
      guint replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
    }
  }
  return row[b_len];
}

/* The name of the option somebody may have meant, else "help". */
static const char *suggest_option(const char *name) {
  const char *nearest = "help";
  guint nearest_distance = SUGGESTION_DISTANCE_MAX + 1;

  if (strlen(name) > SUGGESTION_NAME_MAX)
    return nearest;
  for (const Option *option = option_table(); option->name != NULL; option++) {
    guint distance = edit_distance(name, option->name);
    if (distance < nearest_distance && distance < strlen(option->name)) {
      nearest = option->name;
      nearest_distance = distance;
    }
  }
  return nearest;
}

/* By what getopt_long() returns, or its optopt; NULL: there is no such option. */
static const Option *option_by_code(int code) {
  const Option *table = option_table();

  for (const Option *option = table; option->name != NULL; option++)
    if (code == CODE_OF_FIRST_ROW + (int)(option - table) || (option->letter != '\0' && code == option->letter))
      return option;
  return NULL;
}

static void set_unknown_error(int code, const char *word, GError **error) {
  if (g_str_has_prefix(word, "--")) {
    gsize name_len = strcspn(word + 2, "=");
    g_autofree char *name = g_strndup(word + 2, name_len);
    g_autofree char *shown = g_strescape(name, NULL);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_UNKNOWN, "there is no option --%s; see --%s", shown,
                suggest_option(name));
  } else {
    const char letter[] = {(char)code, '\0'};
    g_autofree char *shown = g_strescape(letter, NULL);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_UNKNOWN, "there is no option -%s; see --help", shown);
  }
}

/* Says what getopt_long() did not like. `code` is its optopt, `word` the argument it stopped at. */
static void set_syntax_error(gboolean value_is_missing, int code, const char *word, GError **error) {
  const Option *option = option_by_code(code);

  if (option == NULL) {
    set_unknown_error(code, word, error);
  } else if (value_is_missing) {
    g_autofree char *allowed = option_allowed(option);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_VALUE, "--%s: the %s is missing; give %s", option->name,
                option->noun, allowed);
  } else {
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_VALUE, "--%s: takes no value; give it alone", option->name);
  }
}

/* The table as getopt_long() reads it. A colon at the start of the letters makes it tell a missing value apart. */
static GArray *make_getopt_rows(GString *out_letters) {
  GArray *rows = g_array_new(TRUE, TRUE, sizeof(struct option));

  g_string_assign(out_letters, ":");
  for (const Option *option = option_table(); option->name != NULL; option++) {
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

static gboolean read_command_line(int argc, char **argv, Given *given, Options *options, GError **error) {
  g_autoptr(GString) letters = g_string_new(NULL);
  g_autoptr(GArray) rows = make_getopt_rows(letters);

  restart_getopt();
  for (int code; (code = getopt_long(argc, argv, letters->str, (struct option *)rows->data, NULL)) != -1;) {
    const Option *option = option_by_code(code);
    if (option == NULL) {
      set_syntax_error(code == ':', optopt, argv[optind - 1], error);
      return FALSE;
    }
    if (!given->field[option->offset] || !option_is_list(option))
      option_clear(option, options);
    given->field[option->offset] = TRUE;

    g_autofree char *label = g_strconcat("--", option->name, NULL);
    if (!option_set(option, label, optarg, options, error))
      return FALSE;
    if (options->action != OPTIONS_RUN)
      return TRUE; /* what follows does not matter any more */
  }
  if (optind < argc) {
    g_autofree char *shown = g_strescape(argv[optind], NULL);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_UNKNOWN, "\"%s\" belongs to no option; see --help", shown);
    return FALSE;
  }
  return TRUE;
}

Options *options_parse(int argc, char **argv, OptionsGetenv get_variable, GError **error) {
  g_autoptr(Options) options = options_new_default();
  Given given = {0};

  if (!read_command_line(argc, argv, &given, options, error))
    return NULL;
  if (options->action == OPTIONS_RUN && !read_environment(get_variable, &given, options, error))
    return NULL;
  if (options->action == OPTIONS_RUN && !option_rules_check(options, error))
    return NULL;
  return g_steal_pointer(&options);
}

void options_free(Options *options) {
  if (options == NULL)
    return;
  for (const Option *option = option_table(); option->name != NULL; option++)
    option_clear(option, options);
  g_free(options);
}
