#include "index/index_uids.h"

#include "inbox/change.h"
#include "index/index_row.h"
#include "index/index_tag.h"
#include "index/sql.h"

enum {
  FILL_BYTES = 64 * 1024,
  RETRY_US = 5 * 1000 * 1000, /* after the file could not be written again */
  SYNC_US = 5 * 1000 * 1000   /* how long a new UID may be on disk in part only: it is then another one after a crash */
};

/* uid_known: what the file says of messages that are not in `mail`. `uid` 0: it is to get one. `tags` NULL: they are
 * those that it asks for itself. */
const char index_uids_schema[] =
    "CREATE TABLE uid_known(id TEXT PRIMARY KEY, uid INTEGER NOT NULL, tags TEXT) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX uid_known_by_uid ON uid_known(uid) WHERE uid > 0;"
    "CREATE TABLE uid_list(file_id TEXT NOT NULL, offset INTEGER NOT NULL, n_lines INTEGER NOT NULL,"
    " validity INTEGER NOT NULL, last_uid INTEGER NOT NULL, last_number INTEGER NOT NULL, since INTEGER NOT NULL);"
    "INSERT INTO uid_list VALUES('', 0, 0, 0, 0, 0, 0);";

typedef enum {
  KNOW,
  KNOW_TAGS,
  KNOW_NO_UID,
  FIND_KNOWN,
  REMOVE_KNOWN,
  TAGS_OF,
  TOUCH,
  KEEP_TAGS,
  STORE,
  STATEMENTS_N
} Statement;

static const char *const sql[STATEMENTS_N] = {
    [KNOW] = "INSERT OR REPLACE INTO uid_known(id, uid, tags) VALUES(?1, ?2, ?3)",
    /* Where another message has the UID, this one gets it: later lines win. */
    [KNOW_TAGS] = "INSERT OR REPLACE INTO uid_known(id, uid, tags) VALUES(?1, ?2, ?3)"
                  " ON CONFLICT(id) DO UPDATE SET tags = ?3",
    [KNOW_NO_UID] = "DELETE FROM uid_known WHERE uid > 0 AND uid = ?2",
    [FIND_KNOWN] = "SELECT uid, tags FROM uid_known WHERE id = ?1",
    [REMOVE_KNOWN] = "DELETE FROM uid_known WHERE id = ?1",
    [TAGS_OF] = "SELECT uid, id, (SELECT group_concat(name) FROM mail_tag JOIN tag ON tag.id = mail_tag.tag"
                " WHERE mail_tag.seq = mail.seq) FROM mail WHERE seq = ?1",
    [TOUCH] = "UPDATE mail SET changed = ?2 WHERE seq = ?1",
    [KEEP_TAGS] = "UPDATE mail SET keeps_tags = 1 WHERE seq = ?1",
    [STORE] = "UPDATE uid_list SET file_id = ?1, offset = ?2, n_lines = ?3, validity = ?4, last_uid = ?5,"
              " last_number = ?6, since = ?7",
};

struct IndexUids {
  sqlite3 *db;
  UidList *list;
  sqlite3_stmt *statements[STATEMENTS_N];
  UidListMark mark;
  guint32 validity; /* 0: none yet */
  guint32 last_uid;
  guint64 last_number; /* with the transaction under way */
  guint64 committed_number;
  guint64 since;
  guint64 n_known; /* about */
  gboolean is_fresh;
  gboolean ignores_known_uids; /* all are given again */
  gboolean syncs;              /* what is in the transaction is to last */
  gint64 retry_us;
  gint64 synced_us;
  char *notice;
  GError *error; /* of what was read */
};

/* --- values */

static guint32 uid_of(sqlite3_stmt *statement, int column) {
  return (guint32)CLAMP(sqlite3_column_int64(statement, column), 0, (gint64)UID_MAX);
}

static gboolean run(IndexUids *uids, Statement which, const char *id, gint64 number, const char *tags, GError **error) {
  sqlite3_stmt *statement = uids->statements[which];

  (void)sqlite3_clear_bindings(statement);
  if (id)
    sql_bind_text(statement, 1, id);
  if (sqlite3_bind_parameter_count(statement) >= 2)
    sqlite3_bind_int64(statement, 2, number);
  if (sqlite3_bind_parameter_count(statement) >= 3)
    sql_bind_text(statement, 3, tags);
  return sql_done(statement, error);
}

static GPtrArray *split_tags(const char *tags) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  g_auto(GStrv) parts = g_strsplit(tags, ",", -1);

  for (char **part = parts; *part; part++)
    if (**part)
      g_ptr_array_add(names, g_strdup(*part));
  return inbox_tags_clean(names);
}

