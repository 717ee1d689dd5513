#include "cli/send_mail.h"
#include "cli/json_member.h"
#include "syntax/http_head.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

GString *send_read_all(int fd, const char *name, GError **error) {
  g_autoptr(GString) bytes = g_string_new(NULL);
  char piece[16 * 1024];

  for (;;) {
    ssize_t n_read = read(fd, piece, sizeof piece);
    if (n_read == 0)
      return g_steal_pointer(&bytes);
    if (n_read < 0 && errno != EINTR) {
      cli_fail(error, (ExitCode)SEND_CODE_NO_INPUT, "cannot read %s: %s", name, g_strerror(errno));
      return NULL;
    }
    g_string_append_len(bytes, piece, MAX(n_read, 0));
    if (bytes->len > SEND_BYTES_MAX) {
      cli_fail(error, (ExitCode)SEND_CODE_DATA, "%s is larger than %d MiB", name, SEND_BYTES_MAX / 1024 / 1024);
      return NULL;
    }
  }
}

/* The codes that callers of sendmail know. A message that the server rejects now it would reject again. */
static void set_error(GError **error, guint status, const GError *reason) {
  int code = reason->domain == CLI_ERROR ? reason->code : EXIT_CODE_FAILED;

  if (code == EXIT_CODE_USAGE || (status >= 400 && status < 500 && status != 401 && status != 429))
    code = SEND_CODE_DATA;
  else if (code == EXIT_CODE_FAILED)
    code = SEND_CODE_LATER;
  cli_fail(error, (ExitCode)code, "%s", reason->message);
}

static char *join(const GPtrArray *texts) {
  GString *joined = g_string_new(NULL);

  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf(joined, "%s%s", i > 0 ? "," : "", (const char *)g_ptr_array_index(texts, i));
  return g_string_free(joined, FALSE);
}

static gboolean take_id(Client *client, const ClientAnswer *answer, char **out_id, GError **error) {
  json_t *stored = out_id ? client_answer_json(client, answer, error) : NULL;

  if (stored)
    *out_id = g_strdup(json_member_text(stored, "ID"));
  json_decref(stored);
  return !out_id || stored;
}

gboolean send_question(Client *client, const ClientQuestion *question, char **out_id, GError **error) {
  g_auto(ClientAnswer) answer = {0};
  g_autoptr(GError) reason = NULL;

  if (client_ask(client, question, &answer, &reason) && take_id(client, &answer, out_id, &reason))
    return TRUE;
  set_error(error, answer.status, reason);
  return FALSE;
}

gboolean send_mail(Client *client, const char *sender, const GPtrArray *recipients, GBytes *bytes, char **out_id,
                   GError **error) {
  g_autofree char *to = join(recipients);
  g_autofree char *path = client_path("/api/v1/messages", "from", sender, "to", to, NULL);
  const ClientQuestion question = {.method = "POST", .path = path, .content_type = "message/rfc822", .body = bytes};

  if (strlen(path) > HTTP_TARGET_MAX)
    return cli_fail(error, (ExitCode)SEND_CODE_DATA,
                    "the message has too many recipients: %u; give fewer, or send it several times", recipients->len);
  return send_question(client, &question, out_id, error);
}
