#pragma once
/* Dates and times as people write them in a search.
 *
 *   date-time = date [ ( "T" / SP ) time [ SP ] [ zone ] ]
 *   date = 4DIGIT "-" 1*2DIGIT "-" 1*2DIGIT / 4DIGIT "/" 1*2DIGIT "/" 1*2DIGIT
 *   time = 1*2DIGIT ":" 2DIGIT [ ":" 2DIGIT [ "." 1*9DIGIT ] ]        zone = "Z" / ( "+" / "-" ) 2DIGIT [ ":" ] 2DIGIT
 *
 * Thread: any; reads the system's time zone data.
 * Errors: FALSE: the text is none of these, or no such day.
 * Units and limits: microseconds since 1970, UTC; years 1 to 9999.
 * Source: RFC 3339 5.6, loosened; docs/search.md. */
#include <glib.h>

/* `time_zone` ("Europe/Berlin", "+02:00") holds where the text names none; NULL or an unknown one is UTC. */
gboolean search_date_parse(const char *text, const char *time_zone, gint64 *out_time_us);
