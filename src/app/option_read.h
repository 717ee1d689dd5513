#pragma once
/* Reads a command line and the environment by a table of options, into the record that its rows are about.
 *
 * Owns: nothing; a record owns its fields until option_record_clear().
 * Thread: the main thread: getopt_long() keeps state of its own.
 * Errors: OPTIONS_ERROR.
 * Units and limits: those of the table's rows.
 * Source: getopt_long(3); dsmtpd(1). */
#include "app/option.h"

/* Gives each field of a zeroed record its default. */
void option_record_init(const Option *table, gpointer record);

/* Frees what the fields own. */
void option_record_clear(const Option *table, gpointer record);

/* Which fields were given, by any of their options: a set of offsets. */
typedef GHashTable OptionGiven;
OptionGiven *option_given_new(void);
void option_given_add(OptionGiven *given, gsize offset);
gboolean option_given_has(const OptionGiven *given, gsize offset);

typedef enum {
  OPTION_READ_ALL,    /* options may stand behind words; the order of `argv` changes */
  OPTION_READ_TO_WORD /* the first word that is no option's ends them */
} OptionReadExtent;

typedef struct OptionWords {
  int first;      /* place in `argv` of the first word that belongs to no option; argc: there is none */
  gboolean ended; /* by an option that says so, and nothing else matters */
} OptionWords;

/* argv[0] is left out. */
gboolean option_read_words(const Option *table, int argc, char **argv, OptionReadExtent extent, gpointer record,
                           OptionGiven *given, OptionWords *out_words, GError **error);

/* The value of a variable; NULL: it is not set, or empty, which is how many tools pass on what was not set, or a
 * service link (option_is_service_link()). Lent. */
const char *option_variable_value(const char *variable, OptionsGetenv get_variable);

/* Sets a field to the value of a variable, in which a list may have several items. */
gboolean option_read_variable(const Option *option, const char *variable, const char *value, gpointer record,
                              GError **error);

/* Reads the variables of all options that were not given, which then are. */
gboolean option_read_environment(const Option *table, OptionsGetenv get_variable, OptionGiven *given, gpointer record,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptionGiven, g_hash_table_unref)
