#pragma once
/* What of a message's summary is searched for as text.
 *
 * Thread: the updater's.
 * Errors: STORE_ERROR, of index_text_add().
 * Units and limits: INDEX_TEXT_BYTES_MAX bytes of each text count.
 * Source: docs/search.md. */
#include "index/index_text.h"
#include "message/summary.h"

/* Adds the texts of the message `seq`. */
gboolean index_searchable_add(IndexText *text, gint64 seq, const MailSummary *summary, GError **error);
