#include "support/tls_files.h"
#include <glib/gstdio.h>

char *tls_directory_make(void) {
  g_autoptr(GError) error = NULL;
  char *directory = g_dir_make_tmp("dsmtpd-tls-XXXXXX", &error);

  g_assert_no_error(error);
  return directory;
}

void tls_directory_remove(const char *directory) {
  static const char *const files[] = {"ca.pem", "ca-key.pem", "server.pem"};

  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *file = g_build_filename(directory, files[i], NULL);
    g_unlink(file);
  }
  g_assert_cmpint(g_rmdir(directory), ==, 0);
}

TlsContext *tls_context_for(const char *directory, const char *const *names) {
  g_autoptr(GError) error = NULL;
  static const char *const nothing[] = {NULL};
  const AutoCertificateNames all = {.asked = names, .known = nothing};
  g_auto(AutoCertificateReport) report = {0};

  auto_certificate_prepare(directory, &all, &report, &error);
  g_assert_no_error(error);
  g_autofree char *file = auto_certificate_server_file(directory);
  const char *const files[] = {file, NULL};
  TlsContext *context = tls_context_new(&(TlsContextOptions){.certificate_files = files}, &error);
  g_assert_no_error(error);
  return context;
}
