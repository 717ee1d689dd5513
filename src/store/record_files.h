#pragma once
/* The files of records: one directory for each place, in it one file for each record.
 *
 * Owns: the directories dsmtpd.<place>; each is made with its first record.
 * Thread: any that may block. What takes a delivery is the committer's.
 * Errors: INBOX_ERROR, or errno where nothing else is said.
 * Units and limits: those of store/delivery_record.h.
 * Source: docs/storage.md, "Records of others". */
#include "maildir/parts.h"
#include "store/delivery_record.h"

/* Opens the directory of a place, made where it is missing if `makes`, then durably if `durable`. -1 with errno. */
int record_directory_open(const Maildir *maildir, const StoreIo *io, const char *place, gboolean makes,
                          gboolean durable);

/* Syncs the directories of all places that are there. */
int record_directories_sync(const Maildir *maildir, const StoreIo *io, const char *const *places);

/* What a record is called in tmp/. The caller frees. */
char *record_tmp_name(const char *place, const char *name);

/* Writes records into tmp/, and leaves their files open. */
int record_files_write(const StoreParts *parts, const GPtrArray *records);

/* Syncs those files if `durable`, and closes them. */
int record_files_close(const StoreParts *parts, const GPtrArray *records);

/* Moves them into their places. */
int record_files_show(const StoreParts *parts, const GPtrArray *records);

/* Removes them, wherever they are by now. */
void record_files_discard(const StoreParts *parts, const GPtrArray *records);

/* The records of a place, in no order: an array of DeliveryRecord, which the caller frees. NULL: *error is set. */
GPtrArray *record_files_read(const StoreParts *parts, const char *place, GError **error);

/* Removes one, durably if `durable`. One that is not there is fine. */
gboolean record_files_remove(const StoreParts *parts, const char *place, const char *name, GError **error);
