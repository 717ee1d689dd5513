#include "message/encoded_words.h"
#include "message/charset.h"
#include "message/transfer_encoding.h"
#include <string.h>

typedef struct Word {
  const char *charset;
  gsize charset_len;
  char encoding; /* 'b' or 'q' */
  const char *content;
  gsize content_len;
  const char *behind;
  gboolean is_loose; /* RFC 2047 does not allow its content */
} Word;

static gboolean is_token(char c) {
  return g_ascii_isgraph(c) && c != '?';
}

/* "=?charset?encoding?"; what follows it; NULL: it is not one. */
static const char *read_start(const char *at, Word *word) {
  if (at[0] != '=' || at[1] != '?')
    return NULL;
  word->charset = at + 2;
  const char *end = word->charset;
  while (is_token(*end))
    end++;
  const char *language = memchr(word->charset, '*', (gsize)(end - word->charset));
  word->charset_len = (gsize)((language ? language : end) - word->charset);
  if (word->charset_len == 0 || *end != '?' || !end[1] || end[2] != '?')
    return NULL;
  word->encoding = g_ascii_tolower(end[1]);
  return word->encoding == 'b' || word->encoding == 'q' ? end + 3 : NULL;
}

/* Is the "?=" at `at` the question mark of a text and the first byte of an escape? Then another "?=" follows before
 * the next word. */
static gboolean is_inside(const char *at) {
  if (!g_ascii_isxdigit(at[2]) || !g_ascii_isxdigit(at[3]))
    return FALSE;
  const char *close = strstr(at + 2, "?=");
  return close && !g_strstr_len(at + 2, close - at - 2, "=?");
}

/* The "?=" that ends a word whose content is not written as it should be: with question marks, blanks or a fold in it.
 * Without one before the next word, the word ends at the next blank or special. */
static const char *find_loose_end(const Word *word, const char **behind) {
  const char *at = word->content;

  for (; *at; at++) {
    Word next;
    if (at[0] == '?' && at[1] == '=' && !(word->encoding == 'q' && is_inside(at))) {
      *behind = at + 2;
      return at;
    }
    if (at[0] == '=' && at[1] == '?' && read_start(at, &next))
      break;
  }
  const char *end = word->content;
  while (end < at && !strchr(" \t\r\n\"<>(),;", *end))
    end++;
  *behind = end;
  return end > word->content && end[-1] == '?' ? end - 1 : end;
}

/* "=?charset?encoding?content?=". Where its content is not as it should be, that it is a word shows by its set. */
static gboolean read_word(const char *at, Word *word) {
  *word = (Word){0};
  word->content = read_start(at, word);
  if (!word->content)
    return FALSE;
  const char *end = word->content + strcspn(word->content, "? \t\r\n");
  if (end[0] == '?' && end[1] == '=' && !(word->encoding == 'q' && is_inside(end))) {
    word->content_len = (gsize)(end - word->content);
    word->behind = end + 2;
    return TRUE;
  }
  g_autofree char *charset = g_strndup(word->charset, word->charset_len);
  if (!charset_find(charset))
    return FALSE;
  end = find_loose_end(word, &word->behind);
  word->content_len = (gsize)(end - word->content);
  word->is_loose = TRUE;
  return word->content_len > 0;
}

static void decode_q(const Word *word, GString *bytes) {
  const char *end = word->content + word->content_len;

  for (const char *at = word->content; at < end; at++) {
    if (*at == '=' && end - at > 2 && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2])) {
      g_string_append_c(bytes, (char)(g_ascii_xdigit_value(at[1]) * 16 + g_ascii_xdigit_value(at[2])));
      at += 2;
    } else {
      g_string_append_c(bytes, *at == '_' ? ' ' : *at);
    }
  }
}

static gboolean same_charset(const Word *a, const Word *b) {
  return a->charset_len == b->charset_len && g_ascii_strncasecmp(a->charset, b->charset, a->charset_len) == 0;
}

static void append_bytes(const Word *word, GString *bytes) {
  if (word->encoding == 'b')
    transfer_encoding_append_base64(bytes, word->content, word->content_len);
  else
    decode_q(word, bytes);
}

static EncodedWordFaults check_bytes(const char *bytes, gsize len, const char *charset) {
  CharsetFaults faults = charset_check(bytes, len, charset);

  return (faults.is_unknown ? ENCODED_WORD_UNKNOWN : 0) | (faults.is_wrong ? ENCODED_WORD_WRONG : 0) |
         (faults.is_open ? ENCODED_WORD_OPEN : 0) | (faults.has_extensions ? ENCODED_WORD_EXTENSIONS : 0);
}

/* Appends the words from `word` on that only white space separates, and returns what follows the last. The bytes of
 * those in the same set are put together before they become characters. `faults`, when not NULL, is added to, and
 * nothing is appended. */
static const char *decode_run(Word word, GString *text, EncodedWordFaults *faults) {
  while (TRUE) {
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autofree char *charset = g_strndup(word.charset, word.charset_len);
    EncodedWordFaults of_words = 0;
    Word next = word;
    gboolean has_next = TRUE;
    while (has_next && same_charset(&word, &next)) {
      gsize start = bytes->len;
      append_bytes(&next, bytes);
      if (faults)
        of_words |=
            check_bytes(bytes->str + start, bytes->len - start, charset) | (next.is_loose ? ENCODED_WORD_LOOSE : 0);
      word = next;
      has_next = read_word(word.behind + strspn(word.behind, " \t\r\n"), &next);
      if (has_next && faults && !g_ascii_isspace(*word.behind))
        *faults |= ENCODED_WORD_GLUED;
    }
    if (faults) {
      const EncodedWordFaults broken = ENCODED_WORD_WRONG | ENCODED_WORD_OPEN;
      EncodedWordFaults of_all = check_bytes(bytes->str, bytes->len, charset);
      gboolean is_cut = (of_words & broken) && !(of_all & broken);
      *faults |= of_all | (of_words & ~(guint)broken) | (is_cut ? ENCODED_WORD_CUT : 0);
    } else if (text) {
      g_autofree char *decoded = charset_to_utf8(bytes->str, bytes->len, charset, NULL);
      g_string_append(text, decoded);
    }
    if (!has_next)
      return word.behind;
    word = next;
  }
}

char *encoded_words_decode(const char *text) {
  GString *out = g_string_sized_new(strlen(text));

  while (*text) {
    const char *start = strstr(text, "=?");
    g_string_append_len(out, text, start ? start - text : (gssize)strlen(text));
    if (!start)
      break;
    Word word;
    if (read_word(start, &word)) {
      text = decode_run(word, out, NULL);
    } else {
      g_string_append(out, "=?");
      text = start + 2;
    }
  }
  return g_string_free(out, FALSE);
}

/* May this stand beside an encoded word? Quotation marks are another fault. */
static gboolean separates(char c) {
  return c == '\0' || g_ascii_isspace(c) || strchr("()\"", c) != NULL;
}

EncodedWordFaults encoded_words_check(const char *text) {
  EncodedWordFaults faults = 0;
  const char *start = text;

  for (const char *at = text; (at = strstr(at, "=?"));) {
    Word word;
    if (!read_word(at, &word)) {
      at += 2;
      continue;
    }
    if (at > start && !separates(at[-1]))
      faults |= ENCODED_WORD_GLUED;
    at = decode_run(word, NULL, &faults);
    if (!separates(*at))
      faults |= ENCODED_WORD_GLUED;
  }
  return faults;
}

const char *encoded_words_skip(const char *at) {
  Word word;

  return read_word(at, &word) ? word.behind : NULL;
}
