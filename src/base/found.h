#pragma once
/* The result of looking for something, where looking can fail. What was found is in an out-parameter, which is set with
 * FOUND only; the GError only with FOUND_FAILED.
 *
 * Thread: any.
 * Source: docs/design.md, "How the code reads". */

typedef enum { FOUND_FAILED = -1, FOUND_NOTHING = 0, FOUND = 1 } Found;
