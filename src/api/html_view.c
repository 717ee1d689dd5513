#include "api/html_view.h"
#include "message/html_token.h"
#include <string.h>

#define LINK_ATTRIBUTES " target=\"_blank\" rel=\"noreferrer noopener\""

/* Content ids and the parts that have them; the first of its id counts. */
static GHashTable *parts_by_id(const Message *message) {
  GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
  const GPtrArray *parts = message_parts(message);

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (part->content_id && !g_hash_table_contains(table, part->content_id))
      g_hash_table_insert(table, part->content_id, part->part_id);
  }
  return table;
}

/* Where "cid:" may begin an address: behind what opens a value, in an attribute or a style. */
static gboolean begins_value(const char *start, const char *at) {
  return at > start && (strchr("\"'=(,", at[-1]) || g_ascii_isspace(at[-1]));
}

static const char *find_cid(const char *start, const char *at) {
  for (; *at != '\0'; at++)
    if (g_ascii_strncasecmp(at, "cid:", 4) == 0 && begins_value(start, at))
      return at;
  return NULL;
}

static char *rewrite_pictures(const char *html, const Message *message, const char *parts_path) {
  g_autoptr(GHashTable) parts = parts_by_id(message);
  GString *out = g_string_sized_new(strlen(html) + 1024);
  const char *at = html;
  const char *cid;

  while ((cid = find_cid(html, at))) {
    gsize len = strcspn(cid + 4, "\"'<>() \t\r\n");
    g_autofree char *id = g_uri_unescape_segment(cid + 4, cid + 4 + len, NULL);
    const char *part_id = id ? g_hash_table_lookup(parts, id) : NULL;
    g_string_append_len(out, at, cid - at);
    if (part_id) {
      g_string_append(out, parts_path);
      g_string_append(out, part_id);
    } else {
      g_string_append_len(out, cid, (gssize)(4 + len));
    }
    at = cid + 4 + len;
  }
  g_string_append(out, at);
  return g_string_free(out, FALSE);
}

/* In front of the link's own attributes: of two with one name the first counts. */
static char *open_links_elsewhere(const char *html) {
  GString *out = g_string_sized_new(strlen(html) + 1024);
  const char *copied = html;
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    if (token.kind != HTML_TOKEN_START || (strcmp(token.name, "a") != 0 && strcmp(token.name, "area") != 0))
      continue;
    g_string_append_len(out, copied, token.start - copied);
    g_string_append(out, LINK_ATTRIBUTES);
    copied = token.start;
  }
  g_string_append(out, copied);
  return g_string_free(out, FALSE);
}

char *html_view_print(const char *html, const Message *message, const char *parts_path, gboolean embeds) {
  char *rewritten = rewrite_pictures(html, message, parts_path);

  if (!embeds)
    return rewritten;
  char *opened = open_links_elsewhere(rewritten);
  g_free(rewritten);
  return opened;
}
