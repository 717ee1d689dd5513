/* Archives that were made are read again, however they are cut; others are rejected. */
#include "syntax/zip.h"
#include "syntax/zip_read.h"
#include <string.h>

static const struct {
  const char *name;
  const char *content;
} files[] = {{"a.eml", "one"}, {"new/empty", ""}, {"cur/x:2,S", "PK\003\004 in the middle"}};

static GByteArray *make_archive(void) {
  g_autoptr(ZipWriter) zip = zip_writer_new();
  GByteArray *archive = g_byte_array_new();

  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    gsize size = strlen(files[i].content);
    guint32 checksum = zip_checksum(0, (const guint8 *)files[i].content, size);
    g_autoptr(GBytes) header = zip_writer_begin_file(zip, files[i].name, 0, checksum, size);
    gsize len;
    const guint8 *bytes = g_bytes_get_data(header, &len);
    g_byte_array_append(archive, bytes, (guint)len);
    g_byte_array_append(archive, (const guint8 *)files[i].content, (guint)strlen(files[i].content));
  }
  g_autoptr(GBytes) end = zip_writer_end(zip);
  gsize len;
  const guint8 *bytes = g_bytes_get_data(end, &len);
  g_byte_array_append(archive, bytes, (guint)len);
  return archive;
}

static void take(ZipReader *reader, const char *bytes, gsize len, GString *told) {
  ZipReadEvent event = ZIP_READ_CONTENT;

  while (event != ZIP_READ_MORE && event != ZIP_READ_BROKEN) {
    ZipPiece piece;
    gsize n_taken;
    event = zip_reader_take(reader, bytes, len, &n_taken, &piece);
    bytes += n_taken;
    len -= n_taken;
    if (event == ZIP_READ_FILE)
      g_string_append_printf(told, "%s|", piece.name);
    else if (event == ZIP_READ_CONTENT)
      g_string_append_len(told, piece.bytes, (gssize)piece.len);
    else if (event != ZIP_READ_MORE)
      g_string_append(told, event == ZIP_READ_FILE_END ? "\n" : event == ZIP_READ_END ? "end" : "broken");
  }
}

/* Cut once at `split`. */
static char *read_archive(const GByteArray *archive, gsize split) {
  g_autoptr(ZipReader) reader = zip_reader_new();
  GString *told = g_string_new(NULL);
  const char *bytes = (const char *)archive->data;

  take(reader, bytes, split, told);
  if (!strstr(told->str, "broken"))
    take(reader, bytes + split, archive->len - split, told);
  return g_string_free(told, FALSE);
}

static const char told_of_files[] = "a.eml|one\nnew/empty|\ncur/x:2,S|PK\003\004 in the middle\nend";

static void every_split_reads_the_same(void) {
  g_autoptr(GByteArray) archive = make_archive();

  for (gsize split = 0; split <= archive->len; split++) {
    g_autofree char *told = read_archive(archive, split);
    g_assert_cmpstr(told, ==, told_of_files);
  }
}

static void byte_by_byte_reads_the_same(void) {
  g_autoptr(GByteArray) archive = make_archive();
  g_autoptr(ZipReader) reader = zip_reader_new();
  g_autoptr(GString) told = g_string_new(NULL);

  for (gsize at = 0; at < archive->len; at++)
    take(reader, (const char *)archive->data + at, 1, told);
  g_assert_cmpstr(told->str, ==, told_of_files);
}

static void what_is_cut_short_has_no_end(void) {
  g_autoptr(GByteArray) archive = make_archive();
  gsize n_files_end = 0;

  for (gsize len = 0; len < archive->len; len++) {
    g_autoptr(ZipReader) reader = zip_reader_new();
    g_autoptr(GString) told = g_string_new(NULL);
    take(reader, (const char *)archive->data, len, told);
    n_files_end += strstr(told->str, "end") == NULL;
  }
  g_assert_cmpuint(n_files_end, >, archive->len / 3);
}

static void other_archives_are_broken(void) {
  /* place, value: signature, encrypted, compressed, checksum, a length, no name, a long one, a long field */
  static const guint8 changes[][2] = {{0, 'X'}, {6, 1},  {8, 8},  {14, 0xAA}, {18, 9},
                                      {26, 0},  {27, 5}, {29, 2}, {30, 0}};

  for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_autoptr(GByteArray) archive = make_archive();
    archive->data[changes[i][0]] = changes[i][1];
    g_autofree char *told = read_archive(archive, archive->len);
    g_assert_nonnull(strstr(told, "broken"));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/syntax/zip_read/every_split_reads_the_same", every_split_reads_the_same);
  g_test_add_func("/syntax/zip_read/byte_by_byte_reads_the_same", byte_by_byte_reads_the_same);
  g_test_add_func("/syntax/zip_read/what_is_cut_short_has_no_end", what_is_cut_short_has_no_end);
  g_test_add_func("/syntax/zip_read/other_archives_are_broken", other_archives_are_broken);
  return g_test_run();
}
