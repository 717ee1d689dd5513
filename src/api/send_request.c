#include "api/send_request.h"
#include "api/api_request.h"
#include "syntax/smtp_command.h"
#include <string.h>

/* --- addresses */

/* By the grammar of SMTP, which is where they go. */
static gboolean check_address(const char *field, const char *address, GError **error) {
  g_autofree char *mailbox = smtp_address_parse(address, SMTP_PATH_FORWARD, SMTP_LENIENT_DOTS);

  if (mailbox && strcmp(mailbox, address) == 0 && strchr(address, '@'))
    return TRUE;
  return api_set_error(error, "%s has an invalid address: \"%s\"", field, address);
}

static gboolean check_line(const char *field, const char *text, GError **error) {
  for (const char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl(*at) && *at != '\t')
      return api_set_error(error, "%s contains a line break or another control character", field);
  return TRUE;
}

/* {Email, Name}; NULL: an error. */
static MailAddress *read_address(const char *field, const json_t *value, GError **error) {
  const char *email = "";
  const char *name = "";

  if (!json_is_object(value)) {
    api_set_error(error, "%s must be an object with Email and Name", field);
    return NULL;
  }
  if (!api_json_get_string(value, "Email", &email, error) || !api_json_get_string(value, "Name", &name, error) ||
      !check_address(field, email, error) || !check_line(field, name, error))
    return NULL;
  return mail_address_new(name, email);
}

static gboolean add_recipient(SendRequest *request, const char *address, GError **error) {
  if (request->recipients->len >= SEND_RECIPIENTS_MAX)
    return api_set_error(error, "more than %d recipients", SEND_RECIPIENTS_MAX);
  g_ptr_array_add(request->recipients, g_strdup(address));
  return TRUE;
}

/* The array of this name; FALSE: it is none. NULL is an empty one. */
static gboolean get_array(const json_t *body, const char *field, gsize max, const json_t **out, GError **error) {
  *out = api_json_get(body, field);
  if (!*out || (json_is_array(*out) && json_array_size(*out) <= max))
    return TRUE;
  return api_set_error(error, "%s must be a list of at most %zu", field, max);
}

