#include "message/html_text.h"
#include "message/html_base.h"
#include "message/html_token.h"
#include "message/text_urls.h"
#include <string.h>

typedef struct Writer {
  GString *out;
  HtmlTextFlags flags;
  gboolean has_space; /* white space is due before the next word */
  guint n_breaks;     /* line ends due before the next word */
  guint pre_depth;
  HtmlBase *base; /* what links are relative to; NULL: nothing */
  char *href;     /* of the link under way; NULL: none */
  gsize href_start;
} Writer;

/* Elements that begin and end on lines of their own, and how many line ends that takes. */
static const struct {
  const char *name;
  guint n_breaks;
} blocks[] = {
    {"address", 1}, {"article", 1},  {"blockquote", 2}, {"body", 1}, {"center", 1}, {"dd", 1}, {"div", 1}, {"dl", 2},
    {"dt", 1},      {"fieldset", 1}, {"footer", 1},     {"form", 1}, {"h1", 2},     {"h2", 2}, {"h3", 2},  {"h4", 2},
    {"h5", 2},      {"h6", 2},       {"header", 1},     {"hr", 1},   {"li", 1},     {"ol", 1}, {"p", 2},   {"pre", 2},
    {"section", 1}, {"table", 1},    {"tbody", 1},      {"tr", 1},   {"ul", 1},
};

static guint breaks_of(const char *name) {
  for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++)
    if (blocks[i].name[0] == name[0] && strcmp(blocks[i].name, name) == 0)
      return blocks[i].n_breaks;
  return 0;
}

static void want_breaks(Writer *writer, guint n_breaks) {
  if (n_breaks > 0)
    writer->has_space = TRUE;
  writer->n_breaks = MAX(writer->n_breaks, n_breaks);
}

/* Writes what is due before a word. */
static void begin_word(Writer *writer) {
  GString *out = writer->out;
  gboolean breaks = writer->n_breaks > 0 && (writer->flags & HTML_TEXT_LINES);

  if (out->len > 0 && breaks)
    g_string_append_len(out, "\n\n", MIN(writer->n_breaks, 2));
  else if (out->len > 0 && writer->has_space)
    g_string_append_c(out, ' ');
  writer->has_space = FALSE;
  writer->n_breaks = 0;
}

static gboolean is_space(gunichar c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == 0xA0;
}

static void write_preformatted(Writer *writer, const char *text, const char *end) {
  for (; text < end; text++) {
    if (*text == '\r')
      continue;
    begin_word(writer);
    g_string_append_c(writer->out, *text);
  }
}

/* Characters that show nothing: soft hyphens, and marks that messages pad their preview with. */
static gboolean is_invisible(gunichar c) {
  return c == 0xAD || c == 0x34F || c == 0x200B || c == 0x200C || c == 0xFEFF;
}

/* White space of any length is one space. */
static void write_text(Writer *writer, const char *text, const char *end) {
  if (writer->pre_depth > 0 && (writer->flags & HTML_TEXT_LINES)) {
    write_preformatted(writer, text, end);
    return;
  }
  while (text < end) {
    const char *word = text;
    while (text < end && g_ascii_isgraph(*text))
      text++;
    if (text > word) {
      begin_word(writer);
      g_string_append_len(writer->out, word, text - word);
      continue;
    }
    gunichar c = g_utf8_get_char(text);
    text = g_utf8_next_char(text);
    if (is_space(c)) {
      writer->has_space = TRUE;
    } else if (!is_invisible(c)) {
      begin_word(writer);
      g_string_append_len(writer->out, word, text - word);
    }
  }
}

static void write_decoded(Writer *writer, const HtmlToken *token) {
  if (!memchr(token->start, '&', (gsize)(token->end - token->start))) {
    write_text(writer, token->start, token->end);
    return;
  }
  g_autoptr(GString) text = g_string_sized_new((gsize)(token->end - token->start));
  html_append_decoded(text, token->start, token->end);
  write_text(writer, text->str, text->str + text->len);
}

/* To a page or into an app, or to an address of mail; numbers to call are in the text. */
static gboolean leads_somewhere(const char *href) {
  return url_is_safe_link(href) && (strchr(href, '/') || g_ascii_strncasecmp(href, "mailto:", strlen("mailto:")) == 0);
}

static void end_link(Writer *writer) {
  g_autofree char *href = g_steal_pointer(&writer->href);

  if (!href)
    return;
  const char *shown = writer->out->str + MIN(writer->href_start, writer->out->len);
  while (g_ascii_isspace(*shown))
    shown++;
  if (strcmp(shown, href) == 0)
    return;
  writer->has_space = TRUE;
  begin_word(writer);
  g_string_append_printf(writer->out, "(%s)", href);
}

static void begin_link(Writer *writer, const HtmlToken *token) {
  end_link(writer);
  g_autofree char *written = html_token_attribute(token, "href");
  g_autofree char *href = written && *written != '#' ? html_base_resolve(writer->base, written) : NULL;
  if (href && leads_somewhere(href))
    writer->href = g_steal_pointer(&href);
  writer->href_start = writer->out->len;
}

static void write_tag(Writer *writer, const HtmlToken *token) {
  static const char item[] = "- ";
  gboolean is_start = token->kind == HTML_TOKEN_START;
  const char *name = token->name;

  if (strcmp(name, "br") == 0) {
    writer->n_breaks++;
    writer->has_space = TRUE;
  } else if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0 || strcmp(name, "option") == 0) {
    writer->has_space = TRUE;
  } else if (strcmp(name, "img") == 0 && (writer->flags & HTML_TEXT_LINES)) {
    g_autofree char *alt = html_token_attribute(token, "alt");
    if (alt)
      write_text(writer, alt, alt + strlen(alt));
  } else if (strcmp(name, "a") == 0 && (writer->flags & HTML_TEXT_LINKS)) {
    if (is_start)
      begin_link(writer, token);
    else
      end_link(writer);
  } else {
    want_breaks(writer, breaks_of(name));
  }
  if (strcmp(name, "pre") == 0)
    writer->pre_depth = is_start ? 1 : 0;
  if (is_start && strcmp(name, "li") == 0 && (writer->flags & HTML_TEXT_LINES))
    write_text(writer, item, item + strlen(item));
}

char *html_text(const char *html, HtmlTextFlags flags, gsize bytes_max) {
  g_autoptr(HtmlBase) base = flags & HTML_TEXT_LINKS ? html_base_find(html) : NULL;
  Writer writer = {.out = g_string_new(NULL), .flags = flags, .base = base};
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, html, strlen(html));
  while (writer.out->len < bytes_max && html_reader_next(&reader, &token)) {
    if (token.kind == HTML_TOKEN_TEXT)
      write_decoded(&writer, &token);
    else
      write_tag(&writer, &token);
  }
  end_link(&writer);
  return g_string_free(writer.out, FALSE);
}
