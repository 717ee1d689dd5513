#pragma once
/* The one table of options: parsing, environment, --help, the manual page and the completions are made from it.
 *
 * Owns: nothing; all is constant.
 * Thread: any.
 * Errors: none.
 * Units and limits: a number's range is in its row.
 * Source: dsmtpd(1). */
#include "app/options.h"

typedef enum {
  OPTION_PORT,       /* guint16 */
  OPTION_DOOR,       /* int: a port, or OPTIONS_NO_PORT for "off" */
  OPTION_COUNT,      /* guint, from `min` to `max` */
  OPTION_SIZE,       /* guint64; K, M and G behind the number multiply it */
  OPTION_DURATION,   /* guint64, seconds: a number with s, m, h or d behind it */
  OPTION_PATH,       /* char *, not empty */
  OPTION_FILE,       /* char *, not empty */
  OPTION_FILES,      /* char **; given again, it grows; a variable holds one */
  OPTION_LIST,       /* char **; given again, it grows */
  OPTION_HOSTS,      /* the same, for host names and addresses */
  OPTION_ENDPOINT,   /* char *: address and port, unix:/path, or off */
  OPTION_WEB_PATH,   /* char *: begins with a slash and has none at its end; "" */
  OPTION_HTTP_HOSTS, /* char **: names for http/door.h; given again, it grows */
  OPTION_ORIGINS,    /* char **: origins for http/door.h; given again, it grows */
  OPTION_NETWORKS,   /* GArray of NetCidr; given again, it grows */
  OPTION_PATTERNS,   /* GPtrArray of RulesPattern; given again, it grows; a variable holds one */
  OPTION_CHOICE,     /* int: the place of the value in `choices` */
  OPTION_SWITCH      /* int, set to `on`; takes no value */
} OptionType;

typedef struct Option {
  const char *name;       /* without the dashes */
  char letter;            /* '\0': none */
  const char *variable;   /* NULL: on the command line only */
  const char *value_name; /* for people: "PORT"; NULL for a switch */
  const char *noun;       /* for errors: "70000 is no <noun>" */
  OptionType type;
  guint64 min, max;
  const char *const *choices; /* NULL-terminated, in the order of the field's enum */
  int on;
  const char *default_text; /* read as if it had been given; NULL: the field stays zero */
  const char *help;         /* without a default and a full stop, which the printers add */
  gsize offset;             /* of the field in Options */
} Option;

/* In the order of --help; the row behind the last has no name. */
const Option *option_table(void);
