#pragma once
/* What is shown of a mail, read out of the index.
 *
 * Owns: nothing.
 * Thread: that of the connection.
 * Errors: none.
 * Units and limits: see store/index_mail.h.
 * Source: docs/storage.md, "The index". */
#include "store/index_mail.h"
#include <sqlite3.h>

/* Selects one mail: ?1 is its seq. */
extern const char index_view_sql[];

/* The row a statement made of it is at. The caller unrefs. */
IndexMail *index_view_read(sqlite3_stmt *statement);
