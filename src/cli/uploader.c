#include "cli/uploader.h"
#include "cli/client.h"
#include "cli/json_member.h"
#include <string.h>

enum { ANSWER_MAX = 64 * 1024 };

typedef struct Lane {
  HttpClient *http; /* NULL: not connected */
  gboolean is_busy;
  gboolean has_ended; /* and is to be settled */
  gpointer item;
  guint status;
  GString *answer;
  char *failure; /* NULL: it was answered */
} Lane;

struct Uploader {
  Target *target; /* lent */
  UploadDone done;
  GDestroyNotify free_item;
  gpointer user_data;
  Lane lanes[UPLOADER_LANES];
  GError *error; /* what ended it; NULL: nothing has */
};

Uploader *uploader_new(Target *target, UploadDone done, GDestroyNotify free_item, gpointer user_data) {
  Uploader *uploader = g_new0(Uploader, 1);

  uploader->target = target;
  uploader->done = done;
  uploader->free_item = free_item;
  uploader->user_data = user_data;
  for (guint i = 0; i < UPLOADER_LANES; i++)
    uploader->lanes[i].answer = g_string_new(NULL);
  return uploader;
}

void uploader_free(Uploader *uploader) {
  if (!uploader)
    return;
  for (guint i = 0; i < UPLOADER_LANES; i++) {
    http_client_free(uploader->lanes[i].http);
    if (uploader->lanes[i].is_busy)
      uploader->free_item(uploader->lanes[i].item);
    g_string_free(uploader->lanes[i].answer, TRUE);
    g_free(uploader->lanes[i].failure);
  }
  g_clear_error(&uploader->error);
  g_free(uploader);
}

/* --- answers */

static void headed_cb(const HttpHead *head, gpointer user_data) {
  Lane *lane = user_data;

  lane->status = head->status;
}

static void came_cb(const char *bytes, gsize len, gpointer user_data) {
  Lane *lane = user_data;

  if (len <= ANSWER_MAX - lane->answer->len)
    g_string_append_len(lane->answer, bytes, (gssize)len);
}

static void ended_cb(const GError *error, gpointer user_data) {
  Lane *lane = user_data;

  lane->has_ended = TRUE;
  lane->failure = error ? g_strdup(error->message) : NULL;
}

static const HttpClientEvents events = {.headed = headed_cb, .came = came_cb, .ended = ended_cb};

static void end_all(Uploader *uploader, ExitCode code, const char *text) {
  if (!uploader->error)
    cli_fail(&uploader->error, code, "%s: %s", target_name(uploader->target), text);
}

static void tell_id(Uploader *uploader, const Lane *lane) {
  json_t *json = json_loadb(lane->answer->str, lane->answer->len, 0, NULL);
  const char *id = json_member_text(json, "ID");

  if (*id != '\0')
    uploader->done(id, NULL, lane->item, uploader->user_data);
  else
    end_all(uploader, EXIT_CODE_FAILED, "the answer has no ID; is it a dsmtpd?");
  json_decref(json);
}

/* 400, 403 and 413 are about the message, anything else about where it goes. */
static void settle(Uploader *uploader, Lane *lane) {
  g_autofree char *failure = g_steal_pointer(&lane->failure);

  lane->is_busy = lane->has_ended = FALSE;
  if (failure) {
    end_all(uploader, EXIT_CODE_NO_SERVER, failure);
  } else if (lane->status == 200) {
    tell_id(uploader, lane);
  } else {
    g_autofree char *line = output_clean(g_strchomp(lane->answer->str));
    if (lane->status == 400 || lane->status == 403 || lane->status == 413)
      uploader->done(NULL, line, lane->item, uploader->user_data);
    else
      end_all(uploader, EXIT_CODE_FAILED, line);
  }
  uploader->free_item(lane->item);
}

/* How many are under way still. */
static guint settle_all(Uploader *uploader) {
  guint n_busy = 0;

  for (guint i = 0; i < UPLOADER_LANES; i++) {
    if (uploader->lanes[i].has_ended)
      settle(uploader, &uploader->lanes[i]);
    n_busy += uploader->lanes[i].is_busy;
  }
  return n_busy;
}

static void turn(Uploader *uploader) {
  event_base_loop(target_base(uploader->target), EVLOOP_ONCE);
}

/* --- sending */

static gboolean set_error(const Uploader *uploader, GError **error) {
  if (uploader->error)
    g_propagate_error(error, g_error_copy(uploader->error));
  return !uploader->error;
}

static Lane *find_free(Uploader *uploader) {
  for (guint i = 0; i < UPLOADER_LANES; i++)
    if (!uploader->lanes[i].is_busy)
      return &uploader->lanes[i];
  return NULL;
}

gboolean uploader_put(Uploader *uploader, const char *path, GBytes *bytes, gpointer item, GError **error) {
  g_autofree char *target = g_strconcat(target_prefix(uploader->target), path, NULL);
  const HttpQuestion question = {
      .method = "POST",
      .target = target,
      .content_type = "application/octet-stream",
      .body = bytes,
      .patience_ms = CLIENT_PATIENCE_MS,
  };

  while (settle_all(uploader) == UPLOADER_LANES)
    turn(uploader);
  Lane *lane = find_free(uploader);
  if (uploader->error || !lane ||
      !target_connect_again(uploader->target, &lane->http, &events, lane, &uploader->error)) {
    uploader->free_item(item);
    return set_error(uploader, error);
  }
  lane->item = item;
  lane->is_busy = TRUE;
  lane->status = 0;
  g_string_truncate(lane->answer, 0);
  http_client_ask(lane->http, &question);
  return TRUE;
}

gboolean uploader_finish(Uploader *uploader, GError **error) {
  while (settle_all(uploader) > 0)
    turn(uploader);
  return set_error(uploader, error);
}
