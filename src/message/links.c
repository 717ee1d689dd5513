#include "message/links.h"
#include "message/html_token.h"
#include <string.h>

typedef struct Finder {
  GPtrArray *links;
  GHashTable *by_url; /* url, lent by the link -> link */
  GString *before;    /* the text so far, its last octets */
  MessageLink *open;  /* the anchor whose text is being read */
} Finder;

static void link_free(gpointer data) {
  MessageLink *link = data;
  g_free(link->url);
  g_free(link->text);
  g_free(link->context);
  g_free(link);
}

static gboolean has_scheme(const char *url) {
  static const char *const schemes[] = {"https://", "http://", "mailto:"};
  for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
    if (g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])) == 0 && url[strlen(schemes[i])])
      return TRUE;
  return FALSE;
}

/* Keeps twice what a context needs, so that it is cut seldom. */
static void remember(Finder *finder, const char *text, gsize len) {
  gsize kept = MIN(len, 2 * LINK_CONTEXT_OCTETS);
  if (kept < len)
    g_string_truncate(finder->before, 0);
  g_string_append_len(finder->before, text + len - kept, (gssize)kept);
  if (finder->before->len > 4 * LINK_CONTEXT_OCTETS)
    g_string_erase(finder->before, 0, (gssize)(finder->before->len - 2 * LINK_CONTEXT_OCTETS));
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
  gsize skipped = len > LINK_CONTEXT_OCTETS ? len - LINK_CONTEXT_OCTETS : 0;
  while (((guchar)before[skipped] & 0xC0) == 0x80)
    skipped++;
  return g_strstrip(g_strjoin(" ", before + skipped, shown, NULL));
}

/* Browsers read over line ends and tabs inside a URL. */
static void remove_line_ends(char *url) {
  char *out = url;
  for (; *url; url++)
    if (!strchr("\t\r\n", *url))
      *out++ = *url;
  *out = '\0';
}

/* Returns the link if it is new, or was no anchor so far. */
static MessageLink *add_link(Finder *finder, LinkKind kind, char *url, const char *shown) {
  g_autofree char *owned = url;
  if (url)
    remove_line_ends(url);
  if (!url || !has_scheme(url) || strlen(url) > LINK_URL_OCTETS_MAX)
    return NULL;
  MessageLink *link = g_hash_table_lookup(finder->by_url, url);
  if (link && (kind != LINK_ANCHOR || link->kind == LINK_ANCHOR))
    return NULL;
  if (!link && finder->links->len >= LINKS_MAX)
    return NULL;
  if (!link) {
    link = g_new0(MessageLink, 1);
    link->url = g_steal_pointer(&owned);
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

static gboolean ends_url(char c) {
  return g_ascii_isspace(c) || g_ascii_iscntrl(c) || c == '<' || c == '>' || c == '"' || c == '\0';
}

/* Without the punctuation of the sentence around it: full stops and the like, and brackets that it does not open. */
static gsize trim_url(const char *url, gsize len) {
  static const char opening[] = "([{";
  static const char closing[] = ")]}";
  int n_open[3] = {0};
  for (gsize i = 0; i < len; i++) {
    const char *open = strchr(opening, url[i]);
    const char *close = strchr(closing, url[i]);
    if (open)
      n_open[open - opening]++;
    else if (close)
      n_open[close - closing]--;
  }
  for (; len > 0; len--) {
    const char *close = strchr(closing, url[len - 1]);
    if (close ? n_open[close - closing] >= 0 : !strchr(".,;:!?'*_", url[len - 1]))
      break;
    if (close)
      n_open[close - closing]++;
  }
  return len;
}

/* Links written out. A scheme counts at the beginning of a word only. */
static void find_in_text(Finder *finder, const char *text, gsize len) {
  gsize done = 0;
  for (gsize at = 0; at < len;) {
    gboolean begins = (at == 0 || !g_ascii_isalnum(text[at - 1])) && strchr("hHmM", text[at]);
    if (!begins || !has_scheme(text + at)) {
      at++;
      continue;
    }
    gsize url_len = 0;
    while (at + url_len < len && !ends_url(text[at + url_len]))
      url_len++;
    gsize behind = at + MAX(url_len, 1);
    remember(finder, text + done, at - done);
    char *url = g_strndup(text + at, trim_url(text + at, url_len));
    g_autofree char *shown = g_strdup(url);
    add_link(finder, LINK_TEXT, url, shown);
    done = at;
    at = behind;
  }
  remember(finder, text + done, len - done);
}

static void end_anchor(Finder *finder) {
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
  if (!link || strlen(link->text) > LINK_CONTEXT_OCTETS)
    return;
  gsize len = MIN(strlen(text), LINK_CONTEXT_OCTETS);
  while (((guchar)text[len] & 0xC0) == 0x80)
    len--;
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
    MessageLink *link = add_link(finder, LINK_ANCHOR, html_token_attribute(token, "href"), "");
    finder->open = strcmp(name, "a") == 0 ? link : NULL;
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

static void find_in_html(Finder *finder, const char *html) {
  HtmlReader reader;
  HtmlToken token;
  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    if (token.kind != HTML_TOKEN_TEXT) {
      read_tag(finder, &token);
      continue;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    html_append_decoded(text, token.start, token.end);
    add_to_anchor(finder, text->str);
    find_in_text(finder, text->str, text->len);
  }
  end_anchor(finder);
  g_string_truncate(finder->before, 0);
}

GPtrArray *links_find(const char *text, const char *html) {
  g_autoptr(GHashTable) by_url = g_hash_table_new(g_str_hash, g_str_equal);
  Finder finder = {.links = g_ptr_array_new_with_free_func(link_free), .by_url = by_url, .before = g_string_new(NULL)};
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
  return links_find(text, html);
}
