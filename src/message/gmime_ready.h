#pragma once
/* GMime's tables, filled when the first message is read and not at start-up, which need not wait for them.
 *
 * Owns: nothing; what GMime allocates stays until the process ends.
 * Thread: any. */

/* To be called before any other function of GMime; cheap when done already. */
void gmime_ready(void);