static gboolean read_addresses(const json_t *body, const char *field, GPtrArray *out, SendRequest *recipients,
                               GError **error) {
  const json_t *list;

  if (!get_array(body, field, SEND_RECIPIENTS_MAX, &list, error))
    return FALSE;
  for (gsize i = 0; i < json_array_size(list); i++) {
    MailAddress *address = read_address(field, json_array_get(list, i), error);
    if (!address)
      return FALSE;
    g_ptr_array_add(out, address);
    if (recipients && !add_recipient(recipients, address->address, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean read_bcc(const json_t *body, SendRequest *request, GError **error) {
  g_autoptr(GPtrArray) addresses = api_json_get_strings(body, "Bcc", error);

  for (guint i = 0; addresses && i < addresses->len; i++) {
    const char *address = g_ptr_array_index(addresses, i);
    if (!check_address("Bcc", address, error) || !add_recipient(request, address, error))
      return FALSE;
  }
  return addresses != NULL;
}

static gboolean read_all_addresses(const json_t *body, SendRequest *request, GError **error) {
  Compose *mail = request->mail;

  mail->from = read_address("From", api_json_get(body, "From"), error);
  if (!mail->from || !read_addresses(body, "To", mail->to, request, error) ||
      !read_addresses(body, "Cc", mail->cc, request, error) || !read_bcc(body, request, error) ||
      !read_addresses(body, "ReplyTo", mail->reply_to, NULL, error))
    return FALSE;
  return request->recipients->len > 0 || api_set_error(error, "no recipient: To, Cc and Bcc are empty");
}

/* --- attachments */

/* Base64, with what a data: URL has in front of it, and white space. NULL: it is none. */
static GBytes *decode_content(const char *text) {
  const char *comma = g_ascii_strncasecmp(text, "data:", 5) == 0 ? strchr(text, ',') : NULL;
  GString *digits = g_string_new(NULL);

  for (const char *at = comma ? comma + 1 : text; *at != '\0'; at++)
    if (!g_ascii_isspace(*at))
      g_string_append_c(digits, *at);
  gsize n_digits = strspn(digits->str, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  gsize n_padding = strspn(digits->str + n_digits, "=");
  gboolean is_good = n_digits + n_padding == digits->len && digits->len % 4 == 0 && n_padding <= 2;
  gsize len = 0;
  guchar *bytes = is_good && digits->len > 0 ? g_base64_decode_inplace(digits->str, &len) : NULL;
  GBytes *content = is_good ? g_bytes_new(bytes, len) : NULL;
  g_string_free(digits, TRUE);
  return content;
}

static gboolean is_media_type(const char *text) {
  const char *slash = strchr(text, '/');

  return slash && slash != text && g_ascii_isalnum(slash[1]) && strlen(text) <= 200;
}

static gboolean read_attachment(const json_t *value, Compose *mail, GError **error) {
  g_autoptr(ComposeAttachment) attachment = g_new0(ComposeAttachment, 1);
  const char *content = "";
  const char *name = "";
  const char *type = "";
  const char *id = "";

  if (!json_is_object(value))
    return api_set_error(error, "Attachments must be a list of objects");
  if (!api_json_get_string(value, "Content", &content, error) ||
      !api_json_get_string(value, "Filename", &name, error) ||
      !api_json_get_string(value, "ContentType", &type, error) ||
      !api_json_get_string(value, "ContentID", &id, error) || !check_line("Filename", name, error) ||
      !check_line("ContentType", type, error) || !check_line("ContentID", id, error))
    return FALSE;
  attachment->content = decode_content(content);
  if (!attachment->content)
    return api_set_error(error, "the Content of the attachment \"%s\" is not valid Base64", name);
  if (*type != '\0' && !is_media_type(type))
    return api_set_error(error, "the ContentType of the attachment \"%s\" is invalid: \"%s\"", name, type);
  attachment->file_name = g_strdup(name);
  attachment->content_type = *type != '\0' ? g_strdup(type) : NULL;
  attachment->content_id = *id != '\0' ? g_strdup(id) : NULL;
  g_ptr_array_add(mail->attachments, g_steal_pointer(&attachment));
  return TRUE;
}

static gboolean read_attachments(const json_t *body, Compose *mail, GError **error) {
  const json_t *list;

  if (!get_array(body, "Attachments", SEND_ATTACHMENTS_MAX, &list, error))
    return FALSE;
  for (gsize i = 0; i < json_array_size(list); i++)
    if (!read_attachment(json_array_get(list, i), mail, error))
      return FALSE;
  return TRUE;
}

/* --- headers */

static void add_header(Compose *mail, const char *name, const char *value) {
  ComposeHeader *header = g_new0(ComposeHeader, 1);

  *header = (ComposeHeader){.name = g_strdup(name), .value = g_strdup(value)};
  g_ptr_array_add(mail->headers, header);
}

static gboolean read_headers(const json_t *body, Compose *mail, GError **error) {
  const json_t *headers = api_json_get(body, "Headers");
  const char *name;
  json_t *value;

  if (headers && (!json_is_object(headers) || json_object_size(headers) > SEND_HEADERS_MAX))
    return api_set_error(error, "Headers must be an object of at most %d strings", SEND_HEADERS_MAX);
  json_object_foreach((json_t *)headers, name, value) {
    if (!json_is_string(value))
      return api_set_error(error, "the header field \"%s\" must be a string", name);
    const char *problem = compose_header_problem(name, json_string_value(value));
    if (problem)
      return api_set_error(error, "the header field \"%s\" cannot be set: %s", name, problem);
    add_header(mail, name, json_string_value(value));
  }
  return TRUE;
}

/* They go with the message, as X-Tags, where the index finds them. */
static gboolean read_tags(const json_t *body, SendRequest *request, GError **error) {
  request->tags = api_json_get_strings(body, "Tags", error);
  if (!request->tags || request->tags->len == 0)
    return request->tags != NULL;
  g_autoptr(GString) joined = g_string_new(NULL);
  for (guint i = 0; i < request->tags->len; i++)
    g_string_append_printf(joined, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(request->tags, i));
  if (!check_line("Tags", joined->str, error))
    return FALSE;
  add_header(request->mail, "X-Tags", joined->str);
  return TRUE;
}

static gboolean read_texts(const json_t *body, Compose *mail, GError **error) {
  const char *subject = "";
  const char *text = "";
  const char *html = "";

  if (!api_json_get_string(body, "Subject", &subject, error) || !api_json_get_string(body, "Text", &text, error) ||
      !api_json_get_string(body, "HTML", &html, error) || !check_line("Subject", subject, error))
    return FALSE;
  mail->subject = g_strdup(subject);
  mail->text = g_strdup(text);
  mail->html = g_strdup(html);
  return TRUE;
}

SendRequest *send_request_read(const json_t *body, GError **error) {
  g_autoptr(SendRequest) request = g_new0(SendRequest, 1);

  request->mail = compose_new();
  request->recipients = g_ptr_array_new_with_free_func(g_free);
  if (!read_all_addresses(body, request, error) || !read_texts(body, request->mail, error) ||
      !read_attachments(body, request->mail, error) || !read_headers(body, request->mail, error) ||
      !read_tags(body, request, error))
    return NULL;
  return g_steal_pointer(&request);
}

void send_request_free(SendRequest *request) {
  if (!request)
    return;
  compose_free(request->mail);
  g_ptr_array_unref(request->recipients);
  g_clear_pointer(&request->tags, g_ptr_array_unref);
  g_free(request);
}
