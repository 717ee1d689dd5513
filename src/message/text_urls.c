#include "message/text_urls.h"

#include "message/invisible.h"
#include <string.h>

enum { SCHEME_BYTES_MAX = 64, BRACKETED_BYTES_MAX = 4096 };

/* --- schemes */

/* Schemes that run scripts, show files or the insides of a browser, or name parts of a message. */
static const char *const unsafe_schemes[] = {
    "about",   "blob",       "chrome",     "cid",       "data",     "feed",        "file",  "filesystem",
    "jar",     "javascript", "livescript", "mhtml",     "mid",      "mk",          "mocha", "ms-its",
    "ms-msdt", "res",        "resource",   "search-ms", "vbscript", "view-source",
};

static gboolean is_scheme_byte(char c) {
  return g_ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
}

static gsize scheme_len(const char *text, gsize len) {
  gsize n = 0;

  while (n < len && n <= SCHEME_BYTES_MAX && is_scheme_byte(text[n]))
    n++;
  return n <= SCHEME_BYTES_MAX ? n : 0;
}

gboolean url_is_web(const char *url) {
  return g_ascii_strncasecmp(url, "http://", strlen("http://")) == 0 ||
         g_ascii_strncasecmp(url, "https://", strlen("https://")) == 0;
}

gboolean url_is_safe_link(const char *url) {
  gsize len = scheme_len(url, strlen(url));

  if (len == 0 || url[len] != ':' || url[len + 1] == '\0' || !g_ascii_isalpha(*url))
    return FALSE;
  g_autofree char *scheme = g_ascii_strdown(url, (gssize)len);
  if (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0)
    return url_is_web(url) && url[len + 3] != '\0' && !strchr("/\\?#", url[len + 3]);
  for (gsize i = 0; i < G_N_ELEMENTS(unsafe_schemes); i++)
    if (strcmp(scheme, unsafe_schemes[i]) == 0)
      return FALSE;
  return !g_str_has_prefix(scheme, "chrome-") && !g_str_has_prefix(scheme, "moz-");
}

/* --- characters */

/* Scripts that write no space between a URL and the word after it. */
static gboolean is_unspaced_letter(gunichar c) {
  static const GUnicodeScript scripts[] = {
      G_UNICODE_SCRIPT_HAN,  G_UNICODE_SCRIPT_HIRAGANA, G_UNICODE_SCRIPT_KATAKANA, G_UNICODE_SCRIPT_HANGUL,
      G_UNICODE_SCRIPT_THAI, G_UNICODE_SCRIPT_LAO,      G_UNICODE_SCRIPT_KHMER,    G_UNICODE_SCRIPT_MYANMAR};
  GUnicodeScript script = g_unichar_get_script(c);

  for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++)
    if (script == scripts[i])
      return TRUE;
  return c >= 0xFF01 && c <= 0xFF60;
}

