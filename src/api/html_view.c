#include "api/html_view.h"
#include "message/html_addresses.h"
#include "message/html_base.h"
#include "message/own_parts.h"
#include "message/sniff.h"
#include <string.h>

#define LINK_ATTRIBUTES " target=\"_blank\" rel=\"noreferrer noopener\""

/* Turned round as a whole, and pictures back again; not those behind texts, which would be turned back with them. */
#define DARK_STYLE                                                                                                     \
  "<style>html{background:#fff;filter:invert(.93) hue-rotate(180deg)}"                                                 \
  "img,video{filter:invert(1) hue-rotate(180deg)}</style>"

/* --- pictures */

typedef struct Pictures {
  const Message *message;
  const char *parts_path;
  const OwnParts *parts;
  gsize n_left; /* bytes that may still be put into the page, of pictures and of whole addresses */
} Pictures;

gboolean html_view_may_show(const MessagePart *part) {
  return g_str_has_prefix(part->content_type, "image/") || strcmp(part->content_type, "application/octet-stream") == 0;
}

/* The picture itself. What is in Base64 in the message is about as long in the page, other encodings are not shorter
 * than what they encode; so a message cannot have more decoded than it may show. */
static gboolean print_picture(Pictures *pictures, const MessagePart *part, GString *out) {
  gsize cost = part->body_len / 3 * 4 + 64;

  if (!html_view_may_show(part) || cost > pictures->n_left)
    return FALSE;
  g_autoptr(GBytes) bytes = message_part_decode(pictures->message, part);
  gsize len;
  const guchar *data = g_bytes_get_data(bytes, &len);
  const char *type = part->content_type;
  if (!g_str_has_prefix(type, "image/"))
    type = sniff_content_type((const char *)data, len);
  pictures->n_left -= cost; /* for one that is not a picture, too: it was decoded, and may be named often */
  if (!g_str_has_prefix(type, "image/"))
    return FALSE;
  g_autofree char *base64 = g_base64_encode(data, len);
  g_string_append_printf(out, "data:%s;base64,%s", type, base64);
  return TRUE;
}

static gboolean print_part(Pictures *pictures, const MessagePart *part, GString *out) {
  if (!pictures->parts_path)
    return print_picture(pictures, part, out);
  g_string_append(out, pictures->parts_path);
  g_string_append(out, part->part_id);
  return TRUE;
}

/* So that it ends neither a value nor what it stands in. */
static void print_whole(const HtmlAddress *address, const char *url, GString *out) {
  g_autoptr(GString) text = g_string_new(NULL);

  for (const char *at = url; *at != '\0'; at++)
    if (address->in_style && strchr(" \"'()\\<>", *at))
      g_string_append_printf(text, "%%%02X", (guint8)*at);
    else
      g_string_append_c(text, *at);
  g_autofree char *escaped = address->in_sheet ? NULL : g_markup_escape_text(text->str, -1);
  g_string_append(out, escaped ? escaped : text->str);
}

static gboolean is_id(const char *address) {
  return g_ascii_strncasecmp(address, "cid:", strlen("cid:")) == 0;
}

/* How many bytes of the address were replaced. */
static gsize print_address(Pictures *pictures, const HtmlAddress *address, GString *out) {
  g_autofree char *text = html_address_read(address, address->len);
  gboolean may_be_part = address->kind != HTML_ADDRESS_LINK || is_id(text);
  const MessagePart *part = may_be_part ? own_parts_find(pictures->parts, text, NULL) : NULL;

  if (part && print_part(pictures, part, out))
    return address->len;
  if (!part && address->short_len < address->len) {
    g_autofree char *start = html_address_read(address, address->short_len);
    part = own_parts_find(pictures->parts, start, NULL);
    if (part && print_part(pictures, part, out))
      return address->short_len;
  }
  if (part || is_id(text) || *text == '#' || strlen(text) > HTML_VIEW_ADDRESS_MAX ||
      pictures->n_left < HTML_VIEW_ADDRESS_MAX)
    return 0;
  g_autofree char *whole = html_base_resolve(own_parts_base(pictures->parts), text);
  if (!whole || strcmp(whole, text) == 0)
    return 0;
  pictures->n_left -= MIN(pictures->n_left, strlen(whole));
  print_whole(address, whole, out);
  return address->len;
}

