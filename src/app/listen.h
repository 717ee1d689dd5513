#pragma once
/* Listening where the user said, whatever the server: each address once, and none for two servers.
 *
 * Owns: the list of what this process listens at.
 * Thread: the main thread, at start: names are resolved.
 * Errors: NET_ERROR.
 * Source: docs/smtp.md, "Where it listens"; dsmtpd(1), --interface and --http. RFC 3493 5.3 (IPV6_V6ONLY). */
#include "base/log.h"
#include "net/address.h"

typedef struct Listening Listening;

/* Both are borrowed; `state_directory`, as in app/server_file.h, is where other servers of the user are looked up. */
Listening *listening_new(Log *log, const char *state_directory);

/* service_listen() and its like. Returns the address bound, borrowed from the server, or NULL. */
typedef const NetAddress *(*ListenFunc)(gpointer server, const NetAddress *address, GError **error);

/* One who listens. */
typedef struct ListenService {
  const char *name;   /* "SMTP", for errors; static */
  const char *option; /* by which another port is chosen: "-p"; static */
  ListenFunc listen;
  gpointer server;
} ListenService;

/* Listens at all addresses that the interfaces stand for, at `port`:
 * - an address that is given twice, or that another one covers, is listened at once;
 * - "::" is dual, unless 0.0.0.0 is given too; without IPv6 it is 0.0.0.0;
 * - an interface may stand for several addresses, of which the machine need not have all; one is enough.
 * Those bound are appended to `out_addresses`. */
gboolean listen_at(Listening *listening, const ListenService *service, const char *const *interfaces, guint16 port,
                   GPtrArray *out_addresses, GError **error);

/* `address`, which is lent, is listened at already. */
void listening_add(Listening *listening, const char *service_name, const NetAddress *address);

/* NULL is fine. */
void listening_free(Listening *listening);

/* When other machines can reach some of these addresses (NetAddress), warns in one line: "... are open to other
 * machines, and <why>: <risk>". */
void listen_warn_if_exposed(Log *log, const GPtrArray *addresses, const char *why, const char *risk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Listening, listening_free)
