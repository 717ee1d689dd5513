/* GET /export: mails as one file: mbox, zip, or a Maildir within a zip. */
#include "api/api_request.h"
#include "api/mail_stream.h"
#include "syntax/mbox.h"
#include "syntax/zip.h"
#include <string.h>

enum { EXPORT_ZIP_MAX = 250 * 1000 /* the list at its end, up to 35 MB, is kept until then */ };

static HttpResponse *begin(const char *content_type, const char *file_name) {
  HttpResponse *response = http_response_new(200);

  http_response_set_header(response, "Content-Type", content_type);
  http_response_set_disposition(response, TRUE, file_name);
  return response;
}

/* --- mbox */

static HttpResponse *begin_mbox(const InboxPage *page, gpointer data) {
  return begin("application/mbox", "dsmtpd.mbox");
}

static GPtrArray *print_mbox(const InboxMail *mail, GBytes *stored_octets, HttpBudget *budget, gpointer data) {
  g_autoptr(Envelope) envelope = NULL;
  gsize len;
  const guint8 *octets = g_bytes_get_data(stored_octets, &len);
  gsize block_len = api_read_envelope(stored_octets, &envelope, NULL);
  const char *sender = envelope->reverse_path ? envelope->reverse_path : "";
  GBytes *printed = mbox_print(sender, mail->received_us, octets + block_len, len - block_len);

  if (!printed)
    return NULL;
  GPtrArray *pieces = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  g_ptr_array_add(pieces, printed);
  return pieces;
}

static GBytes *end_mbox(guint64 n_mails, gpointer data) {
  return NULL;
}

static const MailStreamFormat mbox_format = {.begin = begin_mbox, .print = print_mbox, .end = end_mbox};

/* --- zip */

static HttpResponse *begin_zip(const InboxPage *page, gpointer data) {
  return begin("application/zip", "dsmtpd.zip");
}

/* Takes the octets. */
static GPtrArray *print_file(ZipWriter *zip, const char *name, const InboxMail *mail, GBytes *octets) {
  GPtrArray *pieces = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

  g_ptr_array_add(pieces, zip_writer_begin_file(zip, name, mail->received_us, octets));
  g_ptr_array_add(pieces, octets);
  return pieces;
}

static GPtrArray *print_zip(const InboxMail *mail, GBytes *stored_octets, HttpBudget *budget, gpointer data) {
  g_autofree char *name = g_strconcat(mail->id, ".eml", NULL);
  GBytes *octets = api_read_received(stored_octets, NULL);

  return octets ? print_file(data, name, mail, octets) : NULL;
}

static GBytes *end_zip(guint64 n_mails, gpointer data) {
  return zip_writer_end(data);
}

static void free_zip(gpointer data) {
  zip_writer_free(data);
}

static const MailStreamFormat zip_format = {
    .max_mails = EXPORT_ZIP_MAX, .begin = begin_zip, .print = print_zip, .end = end_zip, .free = free_zip};

/* --- Maildir, in a zip */

static HttpResponse *begin_maildir(const InboxPage *page, gpointer data) {
  return begin("application/zip", "dsmtpd-maildir.zip");
}

/* As it is stored, with what it came with; flags in the order of the alphabet, by maildir(5). */
static GPtrArray *print_maildir(const InboxMail *mail, GBytes *stored_octets, HttpBudget *budget, gpointer data) {
  gboolean is_marked = mail->is_read || mail->is_flagged;
  const char *flagged = mail->is_flagged ? "F" : "", *seen = mail->is_read ? "S" : "";
  g_autofree char *name =
      is_marked ? g_strconcat("cur/", mail->id, ":2,", flagged, seen, NULL) : g_strconcat("new/", mail->id, NULL);

  return print_file(data, name, mail, g_bytes_ref(stored_octets));
}

static const MailStreamFormat maildir_format = {
    .max_mails = EXPORT_ZIP_MAX, .begin = begin_maildir, .print = print_maildir, .end = end_zip, .free = free_zip};

static void get_export(HttpRequest *request, gpointer user_data) {
  const char *format = http_request_query(request, "format");
  const char *text = http_request_query(request, "query");
  gboolean is_maildir = format && strcmp(format, "maildir") == 0;
  gboolean is_zip = format && strcmp(format, "zip") == 0;
  g_autoptr(GError) error = NULL;
  InboxListRequest wanted = {0};

  if (api_query_after(request, &wanted.after, &error) && text)
    wanted.query = api_search_parse(request, text, &error);
  if (error)
    api_answer_bad(request, error);
  else if (is_zip)
    mail_stream_start(user_data, request, &wanted, TRUE, &zip_format, zip_writer_new());
  else if (is_maildir)
    mail_stream_start(user_data, request, &wanted, TRUE, &maildir_format, zip_writer_new());
  else if (!format || strcmp(format, "mbox") == 0)
    mail_stream_start(user_data, request, &wanted, TRUE, &mbox_format, NULL);
  else {
    search_query_free(wanted.query);
    http_request_answer(request, http_response_error(400, "format has to be mbox, zip or maildir"));
  }
}

const HttpRoute api_export_routes[] = {
    {.method = "GET", .pattern = "/api/v1/export", .handler = get_export},
    {.pattern = NULL},
};
