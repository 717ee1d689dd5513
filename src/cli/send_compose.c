#include "cli/send_compose.h"
#include "api/json.h"
#include "cli/json_member.h"
#include "message/address.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

gboolean send_compose_is_wanted(const SendCompose *compose) {
  return compose->subject || compose->text || compose->html || compose->attachments;
}

gboolean send_compose_is_addressed(const SendCompose *compose) {
  return compose->from || compose->to || compose->cc || compose->bcc || compose->reply_to || compose->headers;
}

/* --- files */

static GString *read_file(const char *path, GError **error) {
  gboolean is_input = strcmp(path, "-") == 0;
  int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  GString *bytes = fd < 0 ? NULL : send_read_all(fd, is_input ? "standard input" : path, error);

  if (fd < 0)
    cli_fail(error, (ExitCode)SEND_CODE_NO_INPUT, "%s: %s", path, g_strerror(errno));
  else if (!is_input)
    close(fd);
  return bytes;
}

/* Adds the text, or what is in the file that it names. */
static gboolean add_text(json_t *message, const char *name, const char *text, GError **error) {
  if (!text || *text != '@') {
    json_object_set_new(message, name, json_text(text));
    return TRUE;
  }
  GString *bytes = read_file(text + 1, error);
  if (!bytes)
    return FALSE;
  gboolean is_text = g_utf8_validate_len(bytes->str, bytes->len, NULL);
  if (is_text)
    json_object_set_new(message, name, json_stringn(bytes->str, bytes->len));
  else
    cli_fail(error, (ExitCode)SEND_CODE_DATA, "%s is not a text in UTF-8; --attach sends any file", text + 1);
  g_string_free(bytes, TRUE);
  return is_text;
}

static gboolean add_attachment(json_t *attachments, const char *path, gsize *total, GError **error) {
  g_autofree char *base_name = g_path_get_basename(path);
  g_autofree char *name = g_filename_display_name(base_name);
  GString *bytes = read_file(path, error);

  if (!bytes)
    return FALSE;
  *total += bytes->len / 3 * 4;
  gboolean fits = *total <= SEND_BYTES_MAX;
  if (fits) {
    g_autofree char *content = g_base64_encode((const guchar *)bytes->str, bytes->len);
    json_array_append_new(attachments, json_pack("{s:s, s:s}", "Filename", name, "Content", content));
  } else {
    cli_fail(error, (ExitCode)SEND_CODE_DATA, "%s: the attachments are larger than %d MiB together", path,
             SEND_BYTES_MAX / 4 * 3 / 1024 / 1024);
  }
  g_string_free(bytes, TRUE);
  return fits;
}

static gboolean add_attachments(json_t *message, char *const *paths, GError **error) {
  json_t *attachments = json_array();
  gsize total = 0;

  json_object_set_new(message, "Attachments", attachments);
  for (; paths && *paths; paths++)
    if (!add_attachment(attachments, *paths, &total, error))
      return FALSE;
  return TRUE;
}

/* --- addresses */

/* As sendmail does: an address without a domain is one of this host. */
static json_t *print_email(const MailAddress *address) {
  g_autofree char *local = g_strconcat(address->address, "@", g_get_host_name(), NULL);

  return json_text(strchr(address->address, '@') ? address->address : local);
}

/* Appends {Email, Name}, or with `is_plain` addresses alone, of a text that may have several. */
static void add_addresses(json_t *list, const char *text, gboolean is_plain) {
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);

  mail_address_parse(text, addresses);
  for (guint i = 0; i < addresses->len; i++) {
    const MailAddress *address = g_ptr_array_index(addresses, i);
    json_t *email = print_email(address);
    json_array_append_new(list,
                          is_plain ? email : json_pack("{s:o, s:o}", "Email", email, "Name", json_text(address->name)));
  }
}

static json_t *add_list(json_t *message, const char *name, char *const *texts) {
  json_t *list = json_array();

  for (; texts && *texts; texts++)
    add_addresses(list, *texts, strcmp(name, "Bcc") == 0);
  json_object_set_new(message, name, list);
  return list;
}

static gboolean add_from(json_t *message, const char *from, GError **error) {
  g_autoptr(json_t) list = json_array();

  add_addresses(list, from ? from : g_get_user_name(), FALSE);
  if (json_array_size(list) != 1)
    return cli_fail(error, EXIT_CODE_USAGE, "--from: \"%s\" is not one address", from ? from : g_get_user_name());
  json_object_set(message, "From", json_array_get(list, 0));
  return TRUE;
}

/* --- headers */

static gboolean add_headers(json_t *message, char *const *lines, GError **error) {
  json_t *headers = json_object();

  json_object_set_new(message, "Headers", headers);
  for (; lines && *lines; lines++) {
    const char *colon = strchr(*lines, ':');
    g_autofree char *name = colon ? g_strndup(*lines, (gsize)(colon - *lines)) : NULL;
    g_autofree char *value = colon ? g_strstrip(g_strdup(colon + 1)) : NULL;
    if (!name || !g_utf8_validate(*lines, -1, NULL))
      return cli_fail(error, EXIT_CODE_USAGE, "--header: \"%s\" is not a header field; give NAME: VALUE", *lines);
    if (json_object_get(headers, name))
      return cli_fail(error, EXIT_CODE_USAGE, "--header: %s is given twice", name);
    json_object_set_new(headers, name, json_string(value));
  }
  return TRUE;
}

/* --- the whole */

static gboolean make(const SendCompose *compose, char *const *recipients, json_t *message, GError **error) {
  json_t *to = add_list(message, "To", compose->to);

  for (; *recipients; recipients++)
    add_addresses(to, *recipients, FALSE);
  add_list(message, "Cc", compose->cc);
  add_list(message, "Bcc", compose->bcc);
  add_list(message, "ReplyTo", compose->reply_to);
  json_object_set_new(message, "Subject", json_text(compose->subject));
  return add_from(message, compose->from, error) && add_text(message, "Text", compose->text, error) &&
         add_text(message, "HTML", compose->html, error) && add_attachments(message, compose->attachments, error) &&
         add_headers(message, compose->headers, error);
}

gboolean send_compose_run(Client *client, const SendCompose *compose, char *const *recipients, char **out_id,
                          GError **error) {
  g_autoptr(json_t) message = json_object();
  const ClientQuestion question = {.method = "POST", .path = "/api/v1/send", .json = message};

  return make(compose, recipients, message, error) && send_question(client, &question, out_id, error);
}
