/* POST /messages: a message as it is, an .eml, into the inbox. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "syntax/smtp_command.h"
#include "syntax/smtp_data.h"
#include <string.h>

enum {
  PUT_BODY_MAX = 64 * 1024 * 1024,
  PUT_RECIPIENTS_MAX = 1000,
  ENVELOPE_LENIENCIES = SMTP_LENIENT_DOMAIN | SMTP_LENIENT_DOTS, /* what SMTP takes in an envelope */
  PUT_BLOCK_TEXT_MAX = 255 /* of a name in the block of a message that was stored before: none is longer in SMTP */
};

/* A message on its way: read on a helper thread, for it may be large. */
typedef struct Putting {
  Api *api;
  HttpRequest *request;
  gboolean has_from; /* the envelope's, as the request has it */
  gboolean has_to;
  gboolean was_stored; /* so the request says: the message may begin with the block */
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

static void stored_cb(const IntakeVerdict *verdict, const char *id, gpointer user_data) {
  Putting *putting = user_data;

  if (!id) {
    gboolean is_full = verdict->why == INTAKE_DISK_FULL;
    finish(putting,
           http_response_error(api_status_of(verdict), "%s", is_full ? "no space left on the disk" : verdict->detail));
    return;
  }
  finish(putting, api_json_response(http_request_budget(putting->request), 200, json_id(id)));
}

/* --- the envelope */

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
  putting->was_stored = api_query_flag(putting->request, "stored");
  envelope->reverse_path = from ? smtp_address_parse(from, SMTP_PATH_REVERSE, ENVELOPE_LENIENCIES) : NULL;
  if (from && !envelope->reverse_path)
    return api_set_error(error, "from must be an address, or empty");
  for (char **address = addresses; address && *address; address++) {
    gboolean is_one_more = envelope->forward_paths->len >= PUT_RECIPIENTS_MAX;
    char *path = is_one_more ? NULL : smtp_address_parse(g_strstrip(*address), SMTP_PATH_FORWARD, ENVELOPE_LENIENCIES);
    if (!path)
      return api_set_error(error, "to must be up to %d addresses, separated by commas", PUT_RECIPIENTS_MAX);
    g_ptr_array_add(envelope->forward_paths, path);
  }
  return TRUE;
}

/* From its Return-Path, which the last server wrote who had it, or its From. */
static char *sender_of(const Message *message) {
  static const char *const names[] = {"Return-Path", "Sender", "From"};
  g_autofree char *return_path = message_header_text(message, "Return-Path");

  if (g_strcmp0(return_path, "<>") == 0)
    return g_strdup("");
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GPtrArray) addresses = message_addresses(message, names[i]);
    const MailAddress *address = addresses->len > 0 ? g_ptr_array_index(addresses, 0) : NULL;
    char *path = address ? smtp_address_parse(address->address, SMTP_PATH_REVERSE, SMTP_LENIENT_DOTS) : NULL;
    if (path)
      return path;
  }
  return g_strdup("");
}

static void add_paths_of(const Message *message, const char *const *names, GPtrArray *paths) {
  for (; *names; names++) {
    g_autoptr(GPtrArray) addresses = message_addresses(message, *names);
    for (guint j = 0; j < addresses->len && paths->len < PUT_RECIPIENTS_MAX; j++) {
      const MailAddress *address = g_ptr_array_index(addresses, j);
      g_autofree char *path = smtp_address_parse(address->address, SMTP_PATH_FORWARD, SMTP_LENIENT_DOTS);
      if (path && !has_path(paths, path))
        g_ptr_array_add(paths, g_steal_pointer(&path));
    }
  }
}

/* Servers that had the message before may have written down for whom. */
static void add_recipients_of(const Putting *putting, const Message *message) {
  static const char *const delivery[] = {"X-Original-To", "Delivered-To", NULL};
  static const char *const addressed[] = {"To", "Cc", "Bcc", NULL};
  GPtrArray *paths = putting->mail.envelope->forward_paths;

  if (putting->was_stored)
    add_paths_of(message, delivery, paths);
  if (paths->len == 0)
    add_paths_of(message, addressed, paths);
}

/* --- the block of a message that was stored before */

/* Nothing that would end a line of the block, or steer who reads it. */
static gboolean is_text(const char *text) {
  if (text && (strlen(text) > PUT_BLOCK_TEXT_MAX || !g_utf8_validate(text, -1, NULL)))
    return FALSE;
  for (; text && *text != '\0'; text++)
    if (g_ascii_iscntrl(*text))
      return FALSE;
  return TRUE;
}

static gboolean is_path(SmtpPathKind kind, const char *address) {
  g_autofree char *path = smtp_address_parse(address, kind, ENVELOPE_LENIENCIES);

  return path != NULL;
}

static gboolean is_list_of_names(const char *list) {
  return !list ||
         (strlen(list) <= PUT_BLOCK_TEXT_MAX && list[strspn(list, "abcdefghijklmnopqrstuvwxyz0123456789- ")] == '\0');
}

static gboolean is_bare_lf_list(const char *list) {
  return !list || strcmp(list, "*") == 0 ||
         (strlen(list) <= SMTP_DATA_BARE_LF_MAX && list[strspn(list, "0123456789- ")] == '\0');
}

/* It is written again as it was read, so that it has to be one that could have been written here. */
static gboolean is_sound(const Envelope *envelope, const char *bare_lf) {
  const GPtrArray *paths = envelope->forward_paths;

  for (guint i = 0; i < paths->len; i++)
    if (!is_path(SMTP_PATH_FORWARD, g_ptr_array_index(paths, i)))
      return FALSE;
  return paths->len <= PUT_RECIPIENTS_MAX && is_path(SMTP_PATH_REVERSE, envelope->reverse_path) &&
         is_text(envelope->peer) && is_text(envelope->peer_literal) && is_text(envelope->peer_name) &&
         is_text(envelope->helo) && is_text(envelope->auth_user) && is_list_of_names(envelope->diagnostics) &&
         is_bare_lf_list(bare_lf);
}

