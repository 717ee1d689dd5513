/* The journal that a crash left, read whatever is in it. The input is taken twice: as the bytes of a segment, and as a
 * list of records (kind, length of name, length of content in two bytes, name, content), which are sealed with valid
 * checksums, as no fuzzer would find those, and replayed into a Maildir, once as the journal and once as what tells of
 * records of others. Nothing may be written outside of new/ and the places of such records. */
#include "fuzz.h"
#include "store/journal.h"
#include "store/record_files.h"
#include "store/replay.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { GENERATION = 1, RECORDS_MAX = 64 };

static const char *const places[] = {"queue", "hooks", NULL};

static int sync_nothing(const StoreIo *io, int fd) {
  return 0;
}

static void identify_nothing(const StoreIo *io, int dir_fd, StoreIdentity *out_identity) {
  memset(out_identity, 0, sizeof *out_identity);
}

static void read_as_segment(const guint8 *bytes, gsize len) {
  JournalHeader header = {0};

  (void)journal_header_parse(bytes, len, &header);
  gsize offset = MIN(len, JOURNAL_HEADER_BYTES);
  JournalRecord record;
  while (journal_record_parse(bytes, len, header.generation, &offset, &record)) {
    g_assert_true(offset <= len);
    g_assert_true(record.content_len <= JOURNAL_CONTENT_MAX && record.records_len <= JOURNAL_RECORDS_BYTES_MAX);
    g_assert_true(maildir_name_is_sane(record.name, record.name_len));
  }
}

/* Moves *at behind the record. FALSE at the end of the input. */
static gboolean seal_record(const guint8 **at, const guint8 *end, GByteArray *segment) {
  if (end - *at < 4)
    return FALSE;
  JournalKind kind = (JournalKind)(*at)[0];
  gsize name_len = MIN((*at)[1], end - *at - 4);
  gsize content_len = MIN((gsize)(*at)[2] << 8 | (*at)[3], (gsize)(end - *at - 4) - name_len);
  g_autofree char *name = g_strndup((const char *)*at + 4, name_len);
  const struct iovec content = {(gpointer)(*at + 4 + name_len), content_len};
  guint8 header[JOURNAL_RECORD_HEADER_BYTES];
  journal_record_print_header(kind, GENERATION, name, &content, 1, header);
  guint start = segment->len;
  g_byte_array_append(segment, header, sizeof header);
  g_byte_array_append(segment, (const guint8 *)name, (guint)strlen(name));
  g_byte_array_append(segment, content.iov_base, (guint)content_len);
  g_byte_array_set_size(segment, start + (guint)journal_record_bytes(strlen(name), content_len));
  *at += 4 + name_len + content_len;
  return TRUE;
}

static guint write_journal(const char *path, const guint8 *bytes, gsize len, guint n_segments) {
  static const StoreIdentity unknown;
  const JournalHeader header = {.generation = GENERATION, .identity = unknown};
  g_autoptr(GByteArray) segment = g_byte_array_new();

  g_byte_array_set_size(segment, JOURNAL_HEADER_BYTES);
  journal_header_print(&header, segment->data);
  const guint8 *at = bytes;
  guint n_records = 0;
  while (n_records < RECORDS_MAX && seal_record(&at, bytes + len, segment))
    n_records++;
  g_byte_array_set_size(segment, n_segments * segment->len); /* a second segment is empty */
  g_assert_true(g_file_set_contents(path, (const char *)segment->data, segment->len, NULL));
  return n_records;
}

static gboolean remove_one(const char *file_name, gpointer user_data) {
  g_assert_true(maildir_name_is_sane(file_name, strlen(file_name)));
  g_assert_cmpint(unlinkat(*(const int *)user_data, file_name, 0), ==, 0);
  return TRUE;
}

static void remove_records(const Maildir *maildir, const StoreIo *io) {
  for (const char *const *place = places; *place; place++) {
    g_autofree char *name = g_strconcat("dsmtpd.", *place, NULL);
    int directory_fd = record_directory_open(maildir, io, *place, FALSE, FALSE);
    if (directory_fd < 0)
      continue;
    g_assert_true(maildir_for_each(directory_fd, remove_one, &directory_fd, NULL));
    g_assert_cmpint(close(directory_fd), ==, 0);
    g_assert_cmpint(unlinkat(maildir->dir_fd, name, AT_REMOVEDIR), ==, 0);
  }
}

static void replay(const guint8 *bytes, gsize len, const char *file_name, guint n_segments) {
  StoreIo io = *store_io_system();

  io.sync = io.sync_data = io.sync_filesystem = sync_nothing;
  io.identify = identify_nothing;
  g_autofree char *scratch = g_dir_make_tmp("fuzz-journal-XXXXXX", NULL);
  g_autofree char *place = g_build_filename(scratch, "mail", NULL);
  g_autoptr(Maildir) maildir = maildir_open(place, MAILDIR_MAKE_NOTHING, &io, NULL);
  g_autofree char *path = g_build_filename(place, file_name, NULL);
  guint n_records = write_journal(path, bytes, len, n_segments);
  guint n_recovered;
  g_assert_true(replay_journal(maildir, &io, places, &n_recovered, NULL));
  g_assert_true(n_recovered <= n_records);
  g_assert_true(maildir_for_each(maildir->new_fd, remove_one, &maildir->new_fd, NULL));
  remove_records(maildir, &io);
  /* These succeed on empty directories only. */
  static const char *const directories[] = {"tmp", "new", "cur"};
  for (gsize i = 0; i < G_N_ELEMENTS(directories); i++)
    g_assert_cmpint(unlinkat(maildir->dir_fd, directories[i], AT_REMOVEDIR), ==, 0);
  g_assert_cmpint(g_rmdir(place), ==, 0);
  g_assert_cmpint(g_rmdir(scratch), ==, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  read_as_segment(bytes, len);
  replay(bytes, len, JOURNAL_NAME, JOURNAL_SEGMENTS);
  replay(bytes, len, JOURNAL_PENDING_NAME, 1);
  return 0;
}