/* --- reading the file */

static void read_line(const UidListLine *line, gpointer user_data) {
  IndexUids *uids = user_data;

  if (uids->error)
    return;
  switch (line->kind) {
  case UIDLIST_ADDED:
    (void)run(uids, KNOW, line->id, line->uid, NULL, &uids->error);
    uidlist_raise_uid(uids->list, line->uid);
    uids->n_known++;
    break;
  case UIDLIST_TAGGED:
    (void)run(uids, KNOW_TAGS, line->id, line->uid, line->tags, &uids->error);
    uids->n_known++;
    break;
  case UIDLIST_REMOVED:
    (void)run(uids, KNOW_NO_UID, NULL, line->uid, NULL, &uids->error);
    break;
  case UIDLIST_CLEARED:
    (void)sql_run(uids->db, "DELETE FROM uid_known", &uids->error);
    break;
  default:
    break;
  }
}

static gboolean read_state(IndexUids *uids, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(uids->db,
                   "SELECT file_id, offset, n_lines, validity, last_uid, last_number, since,"
                   " (SELECT count(*) FROM (SELECT 1 FROM uid_known LIMIT 1)) FROM uid_list",
                   &statement, error))
    return FALSE;
  int result = sqlite3_step(statement);
  if (result == SQLITE_ROW) {
    g_autofree char *file_id = index_row_text(statement, 0);
    g_strlcpy(uids->mark.file_id, file_id, sizeof uids->mark.file_id);
    uids->mark.offset = sqlite3_column_int64(statement, 1);
    uids->mark.n_lines = (guint64)MAX(sqlite3_column_int64(statement, 2), 0);
    uids->validity = (guint32)CLAMP(sqlite3_column_int64(statement, 3), 0, (gint64)G_MAXUINT32);
    uids->last_uid = uid_of(statement, 4);
    uids->last_number = (guint64)CLAMP(sqlite3_column_int64(statement, 5), 0, INDEX_SEQ_MAX);
    uids->since = (guint64)CLAMP(sqlite3_column_int64(statement, 6), 0, INDEX_SEQ_MAX);
    uids->n_known = (guint64)sqlite3_column_int64(statement, 7);
  } else if (result != SQLITE_DONE) {
    sql_failed(uids->db, error);
  }
  sqlite3_finalize(statement);
  return result == SQLITE_ROW ||
         (result == SQLITE_DONE && sql_run(uids->db, "INSERT INTO uid_list VALUES('', 0, 0, 0, 0, 0, 0)", error));
}

/* Messages of the index that have none get UIDs, in their order. */
static gboolean give_uids(IndexUids *uids, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(uids->db, "SELECT seq FROM mail WHERE uid = 0 ORDER BY seq", &statement, error))
    return FALSE;
  g_autoptr(GArray) seqs = sql_read_numbers(statement, error);
  gboolean ok = seqs && sql_prepare(uids->db, "UPDATE mail SET uid = ?2 WHERE seq = ?1", &statement, error);
  for (guint i = 0; ok && i < seqs->len; i++) {
    sqlite3_bind_int64(statement, 1, g_array_index(seqs, gint64, i));
    sqlite3_bind_int64(statement, 2, uidlist_next_uid(uids->list));
    ok = sql_done(statement, error);
  }
  if (seqs)
    sqlite3_finalize(statement);
  if (ok && seqs->len > 0)
    uidlist_want_rewrite(uids->list);
  return ok;
}

/* All begin again with 1; clients learn it by another UIDVALIDITY. */
static gboolean renumber(IndexUids *uids, GError **error) {
  uidlist_renew(uids->list, MAX(uids->validity, uidlist_validity(uids->list)));
  uids->ignores_known_uids = TRUE;
  return sql_run(uids->db, "UPDATE mail SET uid = 0", error) && give_uids(uids, error);
}

static gboolean keep_tags(IndexUids *uids, gint64 seq, GError **error) {
  sqlite3_stmt *statement = uids->statements[KEEP_TAGS];

  sqlite3_bind_int64(statement, 1, seq);
  return sql_done(statement, error);
}

static gboolean touch(IndexUids *uids, gint64 seq, GError **error) {
  sqlite3_stmt *statement = uids->statements[TOUCH];

  sqlite3_bind_int64(statement, 1, seq);
  sqlite3_bind_int64(statement, 2, (gint64)index_uids_next_number(uids));
  return sql_done(statement, error);
}

