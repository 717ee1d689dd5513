/* XCLIENT.
 *
 *   xclient = "XCLIENT" 1*( SP attribute "=" value ) CRLF
 *   attribute = NAME / ADDR / PORT / PROTO / HELO / LOGIN / DESTADDR / DESTPORT
 *   value = xtext / "[UNAVAILABLE]" / "[TEMPUNAVAIL]"
 *
 * Postfix's XCLIENT_README. Who may say it speaks for another client: that one's name and address then stand in the
 * log and before the messages. The session starts again with a greeting; a HELO that was given counts as said. */
#include "net/address.h"
#include "smtp/session_private.h"
#include "syntax/xtext.h"
#include <arpa/inet.h>
#include <string.h>

enum { NAME_BYTES_MAX = 255 };

/* What the command says; an attribute that is not given leaves things as they are. */
typedef struct Xclient {
  guint given;     /* bits by row of the table */
  char *values[8]; /* decoded, by row; NULL: not given, or not available */
} Xclient;

typedef enum { ROW_NAME, ROW_ADDR, ROW_PORT, ROW_PROTO, ROW_HELO, ROW_LOGIN, ROW_DESTADDR, ROW_DESTPORT, N_ROWS } Row;

static void xclient_clear(Xclient *xclient) {
  for (gsize i = 0; i < N_ROWS; i++)
    g_free(xclient->values[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Xclient, xclient_clear)

/* --- what a value may be */

static gboolean is_name(const char *value) {
  return strlen(value) <= NAME_BYTES_MAX && smtp_helo_classify(value, strlen(value)) == SMTP_HELO_NAME;
}

static gboolean is_helo(const char *value) {
  return strlen(value) <= NAME_BYTES_MAX && smtp_helo_classify(value, strlen(value)) != SMTP_HELO_NONE;
}

static gboolean read_address(const char *value, NetAddress *out) {
  static const char prefix[] = "IPv6:";
  guint8 ip[16];

  if (inet_pton(AF_INET, value, ip) == 1) {
    net_address_from_ip(ip, 4, 0, out);
    return TRUE;
  }
  if (g_ascii_strncasecmp(value, prefix, strlen(prefix)) == 0)
    value += strlen(prefix);
  if (inet_pton(AF_INET6, value, ip) != 1)
    return FALSE;
  net_address_from_ip(ip, 16, 0, out);
  return TRUE;
}

static gboolean is_address(const char *value) {
  NetAddress address;

  return read_address(value, &address);
}

static gboolean is_port(const char *value) {
  return g_ascii_isdigit(value[0]) && g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT16, NULL, NULL);
}

static gboolean is_protocol(const char *value) {
  return g_ascii_strcasecmp(value, "SMTP") == 0 || g_ascii_strcasecmp(value, "ESMTP") == 0;
}

/* As the name of a login here would be. */
static gboolean is_login(const char *value) {
  g_autofree char *name = auth_text_prepare(value, strlen(value));

  return name != NULL && strlen(value) <= NAME_BYTES_MAX;
}

static const struct {
  const char *attribute;
  gboolean (*is_valid)(const char *value);
} rows[N_ROWS] = {
    [ROW_NAME] = {"NAME", is_name},
    [ROW_ADDR] = {"ADDR", is_address},
    [ROW_PORT] = {"PORT", is_port},
    [ROW_PROTO] = {"PROTO", is_protocol},
    [ROW_HELO] = {"HELO", is_helo},
    [ROW_LOGIN] = {"LOGIN", is_login},
    [ROW_DESTADDR] = {"DESTADDR", is_address},
    [ROW_DESTPORT] = {"DESTPORT", is_port},
};

G_STATIC_ASSERT(N_ROWS == G_N_ELEMENTS(((Xclient *)NULL)->values));

static gboolean is_unavailable(const SmtpParameter *parameter) {
  return smtp_word_equal(parameter->value, parameter->value_len, "[UNAVAILABLE]") ||
         smtp_word_equal(parameter->value, parameter->value_len, "[TEMPUNAVAIL]");
}

/* NULL: taken. Otherwise what is wrong. */
static const char *take_attribute(const SmtpParameter *parameter, Xclient *xclient) {
  gsize row = 0;

  while (row < N_ROWS && !smtp_word_equal(parameter->keyword, parameter->keyword_len, rows[row].attribute))
    row++;
  if (row == N_ROWS)
    return "unknown attribute; EHLO lists those that are offered";
  if ((xclient->given & 1U << row) != 0)
    return "an attribute is given twice";
  if (!parameter->value)
    return "an attribute needs a value, as in NAME=client.example.com";

  xclient->given |= 1U << row;
  if (is_unavailable(parameter))
    return NULL;
  xclient->values[row] = xtext_decode(parameter->value, parameter->value_len);
  return xclient->values[row] && rows[row].is_valid(xclient->values[row]) ? NULL : "an attribute has an invalid value";
}

static gboolean read_attributes(SmtpSession *session, const char *args, gsize args_len, Xclient *xclient) {
  g_autoptr(GError) error = NULL;
  const char *end = args + args_len;
  const char *wrong = NULL;
  SmtpParameter parameter;

  while (!wrong && smtp_parameter_next(&args, end, &parameter, &error) == FOUND)
    wrong = take_attribute(&parameter, xclient);
  if (error)
    wrong = error->message;
  if (wrong)
    smtp_session_reply(session, 501, "5.5.4", wrong);
  return wrong == NULL;
}

/* --- what it changes */

static gboolean is_given(const Xclient *xclient, Row row) {
  return (xclient->given & 1U << row) != 0;
}

static void replace(char **text, const char *value) {
  g_free(*text);
  *text = g_strdup(value);
}

/* The port stays that of the connection where only the address is told, and 0 where it is not available. */
static void name_client(SmtpSession *session, const Xclient *xclient) {
  const char *colon = strrchr(session->peer, ':');
  const char *port_text = is_given(xclient, ROW_PORT) ? xclient->values[ROW_PORT] : colon ? colon + 1 : NULL;
  guint64 port = port_text ? g_ascii_strtoull(port_text, NULL, 10) : 0;
  const char *address_text = xclient->values[ROW_ADDR];
  NetAddress address;

  if (is_given(xclient, ROW_NAME))
    replace(&session->peer_name, xclient->values[ROW_NAME]);
  if (is_given(xclient, ROW_ADDR) && !address_text) {
    replace(&session->peer, "unknown:0");
    replace(&session->peer_literal, NULL);
  } else if (address_text && read_address(address_text, &address)) {
    net_address_set_port(&address, (guint16)MIN(port, G_MAXUINT16));
    g_free(session->peer);
    g_free(session->peer_literal);
    session->peer = net_address_format(&address);
    session->peer_literal = net_address_literal(&address);
    session->key = net_peer_key(&address);
  } else if (is_given(xclient, ROW_PORT) && colon) {
    g_autofree char *host = g_strndup(session->peer, (gsize)(colon - session->peer));
    g_free(session->peer);
    session->peer = g_strdup_printf("%s:%u", host, (guint)port);
  }
}

static void start_anew(SmtpSession *session, const Xclient *xclient) {
  const char *helo = xclient->values[ROW_HELO];
  const char *protocol = xclient->values[ROW_PROTO];

  g_clear_pointer(&session->helo, g_free);
  session->diagnostics = (SmtpDiagnostics){0};
  session->extended = FALSE;
  if (helo) {
    smtp_session_set_helo(session, helo, strlen(helo));
    session->extended = protocol != NULL && g_ascii_strcasecmp(protocol, "ESMTP") == 0;
  }
  smtp_session_greet(session);
}

static gboolean xclient_offered(const SmtpSession *session) {
  return session->offers_xclient;
}

static void xclient_run(SmtpSession *session, const char *args, gsize args_len) {
  g_auto(Xclient) xclient = {0};

  if (session->transaction.open) {
    smtp_session_reply(session, 503, "5.5.1", "XCLIENT is not allowed during a message; send the message or RSET");
    return;
  }
  if (!read_attributes(session, args, args_len, &xclient))
    return;

  g_autofree char *said_by = g_strdup(session->peer);
  name_client(session, &xclient);
  if (is_given(&xclient, ROW_LOGIN)) {
    replace(&session->login, xclient.values[ROW_LOGIN]);
    session->logged_in = session->login != NULL;
  }
  session->handler->speaks_for(session->handler_data, said_by, session->peer, session->peer_name, session->login);
  start_anew(session, &xclient);
}

void smtp_xclient_print_attributes(const SmtpSession *session, GString *out) {
  for (gsize i = 0; i < N_ROWS; i++)
    g_string_append_printf(out, " %s", rows[i].attribute);
}

const SmtpCommand smtp_command_xclient = {
    .verb = "XCLIENT",
    .syntax = "XCLIENT NAME=client.example.com ADDR=192.0.2.1",
    .needs = SMTP_TAKES_ARGUMENT,
    .offered = xclient_offered,
    .run = xclient_run,
};
