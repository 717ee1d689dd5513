#pragma once
/* The inside of a server, for the files that hold it: server.c has the doors and who is let in, client.c what becomes
 * of one that is.
 *
 * Owns: see smtp/server.h; a client owns its connection and its session.
 * Thread: the loop thread.
 * Source: docs/design.md. */
#include "net/peer_count.h"
#include "net/proxy_gate.h"
#include "smtp/server.h"

struct SmtpServer {
  struct event_base *base;
  const SmtpServerOptions *options;
  const SmtpHandler *handler;
  gpointer handler_data;
  const SmtpServerEvents *events;
  gpointer events_data;
  GPtrArray *doors;    /* Door */
  GQueue clients;      /* SmtpClient */
  NetPeerCount *peers; /* of the clients */
  NetProxyGate *gate;  /* before they are clients */
  struct event *end;   /* reports `stopped` from the loop */
  struct event *grace; /* ends the messages that are still under way */
  gboolean stopping;
  gboolean grace_over;
};

typedef struct SmtpClient SmtpClient;

/* Takes in who came by a listener: says the greeting, or shakes hands before it. `name` is how the log calls the peer.
 * The client is among the server's until its connection ends. */
void smtp_client_new(SmtpServer *server, const SmtpListenerOptions *listener, int fd, const NetAddress *peer,
                     const char *name, gboolean is_unix);

/* Goes on with what the client sent. Who is shaking hands is sent away when the server stops. Frees nothing:
 * connections end from the loop. */
void smtp_client_go_on(SmtpClient *client);

/* The server stops: the same, and its end takes no longer than needed. */
void smtp_client_stop(SmtpClient *client);

void smtp_client_free(SmtpClient *client);
