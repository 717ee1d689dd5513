#include "message/remote_content.h"
#include "message/css_urls.h"
#include "message/html_base.h"
#include "message/html_token.h"
#include <string.h>

typedef struct Finder {
  GPtrArray *references;
  GHashTable *seen; /* "kind url" */
  const OwnParts *parts;
  HtmlBase *base;
} Finder;

/* What elements load; with "*" any of them. */
static const struct {
  const char *element;
  const char *attribute;
  RemoteKind kind;
  gboolean is_set; /* several, with commas between */
} loads[] = {
    {"img", "src", REMOTE_IMAGE, FALSE},        {"img", "srcset", REMOTE_IMAGE, TRUE},
    {"source", "srcset", REMOTE_IMAGE, TRUE},   {"source", "src", REMOTE_MEDIA, FALSE},
    {"image", "href", REMOTE_IMAGE, FALSE},     {"image", "xlink:href", REMOTE_IMAGE, FALSE},
    {"feimage", "href", REMOTE_IMAGE, FALSE},   {"use", "href", REMOTE_IMAGE, FALSE},
    {"use", "xlink:href", REMOTE_IMAGE, FALSE}, {"input", "src", REMOTE_IMAGE, FALSE},
    {"*", "background", REMOTE_IMAGE, FALSE},   {"video", "poster", REMOTE_IMAGE, FALSE},
    {"video", "src", REMOTE_MEDIA, FALSE},      {"audio", "src", REMOTE_MEDIA, FALSE},
    {"track", "src", REMOTE_MEDIA, FALSE},      {"iframe", "src", REMOTE_FRAME, FALSE},
    {"frame", "src", REMOTE_FRAME, FALSE},      {"embed", "src", REMOTE_FRAME, FALSE},
    {"object", "data", REMOTE_FRAME, FALSE},    {"script", "src", REMOTE_SCRIPT, FALSE},
};

const char *remote_kind_name(RemoteKind kind) {
  static const char *const names[REMOTE_KINDS_N] = {[REMOTE_IMAGE] = "image",   [REMOTE_STYLESHEET] = "stylesheet",
                                                    [REMOTE_FONT] = "font",     [REMOTE_MEDIA] = "media",
                                                    [REMOTE_FRAME] = "frame",   [REMOTE_SCRIPT] = "script",
                                                    [REMOTE_OTHER] = "resource"};

  return names[kind];
}

gboolean remote_content_is_remote(const char *url) {
  static const char *const schemes[] = {"http:", "https:", "ftp:"};

  if (url[0] != '\0' && strchr("/\\", url[0]) && url[1] != '\0' && strchr("/\\", url[1]))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
    if (g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
      return TRUE;
  return FALSE;
}

static void reference_free(gpointer data) {
  RemoteReference *reference = data;

  g_free(reference->url);
  g_free(reference);
}

static void add(Finder *finder, RemoteKind kind, const char *written) {
  gboolean has_room = finder->references->len < REMOTE_REFERENCES_MAX;
  g_autofree char *whole = has_room ? html_base_resolve(finder->base, written) : NULL;
  /* "//host/" without a base stays, for its scheme is that of whoever shows it. */
  gboolean has_scheme = finder->base || !whole || strcspn(written, ":") < strcspn(written, "/\\");
  g_autofree char *url = g_strdup(has_scheme ? whole : whole + strlen("https:"));

  if (!url || !remote_content_is_remote(url) || strlen(url) > REMOTE_URL_BYTES_MAX ||
      (finder->parts && own_parts_find(finder->parts, written, NULL)) ||
      !g_hash_table_add(finder->seen, g_strdup_printf("%d %s", kind, url)))
    return;
  RemoteReference *reference = g_new(RemoteReference, 1);
  *reference = (RemoteReference){.kind = kind, .url = g_steal_pointer(&url)};
  g_ptr_array_add(finder->references, reference);
}

/* "a.png 1x, b.png 2x": an address ends with a blank, so that it may have commas within. */
static void add_set(Finder *finder, RemoteKind kind, const char *set) {
  while (*set != '\0') {
    set += strspn(set, " \t\r\n\f,");
    gsize len = strcspn(set, " \t\r\n\f");
    g_autofree char *url = g_strndup(set, len);
    set += len;
    if (g_str_has_suffix(url, ","))
      url[len - 1] = '\0';
    else
      set += strcspn(set, ",");
    add(finder, kind, url);
  }
}

static void css_cb(CssUrlKind kind, const char *url, gpointer user_data) {
  static const RemoteKind kinds[] = {
      [CSS_URL_IMAGE] = REMOTE_IMAGE, [CSS_URL_FONT] = REMOTE_FONT, [CSS_URL_SHEET] = REMOTE_STYLESHEET};

  add(user_data, kinds[kind], url);
}

static void read_link(Finder *finder, const HtmlToken *token) {
  g_autofree char *address = html_token_attribute(token, "href");
  g_autofree char *relation = html_token_attribute(token, "rel");
  g_autofree char *lower = g_ascii_strdown(relation ? relation : "", -1);

  if (address)
    add(finder, strstr(lower, "stylesheet") ? REMOTE_STYLESHEET : REMOTE_OTHER, address);
}

static void read_tag(Finder *finder, const HtmlReader *reader, const HtmlToken *token) {
  g_autofree char *style = html_token_attribute(token, "style");

  for (gsize i = 0; i < G_N_ELEMENTS(loads); i++) {
    if (loads[i].element[0] != '*' && strcmp(loads[i].element, token->name) != 0)
      continue;
    g_autofree char *value = html_token_attribute(token, loads[i].attribute);
    if (value && loads[i].is_set)
      add_set(finder, loads[i].kind, value);
    else if (value)
      add(finder, loads[i].kind, value);
  }
  if (style)
    css_urls_find(style, strlen(style), css_cb, finder);
  if (strcmp(token->name, "link") == 0)
    read_link(finder, token);
  if (strcmp(token->name, "style") == 0) {
    gsize len;
    const char *sheet = html_reader_skipped(reader, token, &len);
    css_urls_find(sheet, len, css_cb, finder);
  }
}

GPtrArray *remote_content_find(const char *html, const OwnParts *parts) {
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(HtmlBase) own = parts ? NULL : html_base_find(html);
  Finder finder = {.references = g_ptr_array_new_with_free_func(reference_free),
                   .seen = seen,
                   .parts = parts,
                   .base = parts ? own_parts_base(parts) : own};
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token))
    if (token.kind == HTML_TOKEN_START)
      read_tag(&finder, &reader, &token);
  return finder.references;
}
