#include "message/transfer_encoding.h"

#include "syntax/base64.h"
#include <gmime/gmime.h>
#include <string.h>

enum { ENCODED_LINE_MAX = 76 };

gboolean transfer_encoding_find(const char *word, TransferEncoding *encoding) {
  static const struct {
    const char *word;
    TransferEncoding encoding;
  } rows[] = {
      {"7bit", TRANSFER_PLAIN},
      {"8bit", TRANSFER_PLAIN},
      {"binary", TRANSFER_PLAIN},
      {"base64", TRANSFER_BASE64},
      {"quoted-printable", TRANSFER_QUOTED_PRINTABLE},
      {"x-uuencode", TRANSFER_UUENCODE},
      {"x-uue", TRANSFER_UUENCODE},
      {"uuencode", TRANSFER_UUENCODE},
  };

  *encoding = TRANSFER_PLAIN;
  if (!word)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_ascii_strcasecmp(word, rows[i].word) == 0) {
      *encoding = rows[i].encoding;
      return TRUE;
    }
  g_autoptr(GString) letters = g_string_new(NULL);
  for (const char *at = word; *at; at++)
    if (g_ascii_isalnum(*at))
      g_string_append_c(letters, g_ascii_tolower(*at));
  if (strstr(letters->str, "base64"))
    *encoding = TRANSFER_BASE64;
  else if (strstr(letters->str, "quotedprintable"))
    *encoding = TRANSFER_QUOTED_PRINTABLE;
  return FALSE;
}

/* Where the line that begins at `at` ends; its LF is not part of it. */
static const char *line_end_of(const char *at, const char *end) {
  const char *lf = memchr(at, '\n', (gsize)(end - at));

  return lf ? lf : end;
}

/* --- base64 */

typedef struct Base64 {
  guint32 bits;
  guint n_characters; /* of the group of four under way */
  gboolean was_padded;
  TransferFaults faults;
} Base64;

/* Writes the bytes that the characters of the group stand for; a single one stands for none. */
static gsize end_group(Base64 *base64, char *out) {
  gsize n = base64->n_characters > 0 ? base64->n_characters - 1 : 0;
  guint32 bits = base64->bits << (6 * (4 - base64->n_characters));

  for (gsize i = 0; i < n; i++)
    out[i] = (char)(bits >> (16 - 8 * i));
  base64->bits = base64->n_characters = 0;
  return n;
}

/* Padding ends a group, not the text: what is made of several files put together has it in the middle. */
static gsize decode_base64(Base64 *base64, const char *in, const char *end, char *out, gsize out_max) {
  char *start = out;

  for (; in < end && (gsize)(out - start) < out_max; in++) {
    int value = base64_value(*in);
    if (value >= 0) {
      if (base64->was_padded)
        base64->faults |= TRANSFER_FAULT_PADDING;
      base64->was_padded = FALSE;
      base64->bits = base64->bits << 6 | (guint32)value;
      if (++base64->n_characters == 4)
        out += end_group(base64, out);
    } else if (*in == '=') {
      out += end_group(base64, out);
      base64->was_padded = TRUE;
    } else if (!g_ascii_isspace(*in)) {
      base64->faults |= TRANSFER_FAULT_ALPHABET;
    }
  }
  if (base64->n_characters > 0)
    base64->faults |= TRANSFER_FAULT_UNPADDED;
  return (gsize)(out - start) + end_group(base64, out);
}

/* Could the line be base64? A blank between words, or a mark that base64 lacks, says that it is not. */
static gboolean is_base64_line(const char *at, const char *end) {
  while (end > at && g_ascii_isspace(end[-1]))
    end--;
  while (at < end && g_ascii_isspace(*at))
    at++;
  for (; at < end; at++)
    if (base64_value(*at) < 0 && *at != '=')
      return FALSE;
  return TRUE;
}

/* Where plain text follows the base64: from the first line after the padding, or that looks like the rule or the
 * signature separator of a footer, which is not base64. */
static const char *find_footer(const char *at, const char *end) {
  gboolean is_padded = FALSE;

  while (at < end) {
    const char *line_end = line_end_of(at, end);
    gsize len = (gsize)(line_end - at);
    gboolean is_rule = len >= 2 && (memcmp(at, "--", 2) == 0 || memcmp(at, "__", 2) == 0);
    if ((is_padded || is_rule) && !is_base64_line(at, line_end))
      return at;
    while (len > 0 && g_ascii_isspace(at[len - 1]))
      len--;
    is_padded = len > 0 ? at[len - 1] == '=' : is_padded;
    at = line_end < end ? line_end + 1 : end;
  }
  return end;
}

static gboolean has_long_line(const char *at, const char *end) {
  while (at < end) {
    const char *line_end = line_end_of(at, end);
    gboolean has_cr = line_end > at && line_end[-1] == '\r';
    if (line_end - at - (has_cr ? 1 : 0) > ENCODED_LINE_MAX)
      return TRUE;
    at = line_end < end ? line_end + 1 : end;
  }
  return FALSE;
}

