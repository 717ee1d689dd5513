#include "message/links.h"
#include "base/utf8.h"
#include "message/html_base.h"
#include "message/html_token.h"
#include "message/remote_content.h"
#include "message/text_urls.h"
#include <string.h>

typedef struct Finder {
  GPtrArray *links;
  GHashTable *by_url;    /* url, lent by the link -> link */
  GString *before;       /* the text so far, its last bytes */
  MessageLink *open;     /* the anchor whose text is being read */
  gboolean in_anchor;    /* whose text is not looked through for links, be it new or not */
  const OwnParts *parts; /* NULL: not known */
  HtmlBase *base;        /* of the HTML; NULL: none */
  gsize n_bytes;         /* of all URLs */
} Finder;

static void link_free(gpointer data) {
  MessageLink *link = data;

  g_free(link->url);
  g_free(link->text);
  g_free(link->context);
  g_free(link);
}

/* Keeps twice what a context needs, so that it is cut seldom. */
static void remember(Finder *finder, const char *text, gsize len) {
  gsize kept = MIN(len, 2 * LINK_CONTEXT_BYTES);

  if (kept < len)
    g_string_truncate(finder->before, 0);
  g_string_append_len(finder->before, text + len - kept, (gssize)kept);
  if (finder->before->len > 4 * LINK_CONTEXT_BYTES)
    g_string_erase(finder->before, 0, (gssize)(finder->before->len - 2 * LINK_CONTEXT_BYTES));
}

/* One line, white space made single. */
static char *squeeze(const char *text, gsize len) {
  GString *out = g_string_sized_new(len);

  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isspace(text[i]))
      g_string_append_c(out, text[i]);
    else if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c(out, ' ');
  }
  return g_strchomp(g_string_free(out, FALSE));
}

static char *make_context(const Finder *finder, const char *shown) {
  g_autofree char *before = squeeze(finder->before->str, finder->before->len);
  gsize len = strlen(before);
  gsize skipped = len > LINK_CONTEXT_BYTES ? len - LINK_CONTEXT_BYTES : 0;

  while (((guchar)before[skipped] & 0xC0) == 0x80)
    skipped++;
  return g_strstrip(g_strjoin(" ", before + skipped, shown, NULL));
}

/* What is fetched rather than opened comes from the web, and not from the message itself. */
static gboolean is_wanted(const Finder *finder, LinkKind kind, const char *written, const char *url) {
  if (!url_is_safe_link(url) || strlen(url) > LINK_URL_BYTES_MAX)
    return FALSE;
  if (kind == LINK_ANCHOR || kind == LINK_TEXT)
    return *written != '#';
  return remote_content_is_remote(url) && !(finder->parts && own_parts_find(finder->parts, written, NULL));
}

/* Returns the link if it is new, or was no anchor so far. Takes the address, which may be NULL. */
static MessageLink *add_link(Finder *finder, LinkKind kind, char *address, const char *shown) {
  g_autofree char *written = address;
  g_autofree char *url = written && finder->links->len < LINKS_MAX ? html_base_resolve(finder->base, written) : NULL;

  if (!url || !is_wanted(finder, kind, written, url))
    return NULL;
  MessageLink *link = g_hash_table_lookup(finder->by_url, url);
  if (link && (kind != LINK_ANCHOR || link->kind == LINK_ANCHOR))
    return NULL;
  gsize n_bytes = strlen(url);
  if (!link && n_bytes > LINKS_BYTES_MAX - finder->n_bytes)
    return NULL;
  if (!link) {
    finder->n_bytes += n_bytes;
    link = g_new0(MessageLink, 1);
    link->url = g_steal_pointer(&url);
    g_ptr_array_add(finder->links, link);
    g_hash_table_insert(finder->by_url, link->url, link);
  }
  g_free(link->text);
  g_free(link->context);
  link->kind = kind;
  link->text = g_strdup(shown);
  link->context = make_context(finder, shown);
  return link;
}

/* Links written out. */
static void find_in_text(Finder *finder, const char *text, gsize len) {
  TextUrl url;
  gsize done = 0;

  for (gsize at = 0; text_urls_next(text, len, &at, &url);) {
    remember(finder, text + done, url.start - done);
    g_autofree char *shown = g_strndup(text + url.start, url.end - url.start);
    add_link(finder, LINK_TEXT, url.url, shown);
    done = url.start;
  }
  remember(finder, text + done, len - done);
}

