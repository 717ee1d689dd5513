#include "message/css_urls.h"
#include <string.h>

typedef struct Scan {
  const char *at;
  const char *end;
  gboolean in_font;  /* in the block of a @font-face */
  gboolean in_set;   /* in image-set(), where texts are addresses */
  gboolean in_sheet; /* behind @import */
  gboolean in_names; /* behind @namespace, whose addresses are names */
  CssUrlFunc found;
  gpointer user_data;
} Scan;

/* Escapes undone, as "\75rl(" is an address as well; what they stand for must not be read as structure. */
static char *undo_escapes(const char *css, gsize len) {
  GString *out = g_string_sized_new(len);

  for (gsize i = 0; i < len; i++) {
    gunichar code = 0;
    gsize n_digits = 0;
    if (css[i] != '\\') {
      g_string_append_c(out, css[i] == '\0' ? ' ' : css[i]);
      continue;
    }
    while (n_digits < 6 && i + 1 < len && g_ascii_isxdigit(css[i + 1])) {
      code = code * 16 + (gunichar)g_ascii_xdigit_value(css[++i]);
      n_digits++;
    }
    if (n_digits == 0 && i + 1 < len)
      code = (guchar)css[++i];
    else if (i + 1 < len && g_ascii_isspace(css[i + 1]))
      i++;
    g_string_append_c(out, code > ' ' && code < 127 && !strchr("\"'()\\", (int)code) ? (char)code : ' ');
  }
  return g_string_free(out, FALSE);
}

static void report(const Scan *scan, const char *url, gsize len) {
  g_autofree char *text = g_strndup(url, len);
  CssUrlKind kind = scan->in_sheet ? CSS_URL_SHEET : scan->in_font ? CSS_URL_FONT : CSS_URL_IMAGE;

  g_strstrip(text);
  if (*text != '\0' && !scan->in_names)
    scan->found(kind, text, scan->user_data);
}

/* A text in quotes, which ends with its line at the latest. */
static void read_text(Scan *scan, gboolean is_address) {
  const char *start = scan->at + 1;
  const char *at = start;

  while (at < scan->end && *at != *scan->at && *at != '\n')
    at++;
  if (is_address)
    report(scan, start, (gsize)(at - start));
  scan->at = at < scan->end ? at + 1 : at;
}

/* Behind "url(". */
static void read_url(Scan *scan) {
  while (scan->at < scan->end && g_ascii_isspace(*scan->at))
    scan->at++;
  if (scan->at < scan->end && (*scan->at == '"' || *scan->at == '\'')) {
    read_text(scan, TRUE);
    return;
  }
  const char *close = memchr(scan->at, ')', (gsize)(scan->end - scan->at));
  const char *end = close ? close : scan->end;
  report(scan, scan->at, (gsize)(end - scan->at));
  scan->at = end;
}

static gboolean takes(Scan *scan, const char *word) {
  gsize len = strlen(word);

  if ((gsize)(scan->end - scan->at) < len || g_ascii_strncasecmp(scan->at, word, len) != 0)
    return FALSE;
  scan->at += len;
  return TRUE;
}

static void read_rule(Scan *scan) {
  if (takes(scan, "@import"))
    scan->in_sheet = TRUE;
  else if (takes(scan, "@font-face"))
    scan->in_font = TRUE;
  else if (takes(scan, "@namespace"))
    scan->in_names = TRUE;
  else
    scan->at++;
}

static void read_mark(Scan *scan) {
  char mark = *scan->at++;

  if (mark == ';')
    scan->in_sheet = scan->in_names = FALSE;
  else if (mark == '}')
    scan->in_font = scan->in_set = scan->in_sheet = scan->in_names = FALSE;
  else if (mark == ')')
    scan->in_set = FALSE;
}

static void read_comment(Scan *scan) {
  const char *close = g_strstr_len(scan->at + 2, scan->end - scan->at - 2, "*/");

  scan->at = close ? close + 2 : scan->end;
}

void css_urls_find(const char *css, gsize len, CssUrlFunc found, gpointer user_data) {
  g_autofree char *plain = undo_escapes(css, len);
  Scan scan = {.at = plain, .end = plain + strlen(plain), .found = found, .user_data = user_data};

  while (scan.at < scan.end) {
    if (scan.at[0] == '/' && scan.at[1] == '*')
      read_comment(&scan);
    else if (*scan.at == '"' || *scan.at == '\'')
      read_text(&scan, scan.in_sheet || scan.in_set);
    else if (*scan.at == '@')
      read_rule(&scan);
    else if (takes(&scan, "url("))
      read_url(&scan);
    else if (takes(&scan, "image-set("))
      scan.in_set = TRUE;
    else
      read_mark(&scan);
  }
}
