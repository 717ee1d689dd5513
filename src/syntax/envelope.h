#pragma once
/* The envelope of one message, and the block of headers by which it is kept in front of the stored message.
 *
 * Owns: an Envelope owns its strings.
 * Thread: any; an envelope belongs to one thread at a time.
 * Units and limits: lines of the block are folded so that none passes 998 bytes where the addresses allow it.
 * Source: RFC 5321 4.4 (Return-Path, Received), RFC 3848 and 6531 4.3 (protocol names), RFC 3461 4 (RET, ENVID, NOTIFY,
 *         ORCPT); docs/storage.md. */
#include <glib.h>

/* What RCPT asked for about one recipient. Both were checked by syntax/dsn.h. */
typedef struct EnvelopeDsn {
  char *notify; /* "NEVER", "FAILURE,DELAY"; NULL: not said */
  char *orcpt;  /* "rfc822;user@example.com", xtext as it came; NULL: not said */
} EnvelopeDsn;

typedef struct Envelope {
  char *peer;                /* for people: "127.0.0.1:50312", "[::1]:50312", "unix:/run/mail.sock" */
  char *peer_literal;        /* for Received: "[127.0.0.1]", "[IPv6:::1]"; NULL when the peer has no IP address */
  char *peer_name;           /* the peer's host name, for Received; NULL: not known, for none is looked up */
  char *helo;                /* what the client called itself, UTF-8 without control characters; NULL: nothing */
  gboolean helo_is_name;     /* helo is a domain or an address literal by RFC 5321 4.1.2 */
  const char *protocol;      /* "SMTP", "ESMTP", "UTF8SMTP", the last two with S for TLS and A for a login; static */
  char *auth_user;           /* who logged in, UTF-8 without control characters; NULL: nobody, or not said */
  const char *tls_version;   /* "TLSv1.3"; NULL: no TLS; static */
  const char *tls_cipher;    /* "TLS_AES_256_GCM_SHA384"; static */
  char *tls_client;          /* subject of the client's certificate, printable UTF-8; NULL: it showed none */
  char *reverse_path;        /* without the angle brackets; "" is the null reverse-path */
  GPtrArray *forward_paths;  /* char *, without angle brackets and source routes, in the order given */
  const char *dsn_ret;       /* "FULL" or "HDRS"; NULL: not said; static */
  char *dsn_envid;           /* xtext as it came; NULL: not said */
  GPtrArray *dsn_recipients; /* EnvelopeDsn * or NULL, in the order of forward_paths and maybe shorter; NULL: none */
  char *diagnostics;         /* names, with spaces between, of what was odd about what the client said; NULL: nothing */
  gint64 received_us;        /* real time, microseconds since 1970 */
} Envelope;

Envelope *envelope_new(void);
void envelope_free(Envelope *envelope);

/* What is asked for about the forward-path at `index`, made when there is nothing yet. Lent. */
EnvelopeDsn *envelope_dsn_add(Envelope *envelope, guint index);

/* The same; NULL: nothing. */
const EnvelopeDsn *envelope_dsn_of(const Envelope *envelope, guint index);

/* Appends how TLS protects the message, in words; nothing without TLS. */
void envelope_print_tls(const Envelope *envelope, GString *out);

/* Appends the block to `out`, lines ended by LF: Return-Path, X-Peer, X-MailFrom, X-RcptTo, then X-Auth-User
 * when somebody logged in, X-Dsn when reports were asked for, X-Diagnostics when there are some, X-Bare-LF when
 * `bare_lf` is not NULL, and Received last, on three lines. A stored message that begins with these headers in this
 * order carries the block; the message as received begins after the Received header. `id` is the message's name, `host`
 * the name of this machine. `bare_lf` is what smtp_data_bare_lf() gives. */
void envelope_print_block(const Envelope *envelope, const char *host, const char *id, const char *bare_lf,
                          GString *out);

/* Reads the block that a stored message begins with, and sets *block_len to where the message as received begins, and
 * *bare_lf, unless that is NULL, to the list in X-Bare-LF or to NULL; the caller frees both. NULL: there is no block.
 * What the block does not tell for certain is as in a new envelope; the time has whole seconds, 0 when it cannot be
 * read. */
Envelope *envelope_parse_block(const char *bytes, gsize n_bytes, gsize *block_len, char **bare_lf);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Envelope, envelope_free)