static void end_anchor(Finder *finder) {
  finder->in_anchor = FALSE;
  MessageLink *link = g_steal_pointer(&finder->open);
  if (!link)
    return;
  g_autofree char *shown = squeeze(link->text, strlen(link->text));
  g_free(link->text);
  link->text = g_steal_pointer(&shown);
  g_autofree char *context = g_strconcat(link->context, " ", link->text, NULL);
  g_free(link->context);
  link->context = g_strdup(g_strstrip(context));
}

/* The text of an anchor is cut where a context would be. */
static void add_to_anchor(Finder *finder, const char *text) {
  MessageLink *link = finder->open;

  if (!link || strlen(link->text) > LINK_CONTEXT_BYTES)
    return;
  gsize len = utf8_cut(text, MIN(strlen(text), LINK_CONTEXT_BYTES));
  g_autofree char *longer = g_strdup_printf("%s%.*s", link->text, (int)len, text);
  g_free(link->text);
  link->text = g_steal_pointer(&longer);
}

static void read_tag(Finder *finder, const HtmlToken *token) {
  const char *name = token->name;

  if (token->kind == HTML_TOKEN_END) {
    if (strcmp(name, "a") == 0)
      end_anchor(finder);
    return;
  }
  if (strcmp(name, "a") == 0 || strcmp(name, "area") == 0) {
    end_anchor(finder);
    char *address = html_token_attribute(token, "href");
    finder->in_anchor = address && strcmp(name, "a") == 0;
    MessageLink *link = add_link(finder, LINK_ANCHOR, address, "");
    finder->open = finder->in_anchor ? link : NULL;
  } else if (strcmp(name, "img") == 0) {
    g_autofree char *alternative = html_token_attribute(token, "alt");
    add_to_anchor(finder, alternative ? alternative : "");
    add_link(finder, LINK_IMAGE, html_token_attribute(token, "src"), alternative ? alternative : "");
  } else if (strcmp(name, "link") == 0) {
    g_autofree char *relation = html_token_attribute(token, "rel");
    if (relation && g_ascii_strcasecmp(relation, "stylesheet") == 0)
      add_link(finder, LINK_STYLESHEET, html_token_attribute(token, "href"), "");
  }
  remember(finder, " ", 1);
}

static void end_text(Finder *finder, GString *text) {
  add_to_anchor(finder, text->str);
  if (finder->in_anchor)
    remember(finder, text->str, text->len);
  else
    find_in_text(finder, text->str, text->len);
  g_string_truncate(text, 0);
}

/* Texts with nothing but a <wbr> between them are one, for it is there to let a long URL be broken. */
static void find_in_html(Finder *finder, const char *html) {
  g_autoptr(HtmlBase) own = finder->parts ? NULL : html_base_find(html);
  g_autoptr(GString) text = g_string_new(NULL);
  HtmlReader reader;
  HtmlToken token;

  finder->base = finder->parts ? own_parts_base(finder->parts) : own;
  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    if (token.kind == HTML_TOKEN_TEXT) {
      html_append_decoded(text, token.start, token.end);
    } else if (strcmp(token.name, "wbr") != 0) {
      end_text(finder, text);
      read_tag(finder, &token);
    }
  }
  end_text(finder, text);
  end_anchor(finder);
  g_string_truncate(finder->before, 0);
  finder->base = NULL;
}

GPtrArray *links_find(const char *text, const char *html, const OwnParts *parts) {
  g_autoptr(GHashTable) by_url = g_hash_table_new(g_str_hash, g_str_equal);
  Finder finder = {.links = g_ptr_array_new_with_free_func(link_free),
                   .by_url = by_url,
                   .before = g_string_new(NULL),
                   .parts = parts};

  if (html)
    find_in_html(&finder, html);
  if (text)
    find_in_text(&finder, text, strlen(text));
  g_string_free(finder.before, TRUE);
  return finder.links;
}

GPtrArray *message_links(const Message *message) {
  g_autofree char *text = message_plain_text(message);
  g_autofree char *html = message_html(message);
  g_autoptr(OwnParts) parts = html ? own_parts_new(message, html) : NULL;

  return links_find(text, html, parts);
}