/* Messages whose tags were set and that are in the index get those of the file. */
static gboolean take_tags(IndexUids *uids, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(uids->db,
                   "SELECT mail.seq, uid_known.tags FROM uid_known JOIN mail USING (id) WHERE tags IS NOT NULL",
                   &statement, error))
    return FALSE;
  gboolean ok = TRUE;
  int result = SQLITE_DONE;
  while (ok && (result = sqlite3_step(statement)) == SQLITE_ROW) {
    gint64 seq = sqlite3_column_int64(statement, 0);
    g_autofree char *text = index_row_text(statement, 1);
    g_autoptr(GPtrArray) tags = split_tags(text);
    ok = index_tag_set(uids->db, seq, tags, error) && keep_tags(uids, seq, error) && touch(uids, seq, error);
  }
  sqlite3_finalize(statement);
  return ok && (result == SQLITE_DONE || sql_failed(uids->db, error));
}

/* What the file says of messages that are in the index. */
static gboolean take_known(IndexUids *uids, GError **error) {
  return uids->n_known == 0 || (sql_run(uids->db,
                                        "UPDATE mail SET uid = (SELECT uid FROM uid_known WHERE uid_known.id = mail.id)"
                                        " WHERE id IN (SELECT id FROM uid_known WHERE uid > 0)",
                                        error) &&
                                take_tags(uids, error) &&
                                sql_run(uids->db, "DELETE FROM uid_known WHERE id IN (SELECT id FROM mail)", error));
}

/* Another file than the index was made with, or the first: it counts. */
static gboolean take_all(IndexUids *uids, GError **error) {
  guint64 n_damaged = 0;

  if (!sql_run(uids->db, "UPDATE mail SET uid = 0; DELETE FROM uid_known WHERE uid > 0", error))
    return FALSE;
  uidlist_read_all(uids->list, &uids->mark, read_line, uids, &n_damaged);
  if (n_damaged > 0)
    uids->notice = g_strdup_printf(UIDLIST_NAME ": lines that could not be read, and were left out: %" G_GUINT64_FORMAT,
                                   n_damaged);
  if (uids->error)
    g_propagate_error(error, g_steal_pointer(&uids->error));
  else if (uidlist_validity(uids->list) == 0 && uids->validity != 0)
    uidlist_restore(uids->list, uids->validity, 0);
  else if (uidlist_validity(uids->list) == 0)
    uidlist_restore(uids->list, (guint32)(g_get_real_time() / G_USEC_PER_SEC), 0);
  return *error == NULL && take_known(uids, error) && give_uids(uids, error);
}

/* Where they part, the index may lack the last lines of the file, or the file the last messages of the index. */
static gboolean take_file(IndexUids *uids, GError **error) {
  UidList *list = uids->list;
  gint64 offset = uids->mark.offset;

  if (!uidlist_look(list) && uids->validity != 0) {                         /* somebody removed it */
    guint32 skipped = uids->mark.file_id[0] != '\0' ? UIDLIST_STEP_MAX : 0; /* given out, and in no index */
    guint32 last_uid = uids->last_uid > UID_MAX - skipped ? UID_MAX : uids->last_uid + skipped;
    uidlist_restore(list, uids->validity, last_uid);
    return TRUE;
  }
  uidlist_raise_uid(list, uids->last_uid);
  if (uidlist_read_on(list, &uids->mark, read_line, uids)) {
    if (uids->error)
      g_propagate_error(error, g_steal_pointer(&uids->error));
    return *error == NULL && (uids->mark.offset == offset || take_known(uids, error));
  }
  if (uidlist_is_same(list, &uids->mark)) { /* a power cut took its end, or it could not be written */
    uidlist_want_rewrite(list);
    return TRUE;
  }
  return take_all(uids, error);
}

static gboolean take_old_tags(IndexUids *uids, GHashTable *old_tags, GError **error) {
  GHashTableIter iter;
  gpointer id, names;
  gboolean ok = TRUE;

  g_hash_table_iter_init(&iter, old_tags);
  while (ok && g_hash_table_iter_next(&iter, &id, &names)) {
    g_ptr_array_add(names, NULL);
    g_autofree char *tags = g_strjoinv(",", (char **)((GPtrArray *)names)->pdata);
    ok = run(uids, KNOW_TAGS, id, 0, tags, error);
    uids->n_known++;
  }
  return ok;
}

