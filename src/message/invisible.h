#pragma once
/* Characters of a text that show nothing. Senders put them into long URLs and codes, where readers do not see them.
 *
 * Thread: any; pure.
 * Units and limits: one character.
 * Source: Unicode, Default_Ignorable_Code_Point, as far as mail has them in the middle of words. web/mail/linkify.js
 * has the same ones. */
#include <glib.h>

gboolean character_is_invisible(gunichar c);