/* What the request says of the envelope stays. */
static void take_envelope(Putting *putting, Envelope *kept) {
  ApiDelivery *mail = &putting->mail;
  Envelope *asked = mail->envelope;

  mail->asker = g_steal_pointer(&asked->peer);
  if (putting->has_from) {
    g_free(kept->reverse_path);
    kept->reverse_path = g_steal_pointer(&asked->reverse_path);
  }
  if (putting->has_to) {
    g_clear_pointer(&kept->dsn_recipients, g_ptr_array_unref); /* they were asked for about others */
    g_ptr_array_unref(kept->forward_paths);
    kept->forward_paths = g_ptr_array_ref(asked->forward_paths);
  }
  if (kept->received_us == 0)
    kept->received_us = asked->received_us;
  envelope_free(asked);
  mail->envelope = kept;
  putting->has_from = putting->has_to = TRUE;
}

/* Takes the message behind a block with what that says. FALSE: it has none. */
static gboolean take_stored(Putting *putting) {
  ApiDelivery *mail = &putting->mail;
  gsize len, block_len = 0;
  const char *bytes = g_bytes_get_data(putting->body, &len);
  g_autofree char *bare_lf = NULL;
  g_autoptr(Envelope) envelope = envelope_parse_block(bytes, len, &block_len, &bare_lf);

  if (!envelope || !is_sound(envelope, bare_lf))
    return FALSE;
  take_envelope(putting, g_steal_pointer(&envelope));
  mail->bytes = g_bytes_new_from_bytes(putting->body, block_len, len - block_len);
  mail->bare_lf = g_steal_pointer(&bare_lf);
  return TRUE;
}

/* --- the bytes */

/* A file whose first line ends with LF alone was written on a system whose line ends are that. */
static gboolean has_lf_lines(const char *bytes, gsize len) {
  const char *lf = memchr(bytes, '\n', len);

  return lf && (lf == bytes || lf[-1] != '\r');
}

/* As they are stored, from what may have either kind of line ends; the body itself where it is stored as it is. Counted
 * in the budget. NULL: there is no room. */
static GBytes *store_bytes(GBytes *body, HttpBudget *budget, char **out_bare_lf) {
  enum { END_BYTES = 3 };
  gsize len, n_stored = 0;
  const char *bytes = g_bytes_get_data(body, &len);
  SmtpData data;

  *out_bare_lf = NULL;
  if (has_lf_lines(bytes, len))
    return g_bytes_ref(body);
  g_autoptr(HttpCharge) charge = http_charge_new(budget, len + END_BYTES);
  guint8 *stored = charge ? g_try_malloc(len + END_BYTES) : NULL;
  if (!stored)
    return NULL;
  smtp_data_init(&data, SMTP_DATA_COUNTED);
  smtp_data_feed(&data, (const guint8 *)bytes, len, stored, &n_stored);
  n_stored += smtp_data_finish(&data, stored + n_stored);
  *out_bare_lf = smtp_data_bare_lf(&data);
  smtp_data_clear(&data);
  return http_charge_attach(g_steal_pointer(&charge), g_bytes_new_take(stored, n_stored));
}

/* What the request does not say of the envelope, the message tells. */
static void read_mail(Putting *putting) {
  ApiDelivery *mail = &putting->mail;
  g_autoptr(Message) message = message_parse(mail->bytes, 0);

  mail->subject = message_header_text(message, "Subject");
  if (!putting->has_from)
    mail->envelope->reverse_path = sender_of(message);
  if (!putting->has_to)
    add_recipients_of(putting, message);
  if (mail->envelope->forward_paths->len == 0 && !putting->was_stored)
    api_set_error(&putting->error, "the message names no recipient: give ?to=");
}

static void read_done_cb(gpointer data) {
  Putting *putting = data;

  if (putting->error) {
    finish(putting, http_response_error(400, "%s", putting->error->message));
    return;
  }
  const IntakeVerdict verdict = api_delivery_judge(putting->api, putting->mail.envelope);
  if (verdict.outcome != INTAKE_ACCEPT)
    finish(putting, http_response_error(api_status_of(&verdict), "%s", verdict.text));
  else if (!putting->mail.bytes)
    finish(putting, http_response_no_room());
  else
    api_deliver(putting->api, &putting->mail, stored_cb, putting);
}

static void read_cb(gpointer data) {
  Putting *putting = data;

  if (!putting->was_stored || !take_stored(putting))
    putting->mail.bytes = store_bytes(putting->body, http_request_budget(putting->request), &putting->mail.bare_lf);
  if (putting->mail.bytes)
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
  putting->mail.size_bytes = g_bytes_get_size(putting->body);
  const IntakeVerdict size = intake_measure(api->host->intake, putting->mail.size_bytes);
  if (putting->mail.size_bytes == 0)
    finish(putting, http_response_error(400, "the body is empty; it must be a message"));
  else if (size.outcome != INTAKE_ACCEPT)
    finish(putting, http_response_error(api_status_of(&size), "%s", size.text));
  else if (!read_parameters(putting, &error))
    finish(putting, http_response_error(400, "%s", error->message));
  else
    strand_run(api->printers, read_cb, putting);
}

const HttpRoute api_put_routes[] = {
    {.method = "POST", .pattern = "/api/v1/messages", .handler = post_message, .body_max_bytes = PUT_BODY_MAX},
    {.pattern = NULL},
};
