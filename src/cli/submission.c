#include "cli/submission.h"

#include "base/utf8.h"
#include "message/header_fields.h"
#include "message/message.h"
#include "syntax/mail_date.h"
#include <string.h>

enum { ENCODED_NAME_BYTES = 45 /* of a word of RFC 2047, whose Base64 has to fit into 75 */ };

/* --- lines */

static gsize line_length(const GString *bytes, gsize at) {
  const char *lf = memchr(bytes->str + at, '\n', bytes->len - at);

  return lf ? (gsize)(lf + 1 - bytes->str) - at : bytes->len - at;
}

/* CRLF becomes LF, and what the dot ends is cut there. */
static void read_lines(GString *bytes, gboolean ignores_dots) {
  const char *end = bytes->str + bytes->len;
  char *to = bytes->str;

  for (const char *from = bytes->str; from < end;) {
    const char *lf = memchr(from, '\n', (gsize)(end - from));
    const char *next = lf ? lf + 1 : end;
    gsize len = (gsize)((lf ? lf : end) - from);
    if (lf && len > 0 && lf[-1] == '\r')
      len--;
    if (!ignores_dots && len == 1 && *from == '.')
      break;
    memmove(to, from, len);
    to += len;
    if (lf)
      *to++ = '\n';
    from = next;
  }
  g_string_truncate(bytes, (gsize)(to - bytes->str));
  if (bytes->len > 0 && bytes->str[bytes->len - 1] != '\n')
    g_string_append_c(bytes, '\n');
}

/* --- header fields */

/* Where the lines after the header begin; see message/header_fields.h. */
static const char *split(const GString *bytes, GArray **out_fields) {
  *out_fields = g_array_new(FALSE, FALSE, sizeof(HeaderField));
  return header_fields_split(bytes->str, bytes->str + bytes->len, NULL, NULL, *out_fields);
}

static gsize end_of(const GString *bytes, const HeaderField *field) {
  gsize at = (gsize)(field->raw + field->raw_len - bytes->str);

  return at + line_length(bytes, at);
}

/* From the last on, for a field points to where it was. */
static void remove_bcc(GString *bytes) {
  g_autoptr(GArray) fields = NULL;

  split(bytes, &fields);
  for (guint i = fields->len; i > 0; i--) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i - 1);
    gsize at = (gsize)(field->name - bytes->str);
    if (header_field_is(field, "Bcc") || header_field_is(field, "Resent-Bcc"))
      g_string_erase(bytes, (gssize)at, (gssize)(end_of(bytes, field) - at));
  }
}

/* "From " in front of the message is of a mailbox, and no part of it, unless it is a field with a blank after its
 * name.
 */
static void remove_mailbox_line(GString *bytes) {
  g_autoptr(GArray) fields = NULL;

  split(bytes, &fields);
  gboolean is_field = fields->len > 0 && g_array_index(fields, HeaderField, 0).name == bytes->str;
  if (g_str_has_prefix(bytes->str, "From ") && !is_field)
    g_string_erase(bytes, 0, (gssize)line_length(bytes, 0));
}

/* --- addresses */

/* The caller frees. */
static char *qualify(const SubmissionOptions *options, const char *address) {
  return *address == '\0' || strchr(address, '@') ? g_strdup(address) : g_strconcat(address, "@", options->host, NULL);
}

static void add_recipients(const SubmissionOptions *options, const GPtrArray *addresses, GPtrArray *recipients) {
  for (guint i = 0; i < addresses->len; i++) {
    const MailAddress *address = g_ptr_array_index(addresses, i);
    char *recipient = qualify(options, address->address);
    if (*recipient == '\0' || g_ptr_array_find_with_equal_func(recipients, recipient, g_str_equal, NULL))
      g_free(recipient);
    else
      g_ptr_array_add(recipients, recipient);
  }
}

static GPtrArray *new_addresses(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
}

static void read_recipients(const SubmissionOptions *options, Submission *submission) {
  static const char *const names[] = {"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"};
  g_autoptr(GBytes) bytes = g_bytes_new(submission->bytes->str, submission->bytes->len);
  g_autoptr(Message) message = message_parse(bytes, 0);

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GPtrArray) addresses = message_addresses(message, names[i]);
    add_recipients(options, addresses, submission->recipients);
  }
  remove_bcc(submission->bytes);
}