static gboolean open_all(IndexUids *uids, GHashTable *old_tags, GError **error) {
  for (guint i = 0; i < STATEMENTS_N; i++)
    if (!sql_prepare(uids->db, sql[i], &uids->statements[i], error))
      return FALSE;
  g_autoptr(GError) reason = NULL;
  if (!read_state(uids, &reason) || !take_file(uids, &reason) ||
      (old_tags && !take_old_tags(uids, old_tags, &reason))) {
    g_propagate_error(error, g_steal_pointer(&reason));
    return FALSE;
  }
  uidlist_raise_number(uids->list, uids->last_number);
  uids->last_number = MAX(uids->last_number, uidlist_last_number(uids->list));
  uids->is_fresh = uids->since == 0;
  if (uids->is_fresh) /* who has seen something of before does not know what went since */
    uids->since = index_uids_next_number(uids);
  uids->committed_number = uids->last_number;
  return !uidlist_is_exhausted(uids->list) || renumber(uids, error);
}

IndexUids *index_uids_new(sqlite3 *db, UidList *list, GHashTable *old_tags, GError **error) {
  IndexUids *uids = g_new0(IndexUids, 1);

  uids->db = db;
  uids->list = list;
  if (!open_all(uids, old_tags, error))
    g_clear_pointer(&uids, index_uids_free);
  return uids;
}

void index_uids_free(IndexUids *uids) {
  if (!uids)
    return;
  for (guint i = 0; i < STATEMENTS_N; i++)
    sqlite3_finalize(uids->statements[i]);
  g_clear_error(&uids->error);
  g_free(uids->notice);
  g_free(uids);
}

/* --- messages */

static gboolean find_known(IndexUids *uids, const char *id, guint32 *out_uid, GPtrArray **out_tags, GError **error) {
  sqlite3_stmt *statement = uids->statements[FIND_KNOWN];

  sql_bind_text(statement, 1, id);
  int result = sqlite3_step(statement);
  if (result == SQLITE_ROW) {
    g_autofree char *tags = index_row_text_or_null(statement, 1);
    *out_uid = uids->ignores_known_uids ? 0 : uid_of(statement, 0);
    *out_tags = tags ? split_tags(tags) : NULL;
  } else if (result != SQLITE_DONE) {
    sql_failed(uids->db, error);
  }
  sqlite3_reset(statement);
  return result == SQLITE_DONE || (result == SQLITE_ROW && run(uids, REMOVE_KNOWN, id, 0, NULL, error));
}

gboolean index_uids_assign(IndexUids *uids, const char *id, guint32 *out_uid, GPtrArray **out_tags, GError **error) {
  *out_uid = 0;
  *out_tags = NULL;
  if (uids->n_known > 0 && !find_known(uids, id, out_uid, out_tags, error))
    return FALSE;
  if (*out_uid != 0)
    return TRUE;
  if (uidlist_is_exhausted(uids->list) && !renumber(uids, error))
    return FALSE;
  *out_uid = uidlist_next_uid(uids->list);
  const UidListLine line = {.kind = UIDLIST_ADDED, .uid = *out_uid, .id = id};
  uidlist_put(uids->list, &line);
  if (*out_tags) /* of an older index: they are not in the file */
    uidlist_want_rewrite(uids->list);
  return TRUE;
}

gboolean index_uids_settle(IndexUids *uids, GError **error) {
  uids->is_fresh = FALSE;
  if (uids->n_known == 0)
    return TRUE;
  uids->n_known = 0;
  uids->ignores_known_uids = FALSE;
  if (!sql_run(uids->db, "DELETE FROM uid_known WHERE TRUE", error)) /* "TRUE": so that they are counted */
    return FALSE;
  if (sqlite3_changes(uids->db) > 0)
    uidlist_want_rewrite(uids->list);
  return TRUE;
}

void index_uids_remove(IndexUids *uids, guint32 uid) {
  const UidListLine line = {.kind = UIDLIST_REMOVED, .uid = uid};

  if (uid != 0)
    uidlist_put(uids->list, &line);
}

void index_uids_clear(IndexUids *uids) {
  const UidListLine line = {.kind = UIDLIST_CLEARED};

  uidlist_put(uids->list, &line);
}

gboolean index_uids_tag(IndexUids *uids, gint64 seq, GError **error) {
  sqlite3_stmt *statement = uids->statements[TAGS_OF];

  sqlite3_bind_int64(statement, 1, seq);
  int result = sqlite3_step(statement);
  if (result == SQLITE_ROW) {
    g_autofree char *id = index_row_text(statement, 1);
    g_autofree char *tags = index_row_text(statement, 2);
    const UidListLine line = {.kind = UIDLIST_TAGGED, .uid = uid_of(statement, 0), .id = id, .tags = tags};
    uidlist_put(uids->list, &line);
  }
  sqlite3_reset(statement);
  uids->syncs = TRUE;
  return (result == SQLITE_ROW || result == SQLITE_DONE || sql_failed(uids->db, error)) && keep_tags(uids, seq, error);
}

