/* A message as a page: its HTML or its text, alone. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/html_view.h"
#include <string.h>

/* Nothing of the message runs or is fetched from elsewhere, whichever it is. Links open in windows without these
 * bounds, whose opener they do not know. */
#define SANDBOX "sandbox allow-popups allow-popups-to-escape-sandbox"
#define POLICY_END "; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

/* A view of its own asks for the message's pictures, and needs the origin for it; without scripts that gives nothing
 * away. Whoever prints it has the browser ask for a printer. */
#define ALONE_POLICY                                                                                                   \
  SANDBOX " allow-same-origin allow-modals; img-src 'self' data:; style-src 'unsafe-inline'; font-src "                \
          "data:" POLICY_END

/* A frame of the page has its pictures in it, and no origin. */
#define FRAME_POLICY SANDBOX "; img-src data:; style-src 'unsafe-inline'; font-src data:" POLICY_END
#define REMOTE_POLICY                                                                                                  \
  SANDBOX "; img-src data: http: https:; style-src 'unsafe-inline' http: https:; font-src data: http: https:; "        \
          "media-src data: http: https:" POLICY_END
#define BARE_POLICY SANDBOX "; style-src 'unsafe-inline'; font-src data:" POLICY_END

enum {
  VIEW_EMBED = 1 << 0,  /* links open elsewhere */
  VIEW_FRAME = 1 << 1,  /* the page shows it */
  VIEW_REMOTE = 1 << 2, /* in a frame: what is elsewhere is fetched */
  VIEW_BARE = 1 << 3,   /* in a frame: no pictures */
  VIEW_DARK = 1 << 4,
  VIEW_PRINT = 1 << 5
};

static const char *choose_policy(guint flags) {
  if (!(flags & VIEW_FRAME))
    return ALONE_POLICY;
  return flags & VIEW_BARE ? BARE_POLICY : flags & VIEW_REMOTE ? REMOTE_POLICY : FRAME_POLICY;
}

/* One copy more than of other texts, and in a frame the pictures. */
static gsize cost_of_html(const ApiMail *mail, const ApiRead *read) {
  const GPtrArray *parts = message_parts(mail->message);
  gsize cost = api_cost_of(mail->message), n_pictures = 0;

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    cost += part->kind == MESSAGE_PART_HTML ? part->body_len : 0;
    n_pictures += html_view_may_show(part);
  }
  return cost + ((read->flags & VIEW_FRAME) && n_pictures > 0 ? 2 * HTML_VIEW_PICTURES_MAX : 0);
}

static HttpResponse *make_html(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *html = message_html(mail->message);

  if (!html)
    return http_response_error(404, "the message has no HTML");
  g_autofree char *parts = g_strdup_printf("%s/api/v1/message/%s/part/", read->prefix, mail->mail->id);
  gboolean is_frame = (read->flags & VIEW_FRAME) != 0;
  const HtmlViewOptions options = {
      .parts_path = is_frame ? NULL : parts,
      .opens_elsewhere = (read->flags & (VIEW_EMBED | VIEW_FRAME)) != 0,
      .keeps_links = is_frame && (read->flags & VIEW_REMOTE) != 0,
      .darkens = (read->flags & VIEW_DARK) != 0,
      .has_heading = (read->flags & VIEW_PRINT) != 0,
  };
  g_autofree char *view = html_view_print(html, mail->message, &options);
  gsize len = strlen(view);
  g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&view), len);
  HttpResponse *response = http_response_hostile("text/html; charset=utf-8", bytes);
  http_response_set_header(response, "Content-Security-Policy", choose_policy(read->flags));
  http_response_set_header(response, "X-DNS-Prefetch-Control", "off");
  return response;
}

static HttpResponse *make_text(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *text = message_text(mail->message);
  gsize len = strlen(text);
  g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&text), len);

  return http_response_hostile("text/plain; charset=utf-8", bytes);
}

/* Where the page shows it (web/page.h). */
static HttpResponse *make_redirect(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *path = g_strdup_printf("%s/view/%s", read->prefix, mail->mail->id);

  return http_response_redirect(path);
}

static void get_html(HttpRequest *request, gpointer user_data) {
  static const struct {
    const char *name;
    guint flag;
  } wishes[] = {
      {"embed", VIEW_EMBED}, {"frame", VIEW_FRAME}, {"remote", VIEW_REMOTE},
      {"bare", VIEW_BARE},   {"dark", VIEW_DARK},   {"print", VIEW_PRINT},
  };
  guint flags = 0;

  for (gsize i = 0; i < G_N_ELEMENTS(wishes); i++)
    flags |= api_query_flag(request, wishes[i].name) ? wishes[i].flag : 0;
  api_read(user_data, request, &(ApiRead){.make = make_html, .cost = cost_of_html, .marks_read = TRUE, .flags = flags});
}

static void get_text(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_text, .marks_read = TRUE});
}

static void get_latest(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_redirect});
}

const HttpRoute api_view_routes[] = {
    {.method = "GET", .pattern = "/view/latest", .handler = get_latest},
    {.method = "GET", .pattern = "/view/{id}.html", .handler = get_html},
    {.method = "GET", .pattern = "/view/{id}.txt", .handler = get_text},
    {.pattern = NULL},
};
