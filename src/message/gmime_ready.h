#pragma once
/* GMime's tables, filled when the first mail is read and not at start-up, which need not wait for them.
 *
 * Owns: nothing; what GMime allocates stays until the process ends.
 * Thread: any.
 * Errors: none.
 * Units and limits: none. */

/* To be called before any other function of GMime; cheap when done already. */
void gmime_ready(void);