/* --- numbers */

guint64 index_uids_next_number(IndexUids *uids) {
  return uids->last_number = uidlist_next_number(uids->list);
}

guint64 index_uids_arrival_number(IndexUids *uids, guint64 cursor) {
  return cursor > uids->last_number ? (uids->last_number = cursor) : index_uids_next_number(uids);
}

guint64 index_uids_last_number(const IndexUids *uids) {
  return uids->last_number;
}

void index_uids_raise_since(IndexUids *uids, guint64 since) {
  uids->since = MAX(uids->since, since);
}

gboolean index_uids_is_fresh(const IndexUids *uids) {
  return uids->is_fresh;
}

/* --- the end of a transaction */

/* What is known of messages that are still to be added belongs to the file as well. */
static const char all_sql[] =
    "SELECT uid, id, keeps_tags, (SELECT group_concat(name) FROM mail_tag JOIN tag ON tag.id = mail_tag.tag"
    " WHERE mail_tag.seq = mail.seq) FROM mail WHERE uid > 0"
    " UNION ALL SELECT uid, id, tags IS NOT NULL, tags FROM uid_known WHERE uid > 0 ORDER BY uid";

static gboolean fill_cb(GString *out, gpointer user_data, GError **error) {
  sqlite3_stmt *statement = user_data;
  int result = SQLITE_ROW;

  while (out->len < FILL_BYTES && (result = sqlite3_step(statement)) == SQLITE_ROW) {
    g_autofree char *id = index_row_text(statement, 1);
    g_autofree char *tags = index_row_text(statement, 3);
    UidListLine line = {.kind = UIDLIST_ADDED, .uid = uid_of(statement, 0), .id = id, .tags = tags};
    uidlist_print(out, &line);
    line.kind = UIDLIST_TAGGED;
    if (sqlite3_column_int(statement, 2))
      uidlist_print(out, &line);
  }
  if (result != SQLITE_ROW && result != SQLITE_DONE)
    sql_failed(sqlite3_db_handle(statement), error);
  return result == SQLITE_ROW;
}

static void rewrite(IndexUids *uids, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (sql_prepare(uids->db, all_sql, &statement, error))
    (void)uidlist_rewrite(uids->list, fill_cb, statement, error);
  sqlite3_finalize(statement);
}

static gboolean store(IndexUids *uids, GError **error) {
  sqlite3_stmt *statement = uids->statements[STORE];

  uids->mark = uidlist_mark(uids->list);
  uids->validity = uidlist_validity(uids->list);
  uids->last_uid = uidlist_last_uid(uids->list);
  sql_bind_text(statement, 1, uids->mark.file_id);
  sqlite3_bind_int64(statement, 2, uids->mark.offset);
  sqlite3_bind_int64(statement, 3, (gint64)uids->mark.n_lines);
  sqlite3_bind_int64(statement, 4, uids->validity);
  sqlite3_bind_int64(statement, 5, uids->last_uid);
  sqlite3_bind_int64(statement, 6, (gint64)uids->last_number);
  sqlite3_bind_int64(statement, 7, (gint64)uids->since);
  return sql_done(statement, error);
}

/* Lines for which there is no reason any more are as many again, at most; and UIDs need no file at once where it cannot
 * be written. */
gboolean index_uids_commit(IndexUids *uids, guint64 n_messages, GError **error) {
  gint64 now_us = g_get_monotonic_time();
  g_autoptr(GError) reason = NULL;

  uids->syncs |= uidlist_has_unsynced(uids->list) && now_us - uids->synced_us > SYNC_US;
  if (uids->syncs)
    uids->synced_us = now_us;
  (void)uidlist_flush(uids->list, uids->syncs, &reason);
  uids->syncs = FALSE;
  if (!reason && now_us >= uids->retry_us && uidlist_wants_rewrite(uids->list, n_messages + uids->n_known))
    rewrite(uids, &reason);
  if (reason) {
    uids->retry_us = now_us + RETRY_US;
    g_free(uids->notice);
    uids->notice = g_strdup_printf("UIDs and tags are in the index alone for now: %s", reason->message);
  }
  if (!store(uids, error))
    return FALSE;
  uids->committed_number = uids->last_number;
  return TRUE;
}

void index_uids_rollback(IndexUids *uids) {
  uidlist_drop(uids->list);
  uids->syncs = FALSE;
}

void index_uids_tend(IndexUids *uids) {
  uidlist_sync(uids->list);
}

char *index_uids_take_notice(IndexUids *uids) {
  return uids->notice ? g_steal_pointer(&uids->notice) : uidlist_take_notice(uids->list);
}