static char *read_sender(const SubmissionOptions *options) {
  const char *text = options->sender ? options->sender : options->user;
  g_autoptr(GPtrArray) addresses = new_addresses();

  mail_address_parse(text, addresses);
  if (addresses->len == 0) /* "" and "<>" */
    return g_strdup("");
  return qualify(options, ((const MailAddress *)g_ptr_array_index(addresses, 0))->address);
}

/* --- what is missing */

/* As a phrase: in quotes, or, where there is more than ASCII, as a word of RFC 2047. */
static void append_name(const char *name, GString *out) {
  if (g_str_is_ascii(name)) {
    g_string_append_c(out, '"');
    for (const char *at = name; *at; at++) {
      if (*at == '"' || *at == '\\')
        g_string_append_c(out, '\\');
      if (g_ascii_isprint(*at))
        g_string_append_c(out, *at);
    }
    g_string_append_c(out, '"');
    return;
  }
  g_autofree char *text = g_utf8_make_valid(name, -1);
  gsize len = utf8_cut(text, MIN(strlen(text), (gsize)ENCODED_NAME_BYTES));
  g_autofree char *encoded = g_base64_encode((const guint8 *)text, len);
  g_string_append_printf(out, "=?UTF-8?B?%s?=", encoded);
}

static void append_from(const SubmissionOptions *options, const Submission *submission, GString *out) {
  g_autofree char *user = qualify(options, options->user);
  const char *address = *submission->sender != '\0' ? submission->sender : user;

  g_string_append(out, "From: ");
  if (options->full_name) {
    append_name(options->full_name, out);
    g_string_append_printf(out, " <%s>\n", address);
  } else {
    g_string_append_printf(out, "%s\n", address);
  }
}

/* Programs leave these to sendmail. A message without any field gets a header of its own. */
static void add_missing(const SubmissionOptions *options, Submission *submission) {
  GString *bytes = submission->bytes;
  g_autoptr(GString) missing = g_string_new(NULL);
  g_autoptr(GArray) fields = NULL;
  const char *behind = split(bytes, &fields);
  gsize at = fields->len > 0 ? end_of(bytes, &g_array_index(fields, HeaderField, fields->len - 1)) : 0;

  if (!header_fields_first(fields, "From"))
    append_from(options, submission, missing);
  if (!header_fields_first(fields, "Date")) {
    g_string_append(missing, "Date: ");
    mail_date_print(g_get_real_time(), missing);
    g_string_append_c(missing, '\n');
  }
  if (!header_fields_first(fields, "Message-ID")) {
    g_autofree char *id = g_uuid_string_random();
    g_string_append_printf(missing, "Message-ID: <%s@%s>\n", id, options->host);
  }
  if (behind == bytes->str + at) /* no blank line ends the header */
    g_string_append_c(missing, '\n');
  g_string_insert_len(bytes, (gssize)at, missing->str, (gssize)missing->len);
}

/* --- the whole */

Submission *submission_new(const SubmissionOptions *options, GString *bytes, char *const *recipients) {
  Submission *submission = g_new0(Submission, 1);

  submission->bytes = bytes;
  submission->recipients = g_ptr_array_new_with_free_func(g_free);
  submission->sender = read_sender(options);
  read_lines(bytes, options->ignores_dots);
  remove_mailbox_line(bytes);
  for (char *const *recipient = recipients; *recipient; recipient++) {
    g_autoptr(GPtrArray) addresses = new_addresses();
    mail_address_parse(*recipient, addresses);
    add_recipients(options, addresses, submission->recipients);
  }
  if (options->reads_recipients)
    read_recipients(options, submission);
  add_missing(options, submission);
  return submission;
}

void submission_free(Submission *submission) {
  if (!submission)
    return;
  g_string_free(submission->bytes, TRUE);
  g_ptr_array_unref(submission->recipients);
  g_free(submission->sender);
  g_free(submission);
}
