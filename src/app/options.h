#pragma once
/* What the user asked for, on the command line and in the environment.
 *
 * Nothing here changes after options_parse(). What is in force belongs to the part it is about: connections that
 * descriptors allow, ports that were free, users, certificates and DNS records as last read.
 *
 * A field is called as its option, with underscores; where the value has a unit, the unit follows: --max-size is
 * max_size_bytes. --quiet and --verbose share log_level. tests/tools/test_option_fields.py compares them.
 *
 * Owns: an Options owns its texts.
 * Thread: the main thread: getopt_long() keeps state of its own.
 * Errors: OPTIONS_ERROR; messages are one line and name the option or variable, what it was given and what may be.
 * Units and limits: those in the table, app/option_table.c.
 * Source: dsmtpd(1). */
#include "app/option.h"
#include "base/log.h"
#include "store/store.h"

typedef enum { OPTIONS_RUN, OPTIONS_SHOW_HELP, OPTIONS_SHOW_VERSION } OptionsAction;

typedef enum { OPTIONS_TLS_OFF, OPTIONS_TLS_AUTO } OptionsTls;

typedef enum { OPTIONS_AUTH_OFF, OPTIONS_AUTH_ANY } OptionsAuth;

typedef enum { OPTIONS_FETCH_OFF, OPTIONS_FETCH_ASK, OPTIONS_FETCH_PUBLIC, OPTIONS_FETCH_ANY } OptionsFetch;

/* Of one inbox. */
typedef struct InboxSettings {
  char *directory; /* NULL: the current one */
  MaildirMaking init;
  StoreSync sync;
  StoreAutoTags auto_tags;
  guint file_mode;              /* 0: that of new/ decides */
  guint64 min_free_bytes;       /* 0: messages are accepted as long as there is room for them */
  guint max_messages;           /* 0: no limit */
  guint64 max_age_s;            /* 0: no limit */
  guint64 max_disk_bytes;       /* of all messages; 0: no limit */
  GPtrArray *allow_recipients;  /* RulesPattern; NULL: everybody */
  GPtrArray *reject_recipients; /* RulesPattern; NULL: nobody */
} InboxSettings;

/* Of the process, whatever inbox a client is there for. */
typedef struct ServerSettings {
  guint16 port;           /* 0: any free one */
  char **interface;       /* never empty */
  guint64 max_size_bytes; /* 0: no limit; here because SMTP announces it before it knows the inbox */
  guint max_recipients;   /* of one message */
  guint max_connections;
  guint max_connections_per_address; /* 0: no limit */
  guint timeout_s;
  gboolean strict;
  gboolean disable_smtputf8;
  GArray *proxy_protocol; /* NetCidr; whose connections begin with a PROXY header; NULL: nobody's */
  GArray *xclient;        /* NetCidr; who may say XCLIENT; NULL: nobody */
  char *state_directory;  /* NULL: the usual one */
  OptionsTls tls;
  char **tls_cert;     /* files; NULL: none given */
  char **tls_key;      /* files, for the certificates in order; NULL: none given */
  char **tls_name;     /* hosts and addresses besides those known; NULL: none */
  char *tls_client_ca; /* file; NULL: clients are not asked for certificates */
  int smtps;           /* a port, 0: any free one; OPTIONS_NO_PORT */
  gboolean require_tls;
  OptionsAuth auth;
  char *auth_file; /* NULL: no login is checked */
  gboolean auth_allow_insecure;
  gboolean require_auth;
  char *http;           /* where to serve HTTP, or "off"; NULL: at the usual address, if it is free */
  char **http_host;     /* names besides the usual; NULL: none */
  gboolean https;       /* with the certificate that the options about TLS give */
  char *http_auth_file; /* NULL: nobody has to log in */
  char *webroot;        /* before every path; "" */
  char **cors;          /* origins whose pages may use the API; NULL: none */
  char **dns_records;   /* files and directories; NULL: none */
  char *spamd;          /* where spamd is asked; NULL or "off": nowhere */
  OptionsFetch fetch_links;
  LogFormat log_format;
  LogLevel log_level;
  /* What only variables of other servers say (app/foreign_variables.h). */
  char *auth_entries;       /* those of a user file, in its place; NULL: none */
  char *http_auth_entries;  /* the same for HTTP */
  gboolean auth_is_foreign; /* entries may be passwords without {PLAIN} */
  gboolean http_auth_is_foreign;
} ServerSettings;

typedef struct Options {
  OptionsAction action; /* unless OPTIONS_RUN, the rest may be incomplete */
  ServerSettings server;
  InboxSettings inbox;
  GPtrArray *adopted_variables;   /* const char *, the names of other servers' variables that are in use */
  GPtrArray *unmatched_variables; /* and of those that have no counterpart here */
} Options;

/* What the command line does not say is taken from the environment, from DSMTPD_* first and then from the variables of
 * other servers, and what that does not say either has a default.
 * May change the order of `argv`. Returns NULL on error. */
Options *options_parse(int argc, char **argv, OptionsGetenv get_variable, GError **error);

/* Whether somebody has to prove who they are by a password or token that is checked. */
gboolean options_check_smtp_logins(const ServerSettings *settings);
gboolean options_check_http_logins(const ServerSettings *settings);

/* NULL is fine. */
void options_free(Options *options);

/* The text of --help, with the list of the commands before the options. The caller frees. */
char *options_help(const char *commands);

/* The line of --version, without its end. */
const char *options_version(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)