void transfer_encoding_append_base64(GString *out, const char *text, gsize len) {
  g_autofree char *decoded = g_malloc(len / 4 * 3 + 4);
  Base64 base64 = {0};

  g_string_append_len(out, decoded, (gssize)decode_base64(&base64, text, text + len, decoded, G_MAXSIZE));
}

/* --- quoted-printable */

/* The end of the line whose blanks begin at `at`, if nothing else follows them on the line; else NULL. */
static const char *behind_line(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t'))
    at++;
  if (at == end || *at == '\n')
    return at == end ? at : at + 1;
  return *at == '\r' && (at + 1 == end || at[1] == '\n') ? at + MIN(end - at, 2) : NULL;
}

/* A = and what follows it; returns the end of both. */
static const char *decode_escape(const char *in, const char *end, char **out, TransferFaults *faults) {
  if (end - in >= 3 && g_ascii_isxdigit(in[1]) && g_ascii_isxdigit(in[2])) {
    if (g_ascii_islower(in[1]) || g_ascii_islower(in[2]))
      *faults |= TRANSFER_FAULT_LOWER;
    *(*out)++ = (char)(g_ascii_xdigit_value(in[1]) * 16 + g_ascii_xdigit_value(in[2]));
    return in + 3;
  }
  const char *behind = behind_line(in + 1, end);
  if (!behind) {
    *faults |= TRANSFER_FAULT_ESCAPE;
    *(*out)++ = *in;
    return in + 1;
  }
  if (in + 1 < end && (in[1] == ' ' || in[1] == '\t'))
    *faults |= TRANSFER_FAULT_BLANKS;
  return behind;
}

/* The result is never longer than the text. */
static gsize decode_quoted_printable(const char *in, const char *end, char *out, gsize out_max,
                                     TransferFaults *faults) {
  char *start = out;

  while (in < end && (gsize)(out - start) < out_max) {
    if (*in == '=') {
      in = decode_escape(in, end, &out, faults);
    } else if (*in == ' ' || *in == '\t') {
      const char *word = in;
      while (word < end && (*word == ' ' || *word == '\t'))
        word++;
      if (behind_line(word, end))
        *faults |= TRANSFER_FAULT_BLANKS;
      else
        for (const char *at = in; at < word && (gsize)(out - start) < out_max; at++)
          *out++ = *at;
      in = word;
    } else {
      *out++ = *in++;
    }
  }
  return (gsize)(out - start);
}

/* --- uuencode */

/* Where the bytes of a uuencoded file begin: after the line "begin 644 name". */
static const char *skip_uu_begin(const char *at, const char *end) {
  for (const char *line = at; line < end;) {
    const char *line_end = line_end_of(line, end);
    const char *behind = line_end < end ? line_end + 1 : end;
    if (line_end - line > 6 && memcmp(line, "begin ", 6) == 0)
      return behind;
    line = behind;
  }
  return at;
}

static gsize decode_uu(const char *in, const char *end, char *out) {
  GMimeEncoding decoder;

  in = skip_uu_begin(in, end);
  g_mime_encoding_init_decode(&decoder, GMIME_CONTENT_ENCODING_UUENCODE);
  decoder.state |= GMIME_UUDECODE_STATE_BEGIN;
  return g_mime_encoding_step(&decoder, in, (gsize)(end - in), out);
}

/* --- all of them */

GBytes *transfer_encoding_decode(TransferEncoding encoding, const char *bytes, gsize n_bytes, gsize out_max,
                                 gboolean is_text, TransferFaults *faults) {
  enum { GROUP = 4 }; /* one more than the last bytes that are written at once */
  const char *end = bytes + n_bytes;
  gsize n_most = (encoding == TRANSFER_UUENCODE ? n_bytes : MIN(n_bytes, out_max)) + GROUP;
  char *out = g_malloc(n_most);
  gsize n_out = 0;
  TransferFaults found = 0;

  if (encoding == TRANSFER_BASE64) {
    Base64 base64 = {0};
    const char *footer = find_footer(bytes, end);
    n_out = decode_base64(&base64, bytes, footer, out, MIN(n_bytes, out_max));
    if (footer < end) {
      base64.faults |= TRANSFER_FAULT_ALPHABET;
      gsize n_more = is_text && n_out < out_max ? MIN((gsize)(end - footer), n_most - n_out) : 0;
      memcpy(out + n_out, footer, n_more);
      n_out += n_more;
    }
    found = base64.faults;
  } else if (encoding == TRANSFER_QUOTED_PRINTABLE) {
    n_out = decode_quoted_printable(bytes, end, out, MIN(n_bytes, out_max), &found);
  } else {
    n_out = decode_uu(bytes, end, out);
  }
  if (faults)
    *faults |= found | (encoding != TRANSFER_UUENCODE && has_long_line(bytes, end) ? TRANSFER_FAULT_LINE : 0);
  return g_bytes_new_take(g_realloc(out, MAX(n_out, 1)), n_out);
}
