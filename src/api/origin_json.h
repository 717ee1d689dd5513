#pragma once
/* A report on who a message is from, as the API tells it.
 *
 * Owns: nothing; the report is borrowed.
 * Thread: any; pure.
 * Units and limits: those of origin/origin.h.
 * Source: docs/origin.md. */
#include "origin/origin.h"
#include <jansson.h>

/* The caller has the reference. */
json_t *origin_json(const OriginReport *report);
