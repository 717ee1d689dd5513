#pragma once
/* Bytes that nobody else should see: compared in constant time, wiped before their memory is given back.
 *
 * Thread: any; pure.
 * Source: docs/security.md. */
#include <glib.h>

/* Overwrites; the compiler does not leave it out. */
void auth_wipe(gpointer bytes, gsize n_bytes);

/* Wipes a text up to its end and frees it. NULL is fine. */
void auth_secret_free(char *text);

/* Takes as long whatever the bytes are; only lengths can be told apart. */
gboolean auth_secret_equal(gconstpointer a, gsize a_len, gconstpointer b, gsize b_len);

/* A name or password in the form in which both sides compare it: white space outside ASCII becomes a space, invisible
 * characters vanish, the rest is normalised (NFKC). NULL: no UTF-8, control characters, or nothing left. The caller
 * frees, a password by auth_secret_free(). RFC 4013 without its lists of bidirectional and unassigned characters, so
 * that more is let through than SASLprep does and nothing becomes another text. */
char *auth_text_prepare(const char *text, gsize len);
