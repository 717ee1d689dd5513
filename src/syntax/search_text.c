#include "syntax/search_text.h"

#include "base/utf8.h"
#include <string.h>

/* White space or a control character, in ASCII. */
static gboolean is_blank(char byte) {
  return (guchar)byte <= ' ' || byte == 0x7f;
}

/* Marks that nobody sees, with which senders break or pad words. */
static gboolean is_invisible(gunichar c) {
  return c == 0xad || (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff;
}

static void append_space(GString *out, gsize start) {
  if (out->len > start && out->str[out->len - 1] != ' ')
    g_string_append_c(out, ' ');
}

/* Before anything is composed: what stood on both sides of such a mark may compose. */
static char *drop_invisible(const char *chunk, gsize len) {
  char *valid = g_utf8_make_valid(chunk, (gssize)len);
  char *to = valid;

  for (const char *at = valid; *at != '\0';) {
    gunichar c = g_utf8_get_char(at);
    at = g_utf8_next_char(at);
    if (!is_invisible(c))
      to += g_unichar_to_utf8(c, to);
  }
  *to = '\0';
  return valid;
}

/* Folded text, in which the letters i of Turkish, with a dot and without, are the i that people search for: Unicode's
 * folding keeps the dot of the capital as a mark of its own. Shortens it in place. */
static void fold_dots(char *decomposed) {
  char *to = decomposed;

  for (const char *at = decomposed; *at != '\0';) {
    gunichar c = g_utf8_get_char(at);
    at = g_utf8_next_char(at);
    if (c == 0x131)
      c = 'i';
    if (c != 0x307 || to == decomposed || to[-1] != 'i')
      to += g_unichar_to_utf8(c, to);
  }
  *to = '\0';
}

static void fold_unicode(const char *chunk, gsize len, gsize start, GString *out) {
  g_autofree char *visible = drop_invisible(chunk, len);
  g_autofree char *decomposed = g_utf8_normalize(visible, -1, G_NORMALIZE_NFD);
  g_autofree char *cased = g_utf8_casefold(decomposed, -1);
  g_autofree char *marked = g_utf8_normalize(cased, -1, G_NORMALIZE_NFD);

  fold_dots(marked);
  g_autofree char *folded = g_utf8_normalize(marked, -1, G_NORMALIZE_NFC);

  for (const char *at = folded; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (g_unichar_isspace(c) || g_unichar_iscntrl(c))
      append_space(out, start);
    else
      g_string_append_unichar(out, g_unichar_tolower(c)); /* of Cherokee, GLib folds each case to the other */
  }
}

/* Chunks of ASCII and the blanks after them, up to a chunk with another character. Returns the bytes folded. */
static gsize fold_ascii(const char *text, gsize len, gsize max_bytes, gsize start, GString *out) {
  gsize folded_to = out->len;
  gsize at = 0;

  g_string_set_size(out, folded_to + len); /* folding makes it no longer, so no byte has to ask for room */
  while (at < len && folded_to <= max_bytes) {
    gsize to = folded_to;
    gsize next = at;
    for (; next < len && !is_blank(text[next]) && (guchar)text[next] < 0x80 && next - at <= max_bytes; next++)
      out->str[to++] = (char)(text[next] + (text[next] >= 'A' && text[next] <= 'Z' ? 'a' - 'A' : 0));
    if (next < len && (guchar)text[next] >= 0x80 && next - at <= max_bytes)
      break;
    for (; next < len && is_blank(text[next]); next++)
      if (to > start && out->str[to - 1] != ' ')
        out->str[to++] = ' ';
    folded_to = to;
    at = next;
  }
  g_string_truncate(out, folded_to);
  return at;
}

/* Byte by byte up to a blank, so that only what is not ASCII pays for Unicode; no character composes with a blank. */
void search_text_fold(const char *text, gsize len, gsize max_bytes, GString *out) {
  gsize start = out->len;
  gsize at = 0;

  while (at < len && out->len <= max_bytes) {
    at += fold_ascii(text + at, len - at, max_bytes, start, out);
    gsize from = at;
    /* A chunk of NULs and blanks without an end is no chunk; one of letters without an end is cut. */
    while (at < len && !is_blank(text[at]) && at - from <= max_bytes)
      at++;
    if (at > from && out->len <= max_bytes)
      fold_unicode(text + from, at - from, start, out);
    for (; at < len && is_blank(text[at]); at++)
      append_space(out, start);
  }
  utf8_truncate(out, max_bytes);
  if (out->len > start && out->str[out->len - 1] == ' ')
    g_string_truncate(out, out->len - 1);
}

/* Only ASCII separates. */
static gboolean in_word(SearchWords words, char byte) {
  return words == SEARCH_WORDS_BLANK
             ? !is_blank(byte)
             : (guchar)byte >= 0x80 || (guchar)((byte | 0x20) - 'a') < 26 || (guchar)(byte - '0') < 10;
}

/* Goes back to the start of the character at `at`. */
static const char *character_start(const char *from, const char *at) {
  while (at > from && ((guchar)*at & 0xc0) == 0x80)
    at--;
  return at;
}

gboolean search_text_next(SearchWords words, const char **cursor, const char *end, const char **out_word,
                          gsize *out_len) {
  const char *from = *cursor;

  if (from < end && *from == ' ' && (words == SEARCH_WORDS_BLANK || (from + 1 < end && in_word(words, from[1]))))
    from++;
  if (from == end)
    return FALSE;
  gboolean inside = in_word(words, *from);
  const char *to = from + 1;
  while (to < end && to - from < SEARCH_PIECE_BYTES_MAX && in_word(words, *to) == inside)
    to++;
  gboolean goes_on = to < end && in_word(words, *to) == inside;
  if (goes_on)
    to = character_start(from + 1, to);
  *out_word = from;
  *out_len = (gsize)(to - from);
  *cursor = goes_on ? character_start(from + 1, from + SEARCH_PIECE_STEP_BYTES) : to;
  return TRUE;
}

void search_text_print_word(const char *word, gsize len, GString *out) {
  const gsize mark_len = strlen(SEARCH_BLANK_MARK);
  gsize end = out->len;

  g_string_set_size(out, end + len * mark_len);
  for (gsize i = 0; i < len; i++) {
    if (is_blank(word[i])) {
      memcpy(out->str + end, SEARCH_BLANK_MARK, mark_len);
      end += mark_len;
    } else {
      out->str[end++] = word[i];
    }
  }
  g_string_truncate(out, end);
}