static char *rewrite_addresses(const char *html, const Message *message, const char *parts_path) {
  g_autoptr(OwnParts) parts = own_parts_new(message, html);
  Pictures pictures = {message, parts_path, parts, HTML_VIEW_PICTURES_MAX};
  GString *out = g_string_sized_new(strlen(html) + 1024);
  const char *copied = html;
  HtmlAddressReader reader;
  HtmlAddress address;

  html_address_reader_init(&reader, html);
  while (html_address_reader_next(&reader, &address)) {
    g_string_append_len(out, copied, address.start - copied);
    copied = address.start + print_address(&pictures, &address, out);
  }
  g_string_append(out, copied);
  return g_string_free(out, FALSE);
}

/* --- links */

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

/* Elements for which browsers connect to others whatever the policy says: by preconnect and its like, and ahead of what
 * is in frames, before it is rejected. They are made elements that mean nothing, without a look at what is around them,
 * so that no browser can read it otherwise. */
static char *drop_connections(const char *html, gboolean keeps_links) {
  static const char *const elements[] = {"<link", "<iframe", "<frame"};
  GString *out = g_string_sized_new(strlen(html) + 64);

  for (; *html != '\0'; html++) {
    g_string_append_c(out, *html);
    for (gsize i = keeps_links ? 1 : 0; *html == '<' && i < G_N_ELEMENTS(elements); i++)
      if (g_ascii_strncasecmp(html, elements[i], strlen(elements[i])) == 0)
        g_string_append(out, "x-");
  }
  return g_string_free(out, FALSE);
}

/* --- the heading */

static void print_field(GString *out, const Message *message, const char *name) {
  g_autofree char *text = message_header_text(message, name);

  if (!text)
    return;
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  g_string_append_printf(out, "<div><b>%s:</b> %s</div>", name, escaped);
}

static char *print_heading(const Message *message) {
  static const char *const names[] = {"Subject", "From", "To", "Cc", "Date"};
  GString *out = g_string_new("<div style=\"font:14px/1.5 sans-serif;color:#000;background:#fff;text-align:left;"
                              "border-bottom:1px solid #000;margin:0 0 16px;padding:0 0 8px\">");

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    print_field(out, message, names[i]);
  g_string_append(out, "</div>");
  return g_string_free(out, FALSE);
}

/* Behind the tag that begins the body, or in front of all. */
static char *add_heading(const char *html, const Message *message) {
  g_autofree char *heading = print_heading(message);
  const char *at = html;
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, html, strlen(html));
  while (at == html && html_reader_next(&reader, &token))
    if (token.kind == HTML_TOKEN_START && strcmp(token.name, "body") == 0 && *token.end == '>')
      at = token.end + 1;
  return g_strdup_printf("%.*s%s%s", (int)(at - html), html, heading, at);
}

/* --- the whole */

static void replace(char **html, char *by) {
  g_free(*html);
  *html = by;
}

/* Pictures come behind what looks at all bytes, for they can be megabytes, and before the heading, in which a "cid:"
 * is a word of the subject. */
char *html_view_print(const char *html, const Message *message, const HtmlViewOptions *options) {
  char *view = drop_connections(html, options->keeps_links);

  if (options->opens_elsewhere)
    replace(&view, open_links_elsewhere(view));
  replace(&view, rewrite_addresses(view, message, options->parts_path));
  if (options->has_heading)
    replace(&view, add_heading(view, message));
  if (options->darkens)
    replace(&view, g_strconcat(view, DARK_STYLE, NULL));
  return view;
}
