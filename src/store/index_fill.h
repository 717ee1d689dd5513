#pragma once
/* What of a mail's summary is searched for as text.
 *
 * Owns: nothing.
 * Thread: the indexer's.
 * Errors: STORE_ERROR, of index_text_add().
 * Units and limits: INDEX_TEXT_OCTETS_MAX octets of each text count.
 * Source: docs/search.md. */
#include "message/summary.h"
#include "store/index_text.h"

/* Adds the texts of the mail `seq`. */
gboolean index_fill(IndexText *text, gint64 seq, const MailSummary *summary, GError **error);
