#include "cli/send_mail.h"
#include "cli/json_member.h"
#include "syntax/http_head.h"
#include <string.h>

/* As whoever hands mails to sendmail knows them. */
static void set_error(GError **error, const GError *reason) {
  int code = reason->domain == CLI_ERROR ? reason->code : EXIT_CODE_FAILED;

  if (code == EXIT_CODE_USAGE)
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

gboolean send_mail(Client *client, const char *sender, const GPtrArray *recipients, GBytes *octets, char **out_id,
                   GError **error) {
  g_autofree char *to = join(recipients);
  g_autofree char *path = client_path("/api/v1/messages", "from", sender, "to", to, NULL);
  const ClientQuestion question = {.method = "POST", .path = path, .content_type = "message/rfc822", .body = octets};
  g_auto(ClientAnswer) answer = {0};
  g_autoptr(GError) reason = NULL;

  if (strlen(path) > HTTP_TARGET_MAX)
    return cli_fail(error, (ExitCode)SEND_CODE_DATA, "the mail has too many recipients: %u", recipients->len);
  if (client_ask(client, &question, &answer, &reason) && take_id(client, &answer, out_id, &reason))
    return TRUE;
  set_error(error, reason);
  return FALSE;
}
