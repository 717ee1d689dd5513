#include "app/options.h"
#include "app/foreign_variables.h"
#include "app/option_read.h"
#include "app/option_rules.h"
#include "app/option_table.h"

static Options *options_new_default(void) {
  Options *options = g_new0(Options, 1);

  options->server.log_level = LOG_LEVEL_INFO; /* two switches change it, and neither is its default */
  option_record_init(option_table(), options);
  return options;
}

Options *options_parse(int argc, char **argv, OptionsGetenv get_variable, GError **error) {
  g_autoptr(Options) options = options_new_default();
  g_autoptr(OptionGiven) given = option_given_new();
  OptionWords words;

  if (!option_read_words(option_table(), argc, argv, OPTION_READ_ALL, options, given, &words, error))
    return NULL;
  if (words.ended)
    return g_steal_pointer(&options);
  if (words.first < argc) {
    g_autofree char *shown = g_strescape(argv[words.first], NULL);
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_UNKNOWN, "\"%s\" is not a value of any option; see --help", shown);
    return NULL;
  }
  if (!option_read_environment(option_table(), get_variable, given, options, error) ||
      !foreign_variables_read(get_variable, given, options, error) || !option_rules_check(options, error))
    return NULL;
  return g_steal_pointer(&options);
}

void options_free(Options *options) {
  if (!options)
    return;
  option_record_clear(option_table(), options);
  foreign_variables_clear(options);
  g_free(options);
}

gboolean options_check_smtp_logins(const ServerSettings *settings) {
  return settings->auth_file != NULL || settings->auth_entries != NULL;
}

gboolean options_check_http_logins(const ServerSettings *settings) {
  return settings->http_auth_file != NULL || settings->http_auth_entries != NULL;
}
