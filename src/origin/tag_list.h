#pragma once
/* Lists of tags, "v=1; a=b": of DKIM-Signature fields, of keys, of DMARC's records.
 *
 * Thread: any; pure.
 * Errors: NULL: it is not a list of tags, or has one twice.
 * Units and limits: a list has at most TAG_LIST_BYTES_MAX bytes; linear.
 * Source: RFC 6376 3.2; RFC 7489 6.4. */
#include <glib.h>

enum { TAG_LIST_BYTES_MAX = 64 * 1024 };

/* Tags and their values, char *, without white space around them. The caller unrefs. */
GHashTable *tag_list_parse(const char *text, gsize len);

/* NULL: there is none of this name. */
const char *tag_list_find(GHashTable *tags, const char *name);

/* A value without the white space that may stand in it. The caller frees. */
char *tag_list_squeeze(const char *value);

/* Is `word` among those in a value, which has colons between them? In either case. NULL is not a list. */
gboolean tag_list_has_word(const char *value, const char *word);

/* The bytes of a value in Base64. NULL: it is none, or empty. The caller unrefs. */
GBytes *tag_list_bytes(const char *value);

/* Where in a list the value of the tag "b" is: from behind the "=" up to the semicolon or the end. FALSE: there is
 * none. */
gboolean tag_list_locate_b(const char *text, gsize len, gsize *out_start, gsize *out_end);
