#pragma once
/* The index compared with the Maildir: what is missing comes in, what has moved is moved, what is gone goes. In steps,
 * so that messages which arrive meanwhile need not wait.
 *
 * Owns: an IndexScan its place in the directories, 16 bytes for each message, and the names of those it adds
 *       next.
 * Thread: the updater's.
 * Errors: INBOX_ERROR, of the database or because a directory cannot be read; the scan is then to be freed.
 * Units and limits: a step takes as long as is asked for, and one message more.
 * Source: docs/storage.md, "The index". */
#include "index/index_sync.h"

typedef struct IndexScan IndexScan;

/* `expects`: see index_sync_find(). `at_once`: of so many messages that are not known the names are kept. */
IndexScan *index_scan_new(IndexSync *work, gboolean expects, guint at_once);
void index_scan_free(IndexScan *scan);

typedef enum { INDEX_SCAN_FAILED, INDEX_SCAN_MORE, INDEX_SCAN_DONE } IndexScanState;

IndexScanState index_scan_step(IndexScan *scan, gint64 until_us, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexScan, index_scan_free)
