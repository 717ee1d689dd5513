#pragma once
/* What is in the API's answers.
 *
 * Thread: any.
 * Errors: what is not there is an empty text, or 0.
 * Source: docs/api.md. */
#include <glib.h>
#include <jansson.h>

/* Lent by the object. Never NULL. */
const char *json_member_text(const json_t *object, const char *name);

/* Of a message: a message may go to somebody whom none of its fields names. Lent. */
const json_t *json_member_recipients(const json_t *mail);

gint64 json_member_number(const json_t *object, const char *name);
