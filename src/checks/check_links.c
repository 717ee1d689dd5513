/* Where links lead, and what a template left behind. */
#include "checks/checks_private.h"
#include "checks/url_host.h"
#include "message/html_text.h"
#include "message/html_token.h"
#include "message/links.h"
#include "message/text_urls.h"
#include <string.h>

/* Of the address that the text of a link begins with; "": it begins with none. */
static char *host_shown(const char *text) {
  const char *start = text + strspn(text, " \t\r\n");
  g_autofree char *word = g_strndup(start, strcspn(start, " \t\r\n,;<>\""));
  gboolean is_name = g_ascii_strncasecmp(word, "www.", strlen("www.")) == 0;
  g_autofree char *url = is_name ? g_strconcat("https://", word, NULL) : g_steal_pointer(&word);

  return url_host_read(url);
}

static const char *without_www(const char *host) {
  return g_str_has_prefix(host, "www.") ? host + 4 : host;
}

/* Schemes that mail programs and phones all know. */
static gboolean is_into_app(const char *url) {
  static const char *const usual[] = {"http", "https", "mailto", "tel", "sms", "ftp", "geo", "webcal", NULL};
  g_autofree char *scheme = g_ascii_strdown(url, (gssize)strcspn(url, ":"));

  return !g_strv_contains(usual, scheme);
}

static void check_link(Checks *checks, const MessageLink *link) {
  g_autofree char *host = url_host_read(link->url);

  if (url_host_is_local(host))
    checks_add(checks, RULE_LINK_LOCAL, link->url);
  if (is_into_app(link->url))
    checks_add(checks, RULE_LINK_INTO_APP, link->url);
  if (link->kind != LINK_ANCHOR)
    return;
  if (g_ascii_strncasecmp(link->url, "http:", 5) == 0)
    checks_add(checks, RULE_LINK_PLAIN, link->url);
  g_autofree char *shown = host_shown(link->text);
  if (*shown != '\0' && *host != '\0' && !checks_are_aligned(without_www(shown), without_www(host))) {
    g_autofree char *both = g_strdup_printf("shows %s, leads to %s", shown, host);
    checks_add(checks, RULE_LINK_DECEIVES, both);
  }
}

/* Anchors that lead somewhere without anything to read for it. */
static void check_anchors(Checks *checks) {
  g_autofree char *open = NULL; /* where the anchor leads whose end has not come */
  const char *place = NULL;     /* of that anchor */
  gboolean has_text = FALSE;
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, checks->html, strlen(checks->html));
  while (html_reader_next(&reader, &token)) {
    gboolean is_anchor = strcmp(token.name, "a") == 0;
    if (token.kind != HTML_TOKEN_TEXT && is_anchor) {
      if (open && !has_text)
        checks_add_at(checks, RULE_LINK_EMPTY, place, open);
      g_clear_pointer(&open, g_free);
      if (token.kind == HTML_TOKEN_START) {
        g_autofree char *label = html_token_attribute(&token, "aria-label");
        g_autofree char *title = html_token_attribute(&token, "title");
        open = html_token_attribute(&token, "href");
        place = token.start;
        has_text = label || title;
      }
    } else if (token.kind == HTML_TOKEN_START && strcmp(token.name, "img") == 0) {
      g_autofree char *alternative = html_token_attribute(&token, "alt");
      has_text |= alternative && *alternative != '\0';
    } else if (token.kind == HTML_TOKEN_TEXT) {
      for (const char *at = token.start; at < token.end && !has_text; at++)
        has_text = !g_ascii_isspace(*at);
    }
  }
}

/* FALSE: the text, which may be NULL, has no such mark. Without a `place` it is where the mark is found. */
static gboolean find_mark(Checks *checks, const char *text, const char *place, const char *mark) {
  const char *found = text ? strstr(text, mark) : NULL;

  if (!found)
    return FALSE;
  g_autofree char *line = g_strndup(found, strcspn(found, "\r\n"));
  checks_add_at(checks, RULE_TEMPLATE_LEFT, place ? place : found, line);
  return TRUE;
}

/* In the subject, the text and the HTML, or else in what is read of the HTML, where "&lt;%=" is a mark too. */
static void check_template(Checks *checks) {
  static const char *const marks[] = {"{{", "{%", "<%=", "%recipient", "*|", "[object Object]", "${"};
  g_autofree char *subject = message_header_text(checks->message, "Subject");
  g_autofree char *shown = checks->html ? html_text(checks->html, HTML_TEXT_LINES, G_MAXSIZE) : NULL;

  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
    find_mark(checks, subject, checks_field_place(checks, "Subject", 0), marks[i]);
    find_mark(checks, checks->text, NULL, marks[i]);
    if (!find_mark(checks, checks->html, NULL, marks[i]))
      find_mark(checks, shown, NULL, marks[i]);
  }
}

/* What right after a URL may be taken for part of it: beyond ASCII, and not a blank. */
static void check_ends(Checks *checks) {
  const char *text = checks->text;
  TextUrl url;

  for (gsize at = 0; text_urls_next(text, strlen(text), &at, &url);) {
    gunichar c = g_utf8_get_char(text + url.end);
    if (c > 127 && !g_unichar_isspace(c))
      checks_add(checks, RULE_LINK_GLUED, url.url);
    g_free(url.url);
  }
}

void checks_links(Checks *checks) {
  g_autoptr(GPtrArray) links = links_find(checks->text, checks->html, checks->parts);

  for (guint i = 0; i < links->len; i++)
    check_link(checks, g_ptr_array_index(links, i));
  if (checks->html)
    check_anchors(checks);
  if (checks->text)
    check_ends(checks);
  check_template(checks);
}
