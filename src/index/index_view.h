#pragma once
/* What is shown of a message, read out of the index.
 *
 * Thread: that of the connection.
 * Source: docs/storage.md, "The index". */
#include "inbox/mail.h"
#include <sqlite3.h>

/* Selects one message: ?1 is its seq. */
extern const char index_view_sql[];

/* The row a statement made of it is at. The caller unrefs. */
InboxMail *index_view_read(sqlite3_stmt *statement);
