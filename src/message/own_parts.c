#include "message/own_parts.h"
#include <string.h>

struct OwnParts {
  GHashTable *by_id;       /* exact */
  GHashTable *by_like_id;  /* folded; also without its domain */
  GHashTable *by_location; /* as written and, where there is a base, whole */
  GHashTable *by_name;     /* folded; empty where the HTML has a base element, for that leads elsewhere */
  HtmlBase *base;
};

void own_parts_free(OwnParts *parts) {
  if (!parts)
    return;
  g_hash_table_unref(parts->by_id);
  g_hash_table_unref(parts->by_like_id);
  g_hash_table_unref(parts->by_location);
  g_hash_table_unref(parts->by_name);
  html_base_free(parts->base);
  g_free(parts);
}

/* Of two parts with the same key the first counts. Takes the key. */
static void add(GHashTable *table, char *key, const MessagePart *part) {
  if (!key || *key == '\0' || g_hash_table_contains(table, key))
    g_free(key);
  else
    g_hash_table_insert(table, key, (gpointer)part);
}

/* Without angle brackets and blanks around it, in lower case. */
static char *fold(const char *text) {
  gsize n_before = strspn(text, "< \t");
  g_autofree char *folded = g_ascii_strdown(text + n_before, -1);
  gsize len = strlen(folded);

  while (len > 0 && strchr("> \t", folded[len - 1]))
    len--;
  return g_strndup(folded, len);
}

static char *unescape(const char *text) {
  char *plain = g_uri_unescape_string(text, NULL);

  if (!plain)
    plain = g_strdup(text);
  return plain;
}

static char *without_domain(const char *id) {
  const char *at = strrchr(id, '@');

  return at ? g_strndup(id, (gsize)(at - id)) : NULL;
}

static void add_id(OwnParts *parts, const MessagePart *part) {
  g_autofree char *plain = unescape(part->content_id);
  g_autofree char *folded = fold(plain);

  add(parts->by_like_id, g_strdup(folded), part);
  add(parts->by_like_id, without_domain(folded), part);
}

/* One line without white space, which folding may have put into it (RFC 2557 4.4.2), nor quotes. NULL: there is none.
 */
static char *read_address(const Message *message, const GArray *fields, const char *name) {
  const HeaderField *field = header_fields_first(fields, name);

  if (!field || field->raw_len > MESSAGE_PART_HEADER_MAX)
    return NULL;
  g_autofree char *text = message_field_text(message, field);
  GString *address = g_string_new(NULL);
  for (const char *at = text; *at; at++)
    if (!g_ascii_isspace(*at) && !strchr("\"<>", *at))
      g_string_append_c(address, *at);
  return g_string_free(address, FALSE);
}

static void add_location(OwnParts *parts, const Message *message, const GArray *fields, const MessagePart *part) {
  g_autofree char *location = read_address(message, fields, "Content-Location");
  g_autofree char *own_base = read_address(message, fields, "Content-Base");
  g_autoptr(HtmlBase) base = own_base ? html_base_new(own_base, 0) : NULL;

  if (!location)
    return;
  add(parts->by_location, html_base_resolve(base ? base : parts->base, location), part);
  add(parts->by_location, g_strdup(location), part);
}

static void add_part(OwnParts *parts, const Message *message, const MessagePart *part, gboolean by_name) {
  g_autoptr(GArray) fields = message_part_fields(message, part);

  add_location(parts, message, fields, part);
  if (part->content_id)
    add_id(parts, part);
  if (by_name && part->file_name)
    add(parts->by_name, fold(part->file_name), part);
}

/* By the HTML part's own header, and those of the parts around it; the nearest counts, a base before a location. */
static HtmlBase *find_header_base(const Message *message, gsize n_bytes) {
  const GPtrArray *all = message_parts(message);
  const MessagePart *html = NULL;

  for (guint i = 0; i < all->len && !html; i++)
    if (((const MessagePart *)g_ptr_array_index(all, i))->kind == MESSAGE_PART_HTML)
      html = g_ptr_array_index(all, i);
  for (guint i = all->len; html && i-- > 0;) {
    const MessagePart *part = g_ptr_array_index(all, i);
    gboolean is_around =
        part == html || (part->kind == MESSAGE_PART_CONTAINER && part->body_offset <= html->body_offset &&
                         html->body_offset < part->body_offset + part->body_len);
    if (!is_around)
      continue;
    g_autoptr(GArray) fields = message_part_fields(message, part);
    static const char *const names[] = {"Content-Base", "Content-Location"};
    for (gsize name = 0; name < G_N_ELEMENTS(names); name++) {
      g_autofree char *address = read_address(message, fields, names[name]);
      HtmlBase *base = address ? html_base_new(address, n_bytes) : NULL;
      if (base)
        return base;
    }
  }
  return NULL;
}

