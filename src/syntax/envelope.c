#include "syntax/envelope.h"

#include "base/utf8.h"
#include "syntax/mail_date.h"
#include <string.h>

enum {
  FOLD_COLUMN = 200,   /* where lists are folded; far below the 998 bytes a line may have */
  TEXT_SHOWN_MAX = 255 /* bytes shown of a text the client chose, such as a HELO that is not a name */
};

Envelope *envelope_new(void) {
  Envelope *envelope = g_new0(Envelope, 1);

  envelope->protocol = "SMTP";
  envelope->forward_paths = g_ptr_array_new_with_free_func(g_free);
  return envelope;
}

static void dsn_free(gpointer data) {
  EnvelopeDsn *dsn = data;

  if (!dsn)
    return;
  g_free(dsn->notify);
  g_free(dsn->orcpt);
  g_free(dsn);
}

EnvelopeDsn *envelope_dsn_add(Envelope *envelope, guint index) {
  if (!envelope->dsn_recipients)
    envelope->dsn_recipients = g_ptr_array_new_with_free_func(dsn_free);
  if (envelope->dsn_recipients->len <= index)
    g_ptr_array_set_size(envelope->dsn_recipients, (gint)index + 1);
  EnvelopeDsn **dsn = (EnvelopeDsn **)&g_ptr_array_index(envelope->dsn_recipients, index);
  if (!*dsn)
    *dsn = g_new0(EnvelopeDsn, 1);
  return *dsn;
}

const EnvelopeDsn *envelope_dsn_of(const Envelope *envelope, guint index) {
  const GPtrArray *all = envelope->dsn_recipients;

  return all && index < all->len ? g_ptr_array_index(all, index) : NULL;
}

void envelope_free(Envelope *envelope) {
  if (!envelope)
    return;
  g_free(envelope->peer);
  g_free(envelope->peer_literal);
  g_free(envelope->peer_name);
  g_free(envelope->helo);
  g_free(envelope->auth_user);
  g_free(envelope->tls_client);
  g_free(envelope->reverse_path);
  g_free(envelope->diagnostics);
  g_free(envelope->dsn_envid);
  g_clear_pointer(&envelope->dsn_recipients, g_ptr_array_unref);
  g_ptr_array_unref(envelope->forward_paths);
  g_free(envelope);
}

static void append_all(GString *out, const char *const *strings) {
  for (; *strings; strings++)
    g_string_append(out, *strings);
}

#define APPEND(out, ...) append_all((out), (const char *const[]){__VA_ARGS__, NULL})

static void print_forward_paths(const GPtrArray *forward_paths, GString *out) {
  gsize line_start = out->len;

  g_string_append(out, "X-RcptTo: ");
  for (guint i = 0; i < forward_paths->len; i++) {
    const char *path = g_ptr_array_index(forward_paths, i);
    if (i > 0) {
      gboolean fits = out->len - line_start + strlen(", ") + strlen(path) <= FOLD_COLUMN;
      g_string_append(out, fits ? ", " : ",\n ");
      if (!fits)
        line_start = out->len - 1;
    }
    g_string_append(out, path);
  }
  g_string_append_c(out, '\n');
}

/* Spaces are where it is folded, so that unfolding gives the words back. */
static void print_words(const char *name, const char *words, GString *out) {
  g_string_append(out, name);
  for (gsize len = strlen(words); len > FOLD_COLUMN;) {
    const char *space = g_strrstr_len(words, FOLD_COLUMN, " ");
    if (!space)
      space = strchr(words, ' ');
    if (!space)
      break;
    g_string_append_c(out, ' ');
    g_string_append_len(out, words, space - words);
    g_string_append_c(out, '\n');
    len -= (gsize)(space + 1 - words);
    words = space + 1;
  }
  APPEND(out, " ", words, "\n");
}

static void append_parameter(GString *out, const char *keyword, const char *value) {
  if (value)
    APPEND(out, out->len > 0 ? " " : "", keyword, "=", value);
}

/* Parameters of MAIL, then the number of each recipient that has some, counted from 1, and those:
 * "RET=HDRS ENVID=run-42 1 NOTIFY=NEVER 3 NOTIFY=DELAY ORCPT=rfc822;c@d.example". */
