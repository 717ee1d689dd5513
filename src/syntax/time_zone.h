#pragma once
/* Time zones by name, also where the system has no time zone database: containers often lack it.
 *
 * Thread: any.
 * Units and limits: without the database, the rule of today counts for all years.
 * Source: the IANA time zone database (time_zone_rows.inc), POSIX TZ. */
#include <glib.h>

/* Such as "Europe/Berlin". NULL: unknown. */
GTimeZone *time_zone_find(const char *name);
