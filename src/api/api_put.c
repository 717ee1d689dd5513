/* POST /messages: a mail as it is, an .eml, into the inbox. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "syntax/smtp_command.h"
#include "syntax/smtp_data.h"
#include <string.h>

enum { PUT_BODY_MAX = 64 * 1024 * 1024, PUT_RECIPIENTS_MAX = 1000 };

/* A mail on its way: read on a helper thread, for it may be large. */
typedef struct Putting {
  Api *api;
  HttpRequest *request;
  gboolean has_from; /* the envelope's, as the request has it */
  gboolean has_to;
  ApiDelivery mail;
  GBytes *body; /* as it was sent */
  GError *error;
} Putting;

static void finish(Putting *putting, HttpResponse *response) {
  http_request_answer(putting->request, response);
  api_delivery_clear(&putting->mail);
  g_bytes_unref(putting->body);
  g_clear_error(&putting->error);
  g_free(putting);
}

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  Putting *putting = user_data;

  if (error) {
    finish(putting, api_error_response(error));
    return;
  }
  g_autofree char *api_id = index_mail_id(id);
  finish(putting, api_json_response(200, json_id(api_id)));
}

/* --- the envelope */

/* By the grammar of SMTP. NULL: it is no address. The caller frees. */
static char *read_path(SmtpPathKind kind, const char *address) {
  g_autofree char *args = g_strdup_printf("%s:<%s>", kind == SMTP_PATH_REVERSE ? "FROM" : "TO", address);
  g_auto(SmtpPath) path = {0};
  const char *rest = NULL;
  gboolean is_path = smtp_path_parse(args, strlen(args), kind, &path, &rest, NULL) && *rest == '\0';

  return is_path ? g_steal_pointer(&path.mailbox) : NULL;
}

static gboolean has_path(const GPtrArray *paths, const char *path) {
  return g_ptr_array_find_with_equal_func((GPtrArray *)paths, path, g_str_equal, NULL);
}

/* What the request says: `from`, and `to` with commas between several. */
static gboolean read_parameters(Putting *putting, GError **error) {
  const char *from = http_request_query(putting->request, "from");
  const char *to = http_request_query(putting->request, "to");
  Envelope *envelope = putting->mail.envelope;
  g_auto(GStrv) addresses = to ? g_strsplit(to, ",", PUT_RECIPIENTS_MAX + 1) : NULL;

  putting->has_from = from != NULL;
  putting->has_to = to != NULL;
  envelope->reverse_path = from ? read_path(SMTP_PATH_REVERSE, from) : NULL;
  if (from && !envelope->reverse_path)
    return api_set_error(error, "from has to be an address, or empty");
  for (char **address = addresses; address && *address; address++) {
    gboolean is_one_more = envelope->forward_paths->len >= PUT_RECIPIENTS_MAX;
    char *path = is_one_more ? NULL : read_path(SMTP_PATH_FORWARD, g_strstrip(*address));
    if (!path)
      return api_set_error(error, "to has to be up to %d addresses with commas between them", PUT_RECIPIENTS_MAX);
    g_ptr_array_add(envelope->forward_paths, path);
  }
  return TRUE;
}

/* From its Return-Path, which the last server wrote who had it, or its From. */
static char *sender_of(const Message *message) {
  static const char *const names[] = {"Return-Path", "Sender", "From"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GPtrArray) addresses = message_addresses(message, names[i]);
    const MailAddress *address = addresses->len > 0 ? g_ptr_array_index(addresses, 0) : NULL;
    char *path = address ? read_path(SMTP_PATH_REVERSE, address->address) : NULL;
    if (path)
      return path;
  }
  return g_strdup("");
}