static GHashTable *new_table(void) {
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

OwnParts *own_parts_new(const Message *message, const char *html) {
  const GPtrArray *all = message_parts(message);
  OwnParts *parts = g_new0(OwnParts, 1);

  parts->by_id = message_parts_by_content_id(message);
  parts->by_like_id = new_table();
  parts->by_location = new_table();
  parts->by_name = new_table();
  parts->base = html_base_find(html);
  gboolean by_name = !parts->base;
  if (!parts->base)
    parts->base = find_header_base(message, strlen(html));
  for (guint i = 0; i < all->len; i++) {
    const MessagePart *part = g_ptr_array_index(all, i);
    if (part->kind == MESSAGE_PART_INLINE || part->kind == MESSAGE_PART_ATTACHMENT)
      add_part(parts, message, part, by_name);
  }
  return parts;
}

HtmlBase *own_parts_base(const OwnParts *parts) {
  return parts->base;
}

/* The last word of a path, decoded. */
static char *file_name_of(const char *address) {
  g_autofree char *path = g_strndup(address, strcspn(address, "?#"));
  const char *slash = strrchr(path, '/');
  g_autofree char *plain = unescape(slash ? slash + 1 : path);

  return fold(plain);
}

static const MessagePart *find_by_id(const OwnParts *parts, const char *address, OwnPartMatch *match) {
  const char *written = address + strlen("cid:");
  g_autofree char *plain = unescape(written);
  const MessagePart *part = g_hash_table_lookup(parts->by_id, plain);

  *match = OWN_PART_BY_ID;
  if (part)
    return part;
  *match = OWN_PART_BY_LIKE_ID;
  g_autofree char *folded = fold(plain);
  g_autofree char *local = without_domain(folded);
  part = g_hash_table_lookup(parts->by_like_id, folded);
  if (!part && local)
    part = g_hash_table_lookup(parts->by_like_id, local);
  if (part)
    return part;
  *match = OWN_PART_BY_LOCATION;
  part = g_hash_table_lookup(parts->by_location, address);
  if (part)
    return part;
  *match = OWN_PART_BY_NAME;
  return g_hash_table_lookup(parts->by_name, folded);
}

static const MessagePart *find_by_location(const OwnParts *parts, const char *address, OwnPartMatch *match) {
  *match = OWN_PART_BY_LOCATION;
  const MessagePart *part = g_hash_table_lookup(parts->by_location, address);
  gboolean may_be_whole = !part && g_hash_table_size(parts->by_location) > 0;
  g_autofree char *whole = may_be_whole ? html_base_resolve(parts->base, address) : NULL;
  if (!part && whole)
    part = g_hash_table_lookup(parts->by_location, whole);
  if (part)
    return part;
  g_autofree char *scheme = g_uri_parse_scheme(address);
  gboolean is_relative = !scheme && !(address[0] == '/' && address[1] == '/');
  g_autofree char *name = is_relative ? file_name_of(address) : NULL;
  *match = OWN_PART_BY_NAME;
  return name ? g_hash_table_lookup(parts->by_name, name) : NULL;
}

const MessagePart *own_parts_find(const OwnParts *parts, const char *address, OwnPartMatch *out_match) {
  OwnPartMatch match;

  address += strspn(address, " \t\r\n\f");
  if (*address == '\0' || *address == '#' || g_ascii_strncasecmp(address, "data:", strlen("data:")) == 0 ||
      strlen(address) > MESSAGE_PART_HEADER_MAX)
    return NULL;
  g_autofree char *trimmed = g_strchomp(g_strdup(address));
  gboolean is_id = g_ascii_strncasecmp(trimmed, "cid:", strlen("cid:")) == 0;
  const MessagePart *part = is_id ? find_by_id(parts, trimmed, &match) : find_by_location(parts, trimmed, &match);
  if (part && out_match)
    *out_match = match;
  return part;
}
