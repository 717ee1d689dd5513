#pragma once
/* The server's half of SCRAM-SHA-256: its messages and its arithmetic, without randomness, users or state of a session.
 *
 * Owns: a ScramExchange owns what it keeps of the messages.
 * Thread: any; one at a time.
 * Errors: FALSE; what the client sent is malformed, or its proof is wrong.
 * Units and limits: SCRAM_NONCE_MAX bytes of a client's nonce; names are limited by the caller.
 * Source: RFC 5802 3, 5 and 7; RFC 7677. No channel binding: SCRAM-SHA-256-PLUS is not offered. */
#include <glib.h>

enum { SCRAM_KEY_BYTES = 32, SCRAM_SALT_MAX = 96, SCRAM_NONCE_MAX = 256, SCRAM_ROUNDS_MIN = 4096 };

/* What a server keeps of a password (RFC 5802 3). */
typedef struct ScramVerifier {
  guint rounds;
  guint8 salt[SCRAM_SALT_MAX];
  gsize salt_len;
  guint8 stored_key[SCRAM_KEY_BYTES];
  guint8 server_key[SCRAM_KEY_BYTES];
} ScramVerifier;

/* Reads SCRAM-SHA-256$<rounds>:<salt>$<StoredKey>:<ServerKey>, in Base64 (RFC 5803). */
gboolean scram_verifier_parse(const char *text, guint rounds_max, ScramVerifier *out_verifier);

/* Sets the keys from a prepared password, by the verifier's salt and rounds: slow. */
void scram_verifier_derive(ScramVerifier *verifier, const char *password);

typedef struct ScramExchange {
  char *name;       /* from the client's first message; not prepared */
  char *authzid;    /* NULL: none */
  char *header;     /* gs2-header */
  char *first_bare; /* client-first-message-bare */
  char *nonce;      /* the client's, then both */
  char *server_first;
  char *final_bare; /* client-final-message-without-proof */
  guint8 proof[SCRAM_KEY_BYTES];
} ScramExchange;

void scram_exchange_clear(ScramExchange *exchange);

/* A saslname: =2C stands for a comma and =3D for "=". The caller frees; NULL: anything else behind "=", or nothing. */
char *scram_name_decode(const char *text);

/* Reads "n,,n=user,r=nonce". */
gboolean scram_read_client_first(ScramExchange *exchange, const char *text, gsize len);

/* What the server answers: "r=...,s=...,i=..."; lent. `server_nonce` is printable and has no comma. */
const char *scram_print_server_first(ScramExchange *exchange, const char *server_nonce, const ScramVerifier *verifier);

/* Reads "c=...,r=...,p=..." and compares all but the proof. */
gboolean scram_read_client_final(ScramExchange *exchange, const char *text, gsize len);

/* Checks the proof. Returns "v=...", which the caller frees, or NULL. */
char *scram_check_proof(const ScramExchange *exchange, const ScramVerifier *verifier);
