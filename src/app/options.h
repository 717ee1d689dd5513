#pragma once
/* What the user asked for, on the command line and in the environment.
 *
 * Owns: an Options owns its texts.
 * Thread: the main thread: getopt_long() keeps state of its own.
 * Errors: OPTIONS_ERROR; messages are one line and name the option or variable, what it was given and what may be.
 * Units and limits: those in the table, app/option_table.c.
 * Source: dsmtpd(1). */
#include "app/option.h"
#include "base/log.h"
#include "inbox/inbox.h"

typedef enum { OPTIONS_RUN, OPTIONS_SHOW_HELP, OPTIONS_SHOW_VERSION } OptionsAction;

typedef enum { OPTIONS_TLS_OFF, OPTIONS_TLS_AUTO } OptionsTls;

typedef enum { OPTIONS_AUTH_OFF, OPTIONS_AUTH_ANY } OptionsAuth;

typedef enum { OPTIONS_FETCH_OFF, OPTIONS_FETCH_ASK, OPTIONS_FETCH_PUBLIC, OPTIONS_FETCH_ANY } OptionsFetch;

typedef struct Options {
  OptionsAction action;   /* unless OPTIONS_RUN, the rest may be incomplete */
  guint16 port;           /* 0: any free one */
  char **interfaces;      /* never empty */
  char *directory;        /* NULL: the current one */
  InboxMaking making;     /* what --init allows */
  guint64 max_size_bytes; /* 0: no limit */
  guint max_recipients;   /* of one message */
  guint max_connections;
  guint max_connections_per_address; /* 0: no limit */
  guint timeout_s;
  guint file_mode;        /* 0: that of new/ decides */
  guint64 min_free_bytes; /* 0: messages are taken as long as there is room for them */
  guint max_messages;     /* kept; 0: no limit */
  guint64 max_age_s;      /* of those kept; 0: no limit */
  guint64 max_disk_bytes; /* of all kept; 0: no limit */
  gboolean disable_smtputf8;
  gboolean strict;
  OptionsTls tls;
  char **tls_certificates; /* files; NULL: none given */
  char **tls_keys;         /* files, for the certificates in order; NULL: none given */
  char **tls_names;        /* hosts and addresses besides those known; NULL: none */
  char *tls_client_ca;     /* file; NULL: clients are not asked for certificates */
  int smtps_port;          /* 0: any free one; OPTIONS_NO_PORT */
  gboolean require_tls;
  OptionsAuth auth;
  char *auth_file; /* NULL: no login is checked */
  gboolean auth_insecure;
  gboolean require_auth;
  char *state_directory; /* NULL: the usual one */
  InboxSync sync;
  InboxAutoTags auto_tags;
  char **dns_records; /* files and directories; NULL: none */
  LogFormat log_format;
  LogLevel log_level;
  char *http;                   /* where to serve HTTP, or "off"; NULL: at the usual place, if it is free */
  gboolean https;               /* with the certificate that the options about TLS give */
  char *http_auth_file;         /* NULL: nobody has to log in */
  char *webroot;                /* before every path; "" */
  char **http_hosts;            /* names beside the usual; NULL: none */
  char **cors;                  /* origins whose pages may use the API; NULL: none */
  GPtrArray *allow_recipients;  /* RulesPattern; NULL: everybody */
  GPtrArray *reject_recipients; /* RulesPattern; NULL: nobody */
  GArray *proxies;              /* NetCidr; whose connections begin with a PROXY header; NULL: nobody's */
  GArray *xclients;             /* NetCidr; who may say XCLIENT; NULL: nobody */
  OptionsFetch fetch_links;
  /* What only variables of other servers say (app/foreign_variables.h). */
  char *auth_entries;       /* those of a user file, in its place; NULL: none */
  char *http_auth_entries;  /* the same for HTTP */
  gboolean auth_is_foreign; /* entries may be passwords without {PLAIN} */
  gboolean http_auth_is_foreign;
  GPtrArray *adopted_variables;   /* const char *, the names of those in use */
  GPtrArray *unmatched_variables; /* and of those that have no counterpart here */
  char *spamd;                    /* where spamd is asked; NULL or "off": nowhere */
} Options;

/* What the command line does not say is taken from the environment, from DSMTPD_* first and then from the variables of
 * other servers, and what that does not say either has a default.
 * May change the order of `argv`. Returns NULL on error. */
Options *options_parse(int argc, char **argv, OptionsGetenv get_variable, GError **error);

/* Whether somebody has to prove who they are by a password or token that is checked. */
gboolean options_check_smtp_logins(const Options *options);
gboolean options_check_http_logins(const Options *options);

/* NULL is fine. */
void options_free(Options *options);

/* The text of --help, with the list of the commands before the options. The caller frees. */
char *options_help(const char *commands);

/* The line of --version, without its end. */
const char *options_version(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)
