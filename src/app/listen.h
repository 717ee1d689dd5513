#pragma once
/* Listening where the user said, whatever the server.
 *
 * Owns: nothing.
 * Thread: the main thread, at start: names are resolved.
 * Errors: NET_ERROR.
 * Units and limits: none.
 * Source: dsmtpd(1), --interface and --http. */
#include "base/log.h"
#include "net/address.h"

/* smtp_server_listen() and its like. Returns the address bound, lent by the server, or NULL. */
typedef const NetAddress *(*ListenFunc)(gpointer server, const NetAddress *address, GError **error);

/* A host name may stand for several addresses, of which the machine need not have all; one is enough. Those bound are
 * appended to `out_addresses`. */
gboolean listen_at(ListenFunc listen, gpointer server, const char *interface, guint16 port, GPtrArray *out_addresses,
                   GError **error);

/* When other machines can reach some of these addresses (NetAddress), warns in one line: "... are open to other
 * machines, and <why>: whoever <risk>". */
void listen_warn_if_exposed(Log *log, const GPtrArray *addresses, const char *why, const char *risk);
