#pragma once
/* An option, as a row of a table: parsing, environment, --help, the manual page and the completions are made from it.
 *
 * Owns: nothing; tables are constant.
 * Thread: any.
 * Errors: OPTIONS_ERROR; messages are one line and name the option or variable, its value and what is allowed.
 * Units and limits: a number's range is in its row.
 * Source: dsmtpd(1). */
#include <glib.h>

#define OPTIONS_ERROR (options_error_quark())
GQuark options_error_quark(void);

typedef enum {
  OPTIONS_ERROR_UNKNOWN, /* there is no such option */
  OPTIONS_ERROR_VALUE,   /* a value is missing, not allowed, or given where there is none */
  OPTIONS_ERROR_CONFLICT /* options that do not go together */
} OptionsError;

enum { OPTIONS_NO_PORT = -1 };

#define OPTION_VARIABLE_PREFIX "DSMTPD_"

/* TRUE: the variable was not set by somebody who knows the option, but by Kubernetes or Docker, which give containers
 * variables for each service: one called "dsmtpd" makes DSMTPD_PORT=tcp://10.0.0.1:1025. */
gboolean option_is_service_link(const char *variable, const char *value);

/* How a variable of the environment is read: g_getenv(), or a test's own. */
typedef const char *(*OptionsGetenv)(const char *name);

typedef enum {
  OPTION_PORT,       /* guint16 */
  OPTION_LISTENER,   /* int: a port, or OPTIONS_NO_PORT for "off" */
  OPTION_COUNT,      /* guint, from `min` to `max` */
  OPTION_MODE,       /* guint: permissions of files, in octal; their owner reads and writes */
  OPTION_SIZE,       /* guint64; the suffixes K, M and G multiply the number */
  OPTION_DURATION,   /* guint64, seconds: a number with suffix s, m, h or d */
  OPTION_PATIENCE,   /* guint, milliseconds, up to `max`: a number of seconds, or one with suffix ms, s or m */
  OPTION_TEXT,       /* char *: anything */
  OPTION_WORDS,      /* char *, not empty */
  OPTION_TEXTS,      /* char **: anything but nothing; given again, it grows */
  OPTION_PATH,       /* char *, not empty */
  OPTION_FILE,       /* char *, not empty */
  OPTION_FILES,      /* char **; given again, it grows; a variable holds one */
  OPTION_LIST,       /* char **; given again, it grows */
  OPTION_HOSTS,      /* the same, for host names and addresses */
  OPTION_ENDPOINT,   /* char *: address and port, a port of this machine, unix:/path, or off */
  OPTION_WEB_PATH,   /* char *: begins with a slash and has none at its end; "" */
  OPTION_HTTP_HOSTS, /* char **: names for http/gate.h; given again, it grows */
  OPTION_ORIGINS,    /* char **: origins for http/gate.h; given again, it grows */
  OPTION_NETWORKS,   /* GArray of NetCidr; given again, it grows */
  OPTION_PATTERNS,   /* GPtrArray of RulesPattern; given again, it grows; a variable holds one */
  OPTION_CHOICE,     /* int: the place of the value in `choices` */
  OPTION_SWITCH      /* int, set to `on`; takes no value */
} OptionType;

/* What an option is about. */
typedef enum {
  OPTION_SCOPE_CALL,   /* this call of the program: it is on the command line only */
  OPTION_SCOPE_SERVER, /* the server, and what is said to find it */
  OPTION_SCOPE_INBOX   /* one inbox */
} OptionScope;

typedef struct Option {
  const char *group;      /* that it and the rows after it belong to; NULL: that of the row before */
  const char *name;       /* without the dashes */
  char letter;            /* '\0': none */
  const char *value_name; /* for people: "PORT"; NULL for a switch */
  const char *noun;       /* for errors: "70000 is not a valid <noun>"; NULL: what most options of the type have */
  OptionType type;
  guint64 min, max;
  const char *const *choices; /* NULL-terminated, in the order of the field's enum */
  int on;
  const char *default_text; /* read as if it had been given; NULL: the field stays zero */
  const char *default_note; /* what holds without it, in words, where no text is the default; NULL: nothing to say */
  gboolean is_hidden;       /* accepted, but not listed */
  const char *help;         /* without a default and a full stop, which the printers add */
  gboolean ends;            /* a switch after which nothing matters any more: --help */
  OptionScope scope;
  gsize offset; /* of the field in the record that the table is for */
} Option;

/* The variable of the environment that stands for it: DSMTPD_MAX_SIZE for --max-size. NULL: none does. The caller
 * frees. */
char *option_variable(const Option *option);