static void print_dsn(const Envelope *envelope, GString *out) {
  g_autoptr(GString) words = g_string_new(NULL);

  append_parameter(words, "RET", envelope->dsn_ret);
  append_parameter(words, "ENVID", envelope->dsn_envid);
  for (guint i = 0; i < envelope->forward_paths->len; i++) {
    const EnvelopeDsn *dsn = envelope_dsn_of(envelope, i);
    if (!dsn)
      continue;
    g_string_append_printf(words, "%s%u", words->len > 0 ? " " : "", i + 1);
    append_parameter(words, "NOTIFY", dsn->notify);
    append_parameter(words, "ORCPT", dsn->orcpt);
  }
  if (words->len > 0)
    print_words("X-Dsn:", words->str, out);
}

/* `text` as the inside of a comment (RFC 5322 3.2.2), cut without splitting a character. */
static void print_comment_text(const char *text, GString *out) {
  const char *end = text + utf8_cut(text, MIN(strlen(text), TEXT_SHOWN_MAX));

  for (; text < end; text++) {
    if (strchr("()\\", *text))
      g_string_append_c(out, '\\');
    g_string_append_c(out, *text);
  }
}

/* The peer by the name it gave, if that is one, by its host name, if that was told, and by its address. A unix socket
 * has none, and a proxy need not tell. */
static void print_from(const Envelope *envelope, GString *out) {
  const char *literal = envelope->peer_literal;
  gboolean is_unix = g_str_has_prefix(envelope->peer, "unix:");

  if (envelope->helo && envelope->helo_is_name) {
    APPEND(out, "Received: from ", envelope->helo, " (", envelope->peer_name ? envelope->peer_name : "");
    APPEND(out, envelope->peer_name ? " " : "", literal ? literal : is_unix ? "unix socket" : "unknown address", ")\n");
    return;
  }
  APPEND(out, "Received: from ", literal ? literal : is_unix ? "localhost (unix socket)" : "unknown");
  if (envelope->helo) {
    g_string_append(out, " (helo=");
    print_comment_text(envelope->helo, out);
    g_string_append_c(out, ')');
  }
  g_string_append_c(out, '\n');
}

void envelope_print_tls(const Envelope *envelope, GString *out) {
  if (!envelope->tls_version)
    return;
  APPEND(out, envelope->tls_version, " ", envelope->tls_cipher);
  if (envelope->tls_client)
    APPEND(out, ", client certificate \"", envelope->tls_client, "\"");
}

/* Behind the protocol, where a comment may stand. */
static void print_tls_comment(const Envelope *envelope, GString *out) {
  g_autoptr(GString) text = g_string_new(NULL);

  envelope_print_tls(envelope, text);
  if (text->len == 0)
    return;
  g_string_append(out, " (");
  print_comment_text(text->str, out);
  g_string_append_c(out, ')');
}

void envelope_print_block(const Envelope *envelope, const char *host, const char *id, const char *bare_lf,
                          GString *out) {
  const char *reverse_path = envelope->reverse_path;

  APPEND(out, "Return-Path: <", reverse_path, ">\nX-Peer: ", envelope->peer, "\n");
  APPEND(out, *reverse_path ? "X-MailFrom: " : "X-MailFrom:", reverse_path, "\n");
  print_forward_paths(envelope->forward_paths, out);
  if (envelope->auth_user)
    APPEND(out, "X-Auth-User: ", envelope->auth_user, "\n");
  print_dsn(envelope, out);
  if (envelope->diagnostics)
    APPEND(out, "X-Diagnostics: ", envelope->diagnostics, "\n");
  if (bare_lf)
    print_words("X-Bare-LF:", bare_lf, out);

  print_from(envelope, out);
  APPEND(out, "\tby ", host, " (dsmtpd ", DSMTPD_VERSION, ") with ", envelope->protocol);
  print_tls_comment(envelope, out);
  APPEND(out, " id ", id);
  /* With more recipients, each would learn of the others from a message handed on (RFC 5321 7.6). */
  if (envelope->forward_paths->len == 1)
    APPEND(out, "\n\tfor <", g_ptr_array_index(envelope->forward_paths, 0), ">; ");
  else
    g_string_append(out, ";\n\t");
  mail_date_print(envelope->received_us, out);
  g_string_append_c(out, '\n');
}
