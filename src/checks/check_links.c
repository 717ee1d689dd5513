/* Where links lead, and what a template left behind. */
#include "checks/checks_private.h"
#include "message/html_token.h"
#include "message/links.h"
#include <stdlib.h>
#include <string.h>

/* The host of an address, lower case; "": none. The caller frees. */
static char *host_of(const char *url) {
  const char *start = strstr(url, "://");

  if (!start)
    return g_strdup("");
  start += 3;
  gsize len = strcspn(start, "/?#\\");
  const char *name = g_strrstr_len(start, (gssize)len, "@");
  name = name ? name + 1 : start;
  gsize name_len = *name == '[' ? strcspn(name, "]/") : strcspn(name, ":/?#\\");
  g_autofree char *host = g_strndup(name, name_len);
  return g_ascii_strdown(host, -1);
}

static gboolean is_local(const char *host) {
  static const char *const prefixes[] = {"127.", "10.", "192.168.", "169.254.", "0.0.0.0", "[::1", "[fe80:", "[fd"};
  static const char *const suffixes[] = {".localhost", ".local", ".internal", ".test"};
  unsigned second = 0;

  if (strcmp(host, "localhost") == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (g_str_has_prefix(host, prefixes[i]) && (*host == '[' || strspn(host, "0123456789.") == strlen(host)))
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++)
    if (g_str_has_suffix(host, suffixes[i]))
      return TRUE;
  if (g_str_has_prefix(host, "172.") && strspn(host, "0123456789.") == strlen(host))
    second = (unsigned)strtoul(host + 4, NULL, 10);
  return second >= 16 && second <= 31;
}

/* The text of a link that is an address itself: its host, without "www."; "": it is none. */
static char *host_shown(const char *text) {
  g_autofree char *trimmed = g_strstrip(g_strdup(text));
  gboolean has_scheme = g_str_has_prefix(trimmed, "http://") || g_str_has_prefix(trimmed, "https://");
  gboolean is_name = g_str_has_prefix(trimmed, "www.") && !strpbrk(trimmed, " \t");

  if (!has_scheme && !is_name)
    return g_strdup("");
  g_autofree char *url = has_scheme ? g_strdup(trimmed) : g_strconcat("https://", trimmed, NULL);
  return host_of(url);
}

static const char *without_www(const char *host) {
  return g_str_has_prefix(host, "www.") ? host + 4 : host;
}

static void check_link(Checks *checks, const MessageLink *link) {
  g_autofree char *host = host_of(link->url);

  if (*host != '\0' && is_local(host))
    checks_add(checks, RULE_LINK_LOCAL, link->url);
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
  gboolean has_text = FALSE;
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, checks->html, strlen(checks->html));
  while (html_reader_next(&reader, &token)) {
    gboolean is_anchor = strcmp(token.name, "a") == 0;
    if (token.kind != HTML_TOKEN_TEXT && is_anchor) {
      if (open && !has_text)
        checks_add(checks, RULE_LINK_EMPTY, open);
      g_clear_pointer(&open, g_free);
      if (token.kind == HTML_TOKEN_START) {
        g_autofree char *label = html_token_attribute(&token, "aria-label");
        g_autofree char *title = html_token_attribute(&token, "title");
        open = html_token_attribute(&token, "href");
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

/* In the subject and in what is read of the texts. */
static void check_template(Checks *checks) {
  static const char *const marks[] = {"{{", "{%", "<%=", "%recipient", "*|", "[object Object]", "${"};
  g_autofree char *subject = message_header_text(checks->message, "Subject");
  g_autofree char *text = message_text(checks->message);
  const char *const texts[] = {subject, text, checks->html};

  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    for (gsize j = 0; texts[i] && j < G_N_ELEMENTS(marks); j++) {
      const char *found = strstr(texts[i], marks[j]);
      g_autofree char *around = found ? g_strndup(found, strcspn(found, "\r\n")) : NULL;
      if (around)
        checks_add(checks, RULE_TEMPLATE_LEFT, around);
    }
}

void checks_links(Checks *checks) {
  g_autoptr(GPtrArray) links = message_links(checks->message);

  for (guint i = 0; i < links->len; i++)
    check_link(checks, g_ptr_array_index(links, i));
  if (checks->html)
    check_anchors(checks);
  check_template(checks);
}
