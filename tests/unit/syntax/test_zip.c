/* Archives are read by Python's zipfile, which Meson brings along. */
#include "syntax/zip.h"
#include <glib/gstdio.h>
#include <string.h>

static const gint64 time_us = 1700000001 * G_GINT64_CONSTANT(1000000); /* 2023-11-14 22:13:21 */

static void add(ZipWriter *zip, GByteArray *out, const char *name, const char *text) {
  guint32 checksum = 0;

  for (const char *at = text; *at != '\0'; at++)
    checksum = zip_checksum(checksum, (const guint8 *)at, 1);
  g_autoptr(GBytes) header = zip_writer_begin_file(zip, name, time_us, checksum, strlen(text));

  g_byte_array_append(out, g_bytes_get_data(header, NULL), (guint)g_bytes_get_size(header));
  g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

static void end(ZipWriter *zip, GByteArray *out) {
  g_autoptr(GBytes) bytes = zip_writer_end(zip);

  g_byte_array_append(out, g_bytes_get_data(bytes, NULL), (guint)g_bytes_get_size(bytes));
}

/* Runs the program over the archive, which it knows as `z`, and returns what it prints. */
static char *ask_python(const GByteArray *archive, const char *program) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *whole = g_strdup_printf("import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n%s", program);
  char *output = NULL;
  int status = 0;
  int fd = g_file_open_tmp("zip-XXXXXX", &path, &error);

  g_assert_no_error(error);
  g_close(fd, NULL);
  g_file_set_contents(path, (const char *)archive->data, archive->len, &error);
  g_assert_no_error(error);
  const char *arguments[] = {"python3", "-c", whole, path, NULL};
  g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
  g_unlink(path);
  g_assert_no_error(error);
  g_assert_cmpint(status, ==, 0);
  return output;
}

static void files_are_as_they_were(void) {
  g_autoptr(ZipWriter) zip = zip_writer_new();
  g_autoptr(GByteArray) archive = g_byte_array_new();

  add(zip, archive, "a.eml", "Subject: a\r\n\r\nhello");
  add(zip, archive, "empty.eml", "");
  end(zip, archive);
  g_autofree char *said = ask_python(archive, "print(z.testzip(), [(i.filename, i.file_size, i.date_time, "
                                              "oct(i.external_attr >> 16), z.read(i)) for i in z.infolist()])");
  g_assert_cmpstr(said, ==,
                  "None [('a.eml', 19, (2023, 11, 14, 22, 13, 20), '0o100644', b'Subject: a\\r\\n\\r\\nhello'), "
                  "('empty.eml', 0, (2023, 11, 14, 22, 13, 20), '0o100644', b'')]\n");
}

static void no_files_are_an_archive_too(void) {
  g_autoptr(ZipWriter) zip = zip_writer_new();
  g_autoptr(GByteArray) archive = g_byte_array_new();

  end(zip, archive);
  g_autofree char *said = ask_python(archive, "print(z.namelist())");
  g_assert_cmpstr(said, ==, "[]\n");
}

/* At 65,535 files the plain record can no longer tell their number. */
static void many_files_need_zip64(void) {
  for (guint n = 65534; n <= 65535; n++) {
    g_autoptr(ZipWriter) zip = zip_writer_new();
    g_autoptr(GByteArray) archive = g_byte_array_new();
    for (guint i = 0; i < n; i++)
      add(zip, archive, "x", "y");
    end(zip, archive);
    g_autofree char *said = ask_python(archive, "print(len(z.infolist()), z.read(z.infolist()[-1]))");
    g_autofree char *expected = g_strdup_printf("%u b'y'\n", n);
    g_assert_cmpstr(said, ==, expected);
  }
}

static void times_that_ms_dos_does_not_know(void) {
  static const gint64 times_us[] = {0, -1, G_MAXINT64, G_MININT64};

  for (gsize i = 0; i < G_N_ELEMENTS(times_us); i++) {
    g_autoptr(ZipWriter) zip = zip_writer_new();
    g_autoptr(GBytes) header = zip_writer_begin_file(zip, "x", times_us[i], 0, 0);
    const guint8 *bytes = g_bytes_get_data(header, NULL);
    g_assert_cmpmem(bytes + 10, 4, "\0\0\x21\0", 4); /* 1980-01-01 */
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/syntax/zip/files_are_as_they_were", files_are_as_they_were);
  g_test_add_func("/syntax/zip/no_files_are_an_archive_too", no_files_are_an_archive_too);
  g_test_add_func("/syntax/zip/many_files_need_zip64", many_files_need_zip64);
  g_test_add_func("/syntax/zip/times_that_ms_dos_does_not_know", times_that_ms_dos_does_not_know);
  return g_test_run();
}
