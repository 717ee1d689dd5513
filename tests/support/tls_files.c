#include "support/tls_files.h"
#include <glib/gstdio.h>

char *tls_folder_make(void) {
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp("dsmtpd-tls-XXXXXX", &error);

  g_assert_no_error(error);
  return folder;
}

void tls_folder_remove(const char *folder) {
  static const char *const files[] = {"ca.pem", "ca-key.pem", "server.pem"};

  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *file = g_build_filename(folder, files[i], NULL);
    g_unlink(file);
  }
  g_assert_cmpint(g_rmdir(folder), ==, 0);
}

TlsContext *tls_context_for(const char *folder, const char *const *names) {
  g_autoptr(GError) error = NULL;
  static const char *const nothing[] = {NULL};
  const AutoCertificateNames all = {.asked = names, .known = nothing};
  g_auto(AutoCertificateReport) report = {0};

  auto_certificate_prepare(folder, &all, &report, &error);
  g_assert_no_error(error);
  g_autofree char *file = auto_certificate_server_file(folder);
  const char *const files[] = {file, NULL};
  TlsContext *context = tls_context_new(&(TlsContextOptions){.certificate_files = files}, &error);
  g_assert_no_error(error);
  return context;
}