static void add_recipients_of(const Message *message, GPtrArray *paths) {
  static const char *const names[] = {"To", "Cc", "Bcc"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GPtrArray) addresses = message_addresses(message, names[i]);
    for (guint j = 0; j < addresses->len && paths->len < PUT_RECIPIENTS_MAX; j++) {
      const MailAddress *address = g_ptr_array_index(addresses, j);
      g_autofree char *path = read_path(SMTP_PATH_FORWARD, address->address);
      if (path && !has_path(paths, path))
        g_ptr_array_add(paths, g_steal_pointer(&path));
    }
  }
}

/* --- the octets */

/* A file whose first line ends with LF alone was written on a system whose line ends are that. */
static gboolean has_lf_lines(const char *octets, gsize len) {
  const char *lf = memchr(octets, '\n', len);

  return lf && (lf == octets || lf[-1] != '\r');
}

/* As they are stored, from what may have either kind of line ends. NULL: not enough memory. */
static GBytes *store_octets(const char *octets, gsize len, char **out_bare_lf) {
  guint8 *stored;
  gsize n_stored = 0;
  SmtpData data;

  *out_bare_lf = NULL;
  if (has_lf_lines(octets, len))
    return g_bytes_new(octets, len);
  stored = g_try_malloc(len + 3);
  if (!stored)
    return NULL;
  smtp_data_init(&data, SMTP_DATA_COUNTED);
  smtp_data_feed(&data, (const guint8 *)octets, len, stored, &n_stored);
  n_stored += smtp_data_finish(&data, stored + n_stored);
  *out_bare_lf = smtp_data_bare_lf(&data);
  smtp_data_clear(&data);
  return g_bytes_new_take(stored, n_stored);
}

/* What the request does not say of the envelope, the mail tells. */
static void read_mail(Putting *putting) {
  ApiDelivery *mail = &putting->mail;
  g_autoptr(Message) message = message_parse(mail->octets, 0);

  mail->subject = message_header_text(message, "Subject");
  if (!putting->has_from)
    mail->envelope->reverse_path = sender_of(message);
  if (!putting->has_to)
    add_recipients_of(message, mail->envelope->forward_paths);
  if (mail->envelope->forward_paths->len == 0)
    api_set_error(&putting->error, "the mail names no recipient: give ?to=");
}

static void read_done_cb(gpointer data) {
  Putting *putting = data;
  guint status = 400;
  const char *refusal =
      putting->error ? putting->error->message : api_delivery_refusal(putting->api, putting->mail.envelope, &status);

  if (refusal)
    finish(putting, http_response_error(status, "%s", refusal));
  else if (!putting->mail.octets)
    finish(putting, http_response_error(503, "there is not enough memory for this mail"));
  else
    api_deliver(putting->api, &putting->mail, delivered_cb, putting);
}

static void read_cb(gpointer data) {
  Putting *putting = data;
  gsize len;
  const char *octets = g_bytes_get_data(putting->body, &len);

  putting->mail.octets = store_octets(octets, len, &putting->mail.bare_lf);
  if (putting->mail.octets)
    read_mail(putting);
  loop_queue_post(putting->api->queue, read_done_cb, putting);
}

static void post_message(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  Putting *putting = g_new0(Putting, 1);
  g_autoptr(GError) error = NULL;

  *putting = (Putting){
      .api = api,
      .request = request,
      .body = g_bytes_ref(http_request_body(request)),
      .mail = {.envelope = api_envelope_new(request)},
  };
  putting->mail.size_octets = g_bytes_get_size(putting->body);
  if (putting->mail.size_octets == 0)
    finish(putting, http_response_error(400, "the body is empty, where a mail is needed"));
  else if (api->host->max_mail_octets > 0 && putting->mail.size_octets > api->host->max_mail_octets)
    finish(putting, http_response_error(413, "the mail is longer than --max-size allows"));
  else if (!read_parameters(putting, &error))
    finish(putting, http_response_error(400, "%s", error->message));
  else
    job_pool_run(api->printers, read_cb, putting);
}

const HttpRoute api_put_routes[] = {
    {.method = "POST", .pattern = "/api/v1/messages", .handler = post_message, .body_max_octets = PUT_BODY_MAX},
    {.pattern = NULL},
};
