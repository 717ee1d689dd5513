/* GET /export: messages as one file: mbox, zip, or a Maildir within a zip. */
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

typedef struct Mbox {
  MboxQuote quote;
  gboolean has_ended; /* the message that is being sent */
} Mbox;

static HttpResponse *begin_mbox(const InboxPage *page, gpointer data) {
  return begin("application/mbox", "dsmtpd.mbox");
}

static gboolean begin_mbox_mail(const InboxMail *mail, StoredMail *stored, HttpBudget *budget, gpointer data,
                                GBytes **out) {
  Mbox *mbox = data;
  const char *sender = stored_mail_envelope(stored)->reverse_path;
  char *separator = mbox_print_separator(sender ? sender : "", mail->received_us);

  *mbox = (Mbox){0};
  *out = g_bytes_new_take(separator, strlen(separator));
  return TRUE;
}

static gsize next_of_mbox(StoredMail *stored, guint8 *bytes, gpointer data) {
  Mbox *mbox = data;
  guint8 piece[HTTP_SOURCE_PIECE / 2];
  gsize len = stored_mail_next_stored(stored, piece, sizeof piece);

  G_STATIC_ASSERT(MBOX_QUOTED_MAX(sizeof piece) <= HTTP_SOURCE_PIECE);
  if (len == 0 && mbox->has_ended)
    return 0;
  mbox->has_ended = len == 0;
  gsize n_quoted = mbox_quote_feed(&mbox->quote, piece, len, bytes);
  return mbox->has_ended ? mbox_quote_end(&mbox->quote, bytes) : n_quoted;
}

static GBytes *end_mbox(guint64 n_messages, gpointer data) {
  return NULL;
}

static const MailStreamFormat mbox_format = {
    .begin = begin_mbox, .begin_mail = begin_mbox_mail, .next = next_of_mbox, .end = end_mbox, .free = g_free};

/* --- zip */

typedef struct Zip {
  ZipWriter *writer;
  HttpCharge *charge; /* for the list at its end */
} Zip;

static HttpResponse *begin_zip(const InboxPage *page, gpointer data) {
  return begin("application/zip", "dsmtpd.zip");
}

/* The list grows with each file, and is counted in steps. */
static gboolean has_room_for_list(Zip *zip, HttpBudget *budget) {
  enum { STEP_BYTES = 256 * 1024 };

  if (!zip->charge)
    zip->charge = http_charge_new(budget, 0);
  if (zip_writer_list_bytes(zip->writer) + STEP_BYTES / 2 < http_charge_bytes(zip->charge))
    return TRUE;
  return http_charge_grow(zip->charge, STEP_BYTES);
}

/* Reads the file, for its checksum and length go before it. */
static gboolean begin_file(Zip *zip, const char *name, const InboxMail *mail, StoredMail *stored, gboolean is_stored,
                           HttpBudget *budget, GBytes **out) {
  g_autofree guint8 *piece = g_malloc(HTTP_SOURCE_PIECE);
  guint32 checksum = 0;
  guint64 size = 0;

  if (!has_room_for_list(zip, budget) || stored_mail_size(stored) > STORED_MAIL_COUNTED_MAX)
    return FALSE;
  stored_mail_rewind(stored, is_stored);
  for (gsize len; (len = is_stored ? stored_mail_next_stored(stored, piece, HTTP_SOURCE_PIECE)
                                   : stored_mail_next(stored, piece)) > 0;
       size += len)
    checksum = zip_checksum(checksum, piece, len);
  stored_mail_rewind(stored, is_stored);
  *out = zip_writer_begin_file(zip->writer, name, mail->received_us, checksum, size);
  return TRUE;
}

static gboolean begin_zip_mail(const InboxMail *mail, StoredMail *stored, HttpBudget *budget, gpointer data,
                               GBytes **out) {
  g_autofree char *name = g_strconcat(mail->id, ".eml", NULL);

  return begin_file(data, name, mail, stored, FALSE, budget, out);
}

static gsize next_of_zip(StoredMail *stored, guint8 *bytes, gpointer data) {
  return stored_mail_next(stored, bytes);
}

static GBytes *end_zip(guint64 n_messages, gpointer data) {
  const Zip *zip = data;

  return zip_writer_end(zip->writer);
}

static void free_zip(gpointer data) {
  Zip *zip = data;

  zip_writer_free(zip->writer);
  http_charge_free(zip->charge);
  g_free(zip);
}

static const MailStreamFormat zip_format = {.max_messages = EXPORT_ZIP_MAX,
                                            .begin = begin_zip,
                                            .begin_mail = begin_zip_mail,
                                            .next = next_of_zip,
                                            .end = end_zip,
                                            .free = free_zip};

/* --- Maildir, in a zip */

static HttpResponse *begin_maildir(const InboxPage *page, gpointer data) {
  return begin("application/zip", "dsmtpd-maildir.zip");
}

/* As it is stored, with what it came with; flags in the order of the alphabet, by maildir(5). */
static gboolean begin_maildir_mail(const InboxMail *mail, StoredMail *stored, HttpBudget *budget, gpointer data,
                                   GBytes **out) {
  gboolean is_marked = mail->is_read || mail->is_flagged;
  const char *flagged = mail->is_flagged ? "F" : "", *seen = mail->is_read ? "S" : "";
  g_autofree char *name =
      is_marked ? g_strconcat("cur/", mail->id, ":2,", flagged, seen, NULL) : g_strconcat("new/", mail->id, NULL);

  return begin_file(data, name, mail, stored, TRUE, budget, out);
}

static gsize next_of_maildir(StoredMail *stored, guint8 *bytes, gpointer data) {
  return stored_mail_next_stored(stored, bytes, HTTP_SOURCE_PIECE);
}

static const MailStreamFormat maildir_format = {.max_messages = EXPORT_ZIP_MAX,
                                                .begin = begin_maildir,
                                                .begin_mail = begin_maildir_mail,
                                                .next = next_of_maildir,
                                                .end = end_zip,
                                                .free = free_zip};

static Zip *zip_new(void) {
  Zip *zip = g_new0(Zip, 1);

  zip->writer = zip_writer_new();
  return zip;
}

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
    mail_stream_start(user_data, request, &wanted, TRUE, &zip_format, zip_new());
  else if (is_maildir)
    mail_stream_start(user_data, request, &wanted, TRUE, &maildir_format, zip_new());
  else if (!format || strcmp(format, "mbox") == 0)
    mail_stream_start(user_data, request, &wanted, TRUE, &mbox_format, g_new0(Mbox, 1));
  else {
    search_query_free(wanted.query);
    http_request_answer(request, http_response_error(400, "format must be mbox, zip or maildir"));
  }
}

const HttpRoute api_export_routes[] = {
    {.method = "GET", .pattern = "/api/v1/export", .handler = get_export},
    {.pattern = NULL},
};