/* Punctuation, signs and blanks beyond ASCII. Hyphens and middle dots are letters of some languages' words. */
static gboolean ends_beyond_ascii(gunichar c, gboolean was_ascii) {
  if (c == 0xB7 || c == 0x30FB)
    return was_ascii;
  if (c == 0x2010 || c == 0x2011 || c == 0x2013)
    return FALSE;
  switch (g_unichar_type(c)) {
  case G_UNICODE_CONNECT_PUNCTUATION:
  case G_UNICODE_DASH_PUNCTUATION:
  case G_UNICODE_OPEN_PUNCTUATION:
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
  case G_UNICODE_CURRENCY_SYMBOL:
  case G_UNICODE_MATH_SYMBOL:
  case G_UNICODE_MODIFIER_SYMBOL:
  case G_UNICODE_OTHER_SYMBOL:
  case G_UNICODE_SPACE_SEPARATOR:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
  case G_UNICODE_CONTROL:
  case G_UNICODE_PRIVATE_USE:
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean ends_url(char c) {
  return (guchar)c <= ' ' || c == 0x7F || strchr("<>\"`\\|", c);
}

/* --- the end */

static const char opening[] = "([{";
static const char closing[] = ")]}";

typedef struct UrlScan {
  const char *at;
  const char *end;
  char opener;         /* what stands right before the URL */
  int n_open[3];       /* brackets */
  gboolean in_host;    /* before the first / ? or # */
  gboolean is_ascii;   /* so far, after the host */
  gboolean is_decided; /* whether the host goes on after an ASCII letter in another script */
  gboolean goes_on;
  GString *url;
} UrlScan;

/* "例え.test" is a host, of "example.com查看" only the beginning: a dot follows, or none. */
static gboolean host_goes_on(UrlScan *scan) {
  if (scan->is_decided)
    return scan->goes_on;
  scan->is_decided = TRUE;
  for (const char *at = scan->at; at < scan->end && !ends_url(*at) && !strchr("/?#:", *at) && !scan->goes_on; at++)
    scan->goes_on = *at == '.' && at + 1 < scan->end && g_ascii_isalnum(at[1]);
  return scan->goes_on;
}

static gboolean takes_ascii(UrlScan *scan, char c) {
  if (ends_url(c) || (c == '\'' && scan->opener == '\''))
    return FALSE;
  const char *open = strchr(opening, c);
  const char *close = strchr(closing, c);
  if (close && scan->n_open[close - closing] <= 0 && scan->opener == opening[close - closing])
    return FALSE;
  if (open)
    scan->n_open[open - opening]++;
  else if (close)
    scan->n_open[close - closing]--;
  if (strchr("/?#", c))
    scan->in_host = FALSE;
  g_string_append_c(scan->url, c);
  return TRUE;
}

static gboolean takes_other(UrlScan *scan, gunichar c, const char *rest) {
  gboolean was_ascii = (guchar)scan->url->str[scan->url->len - 1] < 128;

  if (character_is_invisible(c)) {
    gboolean joins = c == 0x200C || c == 0x200D;
    if (rest >= scan->end || ends_url(*rest))
      return FALSE;
    if ((guchar)*rest >= 128 && !(joins && !was_ascii))
      return FALSE;
    if ((guchar)*rest >= 128)
      g_string_append_unichar(scan->url, c);
    return TRUE;
  }
  if (ends_beyond_ascii(c, was_ascii))
    return FALSE;
  if (was_ascii && is_unspaced_letter(c) && g_ascii_isalnum(scan->url->str[scan->url->len - 1]) &&
      (scan->in_host ? !host_goes_on(scan) : scan->is_ascii))
    return FALSE;
  scan->is_ascii = scan->is_ascii && scan->in_host;
  g_string_append_unichar(scan->url, c);
  return TRUE;
}

/* Without the punctuation of the sentence around it: full stops and the like, brackets that it does not open, and the
 * marks of emphasis that stand before it, too. */
static void trim_url(UrlScan *scan) {
  GString *url = scan->url;

  while (url->len > 0) {
    char last = url->str[url->len - 1];
    const char *close = strchr(closing, last);
    if (close ? scan->n_open[close - closing] >= 0
              : !strchr(".,;:!?'", last) && !(strchr("*_~", last) && last == scan->opener))
      return;
    if (close)
      scan->n_open[close - closing]++;
    do
      scan->at--;
    while (((guchar)*scan->at & 0xC0) == 0x80 || character_is_invisible(g_utf8_get_char(scan->at)));
    g_string_truncate(url, url->len - 1);
  }
}

/* What stands between angle brackets may be broken by line ends (RFC 3986, appendix C). NULL: it is not broken, or not
 * in brackets. */
static const char *find_bracket(const char *text, const char *start, const char *end) {
  gboolean in_brackets =
      (start > text && start[-1] == '<') || (start - text >= 5 && g_ascii_strncasecmp(start - 5, "<URL:", 5) == 0);
  gboolean is_broken = FALSE;

  for (const char *at = start; in_brackets && at < end && at - start < BRACKETED_BYTES_MAX; at++) {
    if (*at == '>')
      return is_broken ? at : NULL;
    if (g_ascii_isspace(*at)) {
      guint n_line_ends = 0;
      for (; at < end && g_ascii_isspace(*at); at++)
        n_line_ends += *at == '\n';
      if (n_line_ends != 1)
        return NULL;
      is_broken = TRUE;
      at--;
    } else if (ends_url(*at)) {
      return NULL;
    }
  }
  return NULL;
}

static void join_bracketed(UrlScan *scan, const char *bracket) {
  for (; scan->at < bracket; scan->at = g_utf8_next_char(scan->at)) {
    gunichar c = g_utf8_get_char(scan->at);
    if (!(c < 128 && g_ascii_isspace((char)c)) && !character_is_invisible(c))
      g_string_append_unichar(scan->url, c);
  }
}

/* Reads from scan->at on, where the scheme ends; what is before it is in scan->url. */
static void read_rest(UrlScan *scan, const char *text, const char *start) {
  const char *bracket = find_bracket(text, start, scan->end);

  if (bracket) {
    join_bracketed(scan, bracket);
    return;
  }
  while (scan->at < scan->end) {
    gboolean is_ascii = (guchar)*scan->at < 128;
    const char *rest = is_ascii ? scan->at + 1 : g_utf8_next_char(scan->at);
    if (!(is_ascii ? takes_ascii(scan, *scan->at) : takes_other(scan, g_utf8_get_char(scan->at), rest)))
      break;
    scan->at = rest;
  }
  trim_url(scan);
}

/* --- the beginning */

static gboolean has_prefix(const char *text, gsize len, const char *prefix) {
  gsize prefix_len = strlen(prefix);

  return len >= prefix_len && g_ascii_strncasecmp(text, prefix, prefix_len) == 0;
}

/* "com.example.app:/path": a scheme that an app has registered, by the name of its maker turned round. */
static gboolean is_app_scheme(const char *scheme, gsize len) {
  static const char *const firsts[] = {"com.", "org.", "net.", "io.", "dev.", "app."};
  gboolean is_country = len > 3 && g_ascii_isalpha(scheme[0]) && g_ascii_isalpha(scheme[1]) && scheme[2] == '.';

  for (gsize i = 0; i < G_N_ELEMENTS(firsts) && !is_country; i++)
    is_country = has_prefix(scheme, len, firsts[i]);
  return is_country && g_ascii_isalnum(scheme[len - 1]);
}

/* How much of the run of `n` scheme bytes at `at` and what follows it introduces a URL; 0: nothing. *skipped is set to
 * what of the run stands before the URL, as in "see.https://". */
static gsize introduces(const char *text, const char *at, gsize n, const char *end, gsize *skipped) {
  gsize n_left = (gsize)(end - at) - n;
  const char *rest = at + n;

  *skipped = 0;
  if (has_prefix(rest, n_left, "://")) {
    static const char *const web[] = {"https", "http"};
    for (gsize i = 0; i < G_N_ELEMENTS(web); i++) {
      gsize len = strlen(web[i]);
      if (n > len && g_ascii_strncasecmp(rest - len, web[i], len) == 0 && !g_ascii_isalnum(rest[-(gssize)len - 1]))
        *skipped = n - len;
    }
    return g_ascii_isalpha(at[*skipped]) ? n - *skipped + 3 : 0;
  }
  if (n == 6 && has_prefix(at, n, "mailto") && has_prefix(rest, n_left, ":"))
    return n + 1;
  if (has_prefix(rest, n_left, ":/") && n_left > 2 && g_ascii_isalnum(rest[2]) && is_app_scheme(at, n))
    return n + 2;
  gboolean begins_name = at == text || !strchr("@/:=&?_#", at[-1]);
  if (begins_name && has_prefix(at, n, "www.") && n + n_left > 4 && (g_ascii_isalnum(at[4]) || (guchar)at[4] > 127))
    return 4;
  return 0;
}

static gboolean is_complete(const char *url, gsize n_introduced) {
  if (has_prefix(url, strlen(url), "http://www.") && n_introduced == 4)
    return strchr(url + strlen("http://www."), '.') != NULL;
  gboolean is_web = url_is_web(url);
  char first = url[n_introduced];
  return first != '\0' && (!is_web || g_ascii_isalnum(first) || first == '[' || first == '_' || (guchar)first > 127);
}

static gboolean read_url(const char *text, const char *start, const char *end, gsize n_introduced, TextUrl *out_url) {
  gboolean is_bare = has_prefix(start, n_introduced, "www.");
  UrlScan scan = {.at = start + n_introduced,
                  .end = end,
                  .opener = start > text ? start[-1] : '\0',
                  .in_host = TRUE,
                  .is_ascii = TRUE,
                  .url = g_string_new(is_bare ? "http://" : "")};

  g_string_append_len(scan.url, start, (gssize)n_introduced);
  read_rest(&scan, text, start);
  gsize len = scan.url->len;
  out_url->start = (gsize)(start - text);
  out_url->end = (gsize)(scan.at - text);
  out_url->url = g_string_free(scan.url, FALSE);
  if (len <= TEXT_URL_BYTES_MAX && is_complete(out_url->url, n_introduced) && url_is_safe_link(out_url->url))
    return TRUE;
  g_clear_pointer(&out_url->url, g_free);
  return FALSE;
}

/* Past the run of bytes that could have been a scheme. */
static const char *skip_run(const char *at, const char *end) {
  while (at < end && is_scheme_byte(*at))
    at++;
  return at;
}

gboolean text_urls_next(const char *text, gsize len, gsize *cursor, TextUrl *out_url) {
  const char *end = text + len;

  for (const char *at = text + *cursor; at < end;) {
    if (!g_ascii_isalnum(*at)) {
      at++;
      continue;
    }
    gsize skipped = 0;
    const char *rest = skip_run(at, end);
    gsize n = (gsize)(rest - at);
    gsize n_introduced =
        n <= SCHEME_BYTES_MAX || g_ascii_tolower(*at) == 'w' ? introduces(text, at, n, end, &skipped) : 0;
    if (n_introduced > 0) {
      gboolean is_url = read_url(text, at + skipped, end, n_introduced, out_url);
      *cursor = MAX(out_url->end, (gsize)(rest - text));
      if (is_url)
        return TRUE;
      rest = text + *cursor;
    }
    at = rest;
  }
  *cursor = len;
  return FALSE;
}
