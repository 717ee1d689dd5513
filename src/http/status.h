#pragma once
/* What the statuses of HTTP are called.
 *
 * Thread: any.
 * Source: RFC 9110 15; RFC 6585 (428, 429, 431, 511); the IANA registry of status codes. */
#include <glib.h>

/* "Not Found"; "Unknown" for what the registry does not have. Static. */
const char *http_status_reason(guint status);
