#include "message/charset.h"
#include <errno.h>
#include <string.h>

typedef struct Charset Charset;
typedef struct Converter Converter;

/* Appends the text of `bytes`; row by row below. */
typedef void (*ConvertFunc)(Converter *converter, const char *bytes, gsize n_bytes);

static void convert_plain(Converter *converter, const char *bytes, gsize n_bytes);
static void convert_big5(Converter *converter, const char *bytes, gsize n_bytes);
static void convert_euc_jp(Converter *converter, const char *bytes, gsize n_bytes);
static void convert_iso_2022_jp(Converter *converter, const char *bytes, gsize n_bytes);

/* The sets messages are written in. Programs fill the gaps of the standard sets with their vendors' characters and keep
 * the standard's name, so the vendors' sets are read under both, as browsers do (WHATWG Encoding 4.2). */
static const struct Charset {
  const char *converter; /* iconv's name */
  const char *second;    /* for characters the first lacks; NULL: none */
  const char *strict;    /* the set without the vendors' characters; NULL: the names say that they are in it */
  ConvertFunc convert;
  const char *names; /* in lower case, letters and digits only */
} charsets[] = {
    {"UTF-8", NULL, NULL, convert_plain, " utf8 unicode11utf8 unicode20utf8 utf8mb4 "},
    {"UTF-8", NULL, "US-ASCII", convert_plain, " usascii ascii ansix341968 iso646us isoir6 646 "},
    {"WINDOWS-1252", NULL, "ISO-8859-1", convert_plain, " iso88591 latin1 l1 cp819 ibm819 iso885911987 isoir100 "},
    {"WINDOWS-1252", NULL, NULL, convert_plain, " windows1252 cp1252 win1252 ansi "},
    {"ISO-8859-2", NULL, NULL, convert_plain, " iso88592 latin2 l2 iso885921987 "},
    {"ISO-8859-3", NULL, NULL, convert_plain, " iso88593 latin3 l3 "},
    {"ISO-8859-4", NULL, NULL, convert_plain, " iso88594 latin4 l4 "},
    {"ISO-8859-5", NULL, NULL, convert_plain, " iso88595 cyrillic "},
    {"ISO-8859-6", NULL, NULL, convert_plain, " iso88596 iso88596i iso88596e arabic asmo708 "},
    {"ISO-8859-7", NULL, NULL, convert_plain, " iso88597 greek greek8 elot928 "},
    {"ISO-8859-8", NULL, NULL, convert_plain, " iso88598 iso88598i iso88598e hebrew visual logical "},
    {"WINDOWS-1254", NULL, "ISO-8859-9", convert_plain, " iso88599 latin5 l5 turkish iso885991989 "},
    {"WINDOWS-1254", NULL, NULL, convert_plain, " windows1254 cp1254 win1254 "},
    {"ISO-8859-10", NULL, NULL, convert_plain, " iso885910 latin6 l6 "},
    {"ISO-8859-13", NULL, NULL, convert_plain, " iso885913 "},
    {"ISO-8859-14", NULL, NULL, convert_plain, " iso885914 latin8 "},
    {"ISO-8859-15", NULL, NULL, convert_plain, " iso885915 latin9 latin0 l9 "},
    {"ISO-8859-16", NULL, NULL, convert_plain, " iso885916 latin10 "},
    {"WINDOWS-1250", NULL, NULL, convert_plain, " windows1250 cp1250 win1250 "},
    {"WINDOWS-1251", NULL, NULL, convert_plain, " windows1251 cp1251 win1251 "},
    {"WINDOWS-1253", NULL, NULL, convert_plain, " windows1253 cp1253 win1253 "},
    {"WINDOWS-1255", NULL, NULL, convert_plain, " windows1255 cp1255 win1255 "},
    {"WINDOWS-1256", NULL, NULL, convert_plain, " windows1256 cp1256 win1256 "},
    {"WINDOWS-1257", NULL, NULL, convert_plain, " windows1257 cp1257 win1257 "},
    {"WINDOWS-1258", NULL, NULL, convert_plain, " windows1258 cp1258 win1258 "},
    {"CP874", NULL, "TIS-620", convert_plain, " tis620 iso885911 "},
    {"CP874", NULL, NULL, convert_plain, " windows874 cp874 dos874 "},
    {"CP437", NULL, NULL, convert_plain, " cp437 ibm437 "},
    {"CP850", NULL, NULL, convert_plain, " cp850 ibm850 "},
    {"CP852", NULL, NULL, convert_plain, " cp852 ibm852 "},
    {"CP866", NULL, NULL, convert_plain, " cp866 ibm866 "},
    {"MACINTOSH", NULL, NULL, convert_plain, " macintosh mac macroman "},
    {"MAC-CYRILLIC", NULL, NULL, convert_plain, " maccyrillic macukrainian "},
    {"KOI8-R", NULL, NULL, convert_plain, " koi8r koi8 koi "},
    {"KOI8-U", NULL, NULL, convert_plain, " koi8u koi8ru "},
    {"CP932", NULL, "SJIS", convert_plain, " shiftjis sjis mskanji "},
    {"CP932", NULL, NULL, convert_plain, " windows31j cp932 ms932 "},
    {"CP932", "EUC-JP-MS", "EUC-JP", convert_euc_jp, " eucjp eucpkdfmtjapanese ujis "},
    {"CP932", "EUC-JP-MS", NULL, convert_euc_jp, " eucjpms eucjpwin cp51932 "},
    {"CP932", "ISO-2022-JP-2", "ISO-2022-JP", convert_iso_2022_jp, " iso2022jp jis "},
    {"CP932", "ISO-2022-JP-2", "ISO-2022-JP-2", convert_iso_2022_jp, " iso2022jp1 iso2022jp2 iso2022jp3 "},
    {"CP932", "ISO-2022-JP-2", NULL, convert_iso_2022_jp, " iso2022jpms cp50220 cp50221 cp50222 "},
    {"GB18030", NULL, "EUC-CN", convert_plain, " gb2312 gb231280 euccn chinese isoir58 "},
    {"GB18030", NULL, NULL, convert_plain, " gbk cp936 ms936 windows936 gb18030 "},
    {"HZ", NULL, NULL, convert_plain, " hz hzgb2312 "},
    {"ISO-2022-CN-EXT", NULL, NULL, convert_plain, " iso2022cn iso2022cnext "},
    {"CP950", "BIG5-HKSCS", NULL, convert_big5, " big5 cnbig5 xxbig5 big5eten cp950 windows950 big5hkscs "},
    {"CP949", NULL, "EUC-KR", convert_plain, " euckr ksc56011987 ksc56011989 ksc5601 korean isoir149 "},
    {"CP949", NULL, NULL, convert_plain, " cp949 windows949 ms949 uhc "},
    {"ISO-2022-KR", NULL, NULL, convert_plain, " iso2022kr "},
    {"UTF-16", NULL, NULL, convert_plain, " utf16 ucs2 iso10646ucs2 "},
    {"UTF-16BE", NULL, NULL, convert_plain, " utf16be unicodefffe "},
    {"UTF-16LE", NULL, NULL, convert_plain, " utf16le unicode unicodefeff "},
    {"UTF-32", NULL, NULL, convert_plain, " utf32 "},
    {"UTF-7", NULL, NULL, convert_plain, " utf7 unicode11utf7 "},
};

enum { NAME_BYTES_MAX = 40 };

/* Names are compared by their letters and digits, for all else varies: "utf_8", "ISO8859-1", "x-sjis", "csBig5". */
static const Charset *find_row(const char *name) {
  char word[NAME_BYTES_MAX + 3];
  gsize len = 0;

  if (!name || strlen(name) > NAME_BYTES_MAX)
    return NULL;
  word[len++] = ' ';
  for (; *name; name++)
    if (g_ascii_isalnum(*name))
      word[len++] = g_ascii_tolower(*name);
  word[len++] = ' ';
  word[len] = '\0';
  if (len == 2)
    return NULL;
  for (gsize n_prefix = 0; n_prefix <= 2; n_prefix++) {
    gboolean has_prefix =
        n_prefix == 0 || (n_prefix == 1 && word[1] == 'x') || (n_prefix == 2 && word[1] == 'c' && word[2] == 's');
    if (!has_prefix)
      continue;
    word[n_prefix] = ' ';
    for (gsize i = 0; i < G_N_ELEMENTS(charsets); i++)
      if (strstr(charsets[i].names, word + n_prefix))
        return &charsets[i];
  }
  return NULL;
}

const char *charset_find(const char *name) {
  const Charset *row = find_row(name);

  return row ? row->converter : NULL;
}

void charset_keep_loaded(const char *converter) {
  static gsize kept[G_N_ELEMENTS(charsets)][3]; /* GIConv; nothing is converted by these */

  for (gsize i = 0; i < G_N_ELEMENTS(charsets); i++) {
    const char *const names[] = {charsets[i].converter, charsets[i].second, charsets[i].strict};
    for (gsize j = 0; j < G_N_ELEMENTS(names); j++)
      if (names[j] && strcmp(names[j], converter) == 0 && g_once_init_enter(&kept[i][j]))
        g_once_init_leave(&kept[i][j], (gsize)g_iconv_open("UTF-8", converter));
  }
}

static char *make_valid(const char *bytes, gsize n_bytes) {
  return n_bytes > 0 ? g_utf8_make_valid(bytes, (gssize)n_bytes) : g_strdup("");
}

struct Converter {
  GIConv first;
  GIConv second;    /* (GIConv)-1: none */
  const char *name; /* of the first */
  GString *text;
  gsize n_replaced;
  gboolean from_jis;     /* each pair was made of a row and a cell, so its second byte is never read as itself */
  gboolean has_katakana; /* of one byte, which ISO-2022-JP does not allow and iconv lets pass */
  gboolean is_open;      /* ISO-2022-JP that ended without a return to ASCII */
};

static void replace(Converter *converter) {
  g_string_append(converter->text, "\uFFFD");
  converter->n_replaced++;
}

static guint in_range(char byte, guint from, guint to) {
  return (guchar)byte >= from && (guchar)byte <= to;
}

/* How many bytes the character takes that iconv does not know. What follows a first byte in ASCII is left to be read
 * as itself (WHATWG Encoding 4.1), so that a broken character never takes a line end or a bracket along. */
static gsize unknown_bytes(const char *name, gboolean from_jis, const char *in, gsize n_left) {
  if (g_str_has_prefix(name, "UTF-16"))
    return MIN(n_left, 2);
  if (strcmp(name, "UTF-32") == 0)
    return MIN(n_left, 4);
  if (n_left < 2)
    return 1;
  if (strcmp(name, "GB18030") == 0 && n_left >= 4 && in_range(in[0], 0x81, 0xFE) && g_ascii_isdigit(in[1]) &&
      in_range(in[2], 0x81, 0xFE) && g_ascii_isdigit(in[3]))
    return 4;
  gboolean is_pair = strcmp(name, "CP932") == 0 ? in_range(in[0], 0x81, 0x9F) || in_range(in[0], 0xE0, 0xFC)
                                                : strcmp(name, "EUC-JP-MS") == 0 || strcmp(name, "GB18030") == 0 ||
                                                      strcmp(name, "CP949") == 0 || strcmp(name, "CP950") == 0 ||
                                                      strcmp(name, "BIG5-HKSCS") == 0;
  return is_pair && in_range(in[0], 0x81, 0xFE) && (from_jis || (guchar)in[1] >= 0x80) ? 2 : 1;
}

static void run_iconv(Converter *converter, GIConv iconv, const char *name, const char *bytes, gsize n_bytes) {
  char *in = (char *)bytes;
  gsize in_left = n_bytes;
  char buffer[4096];

  while (TRUE) {
    char *out = buffer;
    gsize out_left = sizeof buffer;
    gboolean at_end = in_left == 0;
    gsize result = g_iconv(iconv, at_end ? NULL : &in, &in_left, &out, &out_left);
    int problem = result == (gsize)-1 ? errno : 0;
    g_string_append_len(converter->text, buffer, out - buffer);
    if (at_end)
      break;
    if (problem == EILSEQ && in_left > 0) {
      gsize n_unknown = unknown_bytes(name, converter->from_jis, in, in_left);
      if (in[0] == '\x80' && strcmp(name, "GB18030") == 0) { /* WHATWG Encoding 10.2.1 */
        g_string_append(converter->text, "€");
        n_unknown = 1;
      } else {
        replace(converter);
      }
      in += n_unknown;
      in_left -= n_unknown;
    } else if (problem == EINVAL || (problem == E2BIG && out == buffer)) {
      replace(converter);
      in_left = 0;
    }
  }
}

static void convert_plain(Converter *converter, const char *bytes, gsize n_bytes) {
  run_iconv(converter, converter->first, converter->name, bytes, n_bytes);
}

/* Punctuation is code page 950's, all else that of Hong Kong's set, whose mapping of it is another. */
static void convert_big5(Converter *converter, const char *bytes, gsize n_bytes) {
  for (gsize at = 0; at < n_bytes;) {
    gsize start = at;
    gboolean is_second = in_range(bytes[at], 0x81, 0xA0) || in_range(bytes[at], 0xA4, 0xFE);
    while (at < n_bytes) {
      gboolean is_lead = in_range(bytes[at], 0x81, 0xFE) && at + 1 < n_bytes;
      if (is_second != (in_range(bytes[at], 0x81, 0xA0) || in_range(bytes[at], 0xA4, 0xFE)))
        break;
      at += is_lead && (guchar)bytes[at + 1] >= 0x40 ? 2 : 1;
    }
    if (is_second && converter->second != (GIConv)-1)
      run_iconv(converter, converter->second, "BIG5-HKSCS", bytes + start, at - start);
    else
      run_iconv(converter, converter->first, converter->name, bytes + start, at - start);
  }
}

/* A character of JIS X 0208 by its row and cell, both from 0x21 on, in Shift_JIS. */
static void append_shift_jis(GString *out, guint row, guint cell) {
  guint lead = ((row - 0x21) >> 1) + 0x81;

  g_string_append_c(out, (char)(lead > 0x9F ? lead + 0x40 : lead));
  g_string_append_c(out, (char)((row & 1) == 0 ? cell + 0x7E : cell >= 0x60 ? cell + 0x20 : cell + 0x1F));
}

static void flush_shift_jis(Converter *converter, GString *pending) {
  run_iconv(converter, converter->first, converter->name, pending->str, pending->len);
  g_string_truncate(pending, 0);
}

/* Not iconv's converters of EUC and ISO-2022-JP, for they lack row 13 or have private characters where code page 932
 * has ideographs; JIS X 0212 is what the second is for. */
static void convert_euc_jp(Converter *converter, const char *bytes, gsize n_bytes) {
  enum { NOT_SHIFT_JIS = 0xFF };
  g_autoptr(GString) pending = g_string_sized_new(n_bytes);

  converter->from_jis = TRUE;
  for (gsize at = 0; at < n_bytes;) {
    guchar c = (guchar)bytes[at];
    gsize n_left = n_bytes - at;
    gsize n_taken = 1;
    if (c < 0x80) {
      g_string_append_c(pending, (char)c);
    } else if (c == 0x8E && n_left >= 2 && in_range(bytes[at + 1], 0xA1, 0xDF)) {
      g_string_append_c(pending, bytes[at + 1]);
      n_taken = 2;
    } else if (c == 0x8F && n_left >= 3 && in_range(bytes[at + 1], 0xA1, 0xFE) && in_range(bytes[at + 2], 0xA1, 0xFE)) {
      flush_shift_jis(converter, pending);
      if (converter->second != (GIConv)-1)
        run_iconv(converter, converter->second, "EUC-JP-MS", bytes + at, 3);
      n_taken = 3;
    } else if (in_range((char)c, 0xA1, 0xFE) && n_left >= 2 && in_range(bytes[at + 1], 0xA1, 0xFE)) {
      append_shift_jis(pending, c & 0x7F, (guchar)bytes[at + 1] & 0x7F);
      n_taken = 2;
    } else {
      g_string_append_c(pending, (char)NOT_SHIFT_JIS);
      n_taken = n_left >= 2 && (guchar)bytes[at + 1] >= 0x80 ? 2 : 1;
    }
    at += n_taken;
  }
  flush_shift_jis(converter, pending);
}

typedef enum { JIS_ASCII, JIS_ROMAN, JIS_KATAKANA, JIS_PAIRS } JisState;

/* Takes an escape sequence (RFC 1468, CP50221); FALSE: it is another. */
static gboolean take_jis_escape(const char *at, gsize n_left, JisState *state) {
  static const struct {
    const char *sequence;
    JisState state;
  } rows[] = {{"\x1B(B", JIS_ASCII},    {"\x1B(J", JIS_ROMAN}, {"\x1B(H", JIS_ROMAN},
              {"\x1B(I", JIS_KATAKANA}, {"\x1B$@", JIS_PAIRS}, {"\x1B$B", JIS_PAIRS}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (n_left >= 3 && memcmp(at, rows[i].sequence, 3) == 0) {
      *state = rows[i].state;
      return TRUE;
    }
  return FALSE;
}

/* After a line that did not return to ASCII: is the next one pairs still, or plain text that somebody added? */
static gboolean goes_on_in_pairs(const char *at, const char *end) {
  gsize n = 0;

  for (; at < end && *at != '\n' && *at != '\r' && *at != 0x1B; at++, n++)
    if (!in_range(*at, 0x21, 0x7E))
      return FALSE;
  return n % 2 == 0;
}

/* A graphic byte in the state there is; returns how many were taken. */
static gsize take_jis(Converter *converter, GString *pending, JisState state, const char *at, gsize n_left) {
  gboolean is_graphic = in_range(*at, 0x21, 0x7E);

  if (state == JIS_ROMAN && (*at == '\\' || *at == '~')) {
    flush_shift_jis(converter, pending);
    g_string_append(converter->text, *at == '~' ? "\u203E" : "¥");
  } else if (state == JIS_KATAKANA && in_range(*at, 0x21, 0x5F)) {
    converter->has_katakana = TRUE;
    g_string_append_c(pending, (char)(*at | 0x80));
  } else if (state == JIS_PAIRS && is_graphic && n_left >= 2 && in_range(at[1], 0x21, 0x7E)) {
    append_shift_jis(pending, (guchar)*at, (guchar)at[1]);
    return 2;
  } else if (state == JIS_PAIRS && is_graphic) {
    g_string_append_c(pending, (char)0xFF);
  } else {
    converter->has_katakana |= (guchar)*at > 127;
    g_string_append_c(pending, *at); /* bytes over 127 are those of Shift_JIS, katakana of one byte most likely */
  }
  return 1;
}

/* Sets of other languages, and JIS X 0212, are designated by sequences of four bytes. */
static gboolean has_other_jis_escape(const char *bytes, gsize n_bytes) {
  const char *end = bytes + n_bytes;

  for (const char *at = bytes; (at = memchr(at, 0x1B, (gsize)(end - at))) && end - at >= 3; at++)
    if (at[1] == '.' || (at[1] == '$' && (at[2] == 'A' || at[2] == '(')))
      return TRUE;
  return FALSE;
}

static void convert_iso_2022_jp(Converter *converter, const char *bytes, gsize n_bytes) {
  g_autoptr(GString) pending = g_string_sized_new(n_bytes);

  converter->from_jis = TRUE;
  const char *end = bytes + n_bytes;
  JisState state = JIS_ASCII;
  if (has_other_jis_escape(bytes, n_bytes) && converter->second != (GIConv)-1) {
    run_iconv(converter, converter->second, "ISO-2022-JP-2", bytes, n_bytes);
    return;
  }
  for (const char *at = bytes; at < end;) {
    if (*at == 0x1B && take_jis_escape(at, (gsize)(end - at), &state)) {
      at += 3;
      continue;
    }
    gboolean is_open = *at == '\n' && state != JIS_ASCII;
    converter->is_open |= is_open;
    if (is_open && (state != JIS_PAIRS || !goes_on_in_pairs(at + 1, end)))
      state = JIS_ASCII;
    at += take_jis(converter, pending, state, at, (gsize)(end - at));
  }
  converter->is_open |= state != JIS_ASCII;
  flush_shift_jis(converter, pending);
}

static GIConv open_iconv(const char *name) {
  if (!name)
    return (GIConv)-1;
  charset_keep_loaded(name);
  return g_iconv_open("UTF-8", name);
}

/* NULL: the C library lacks the set. *converter says how it went; its text is taken. */
static char *convert_by(const Charset *row, const char *bytes, gsize n_bytes, Converter *converter) {
  *converter =
      (Converter){.first = open_iconv(row->converter), .second = open_iconv(row->second), .name = row->converter};
  if (converter->first != (GIConv)-1) {
    converter->text = g_string_sized_new(n_bytes + n_bytes / 2);
    row->convert(converter, bytes, n_bytes);
    g_iconv_close(converter->first);
  }
  if (converter->second != (GIConv)-1)
    g_iconv_close(converter->second);
  if (!converter->text)
    return NULL;
  g_autoptr(GString) text = g_steal_pointer(&converter->text);
  return make_valid(text->str, text->len);
}

static char *convert(const char *bytes, gsize n_bytes, const char *name) {
  const Charset *row = find_row(name);
  Converter converter;

  return row ? convert_by(row, bytes, n_bytes, &converter) : NULL;
}

/* Has the text characters that are not in the set it names, but in what vendors made of it? */
static gboolean is_strict(const char *strict, const char *bytes, gsize n_bytes) {
  charset_keep_loaded(strict);
  g_autofree char *text = g_convert(bytes, (gssize)n_bytes, "UTF-8", strict, NULL, NULL, NULL);
  for (const char *at = text; at && *at; at++)
    if (at[0] == '\xC2' && in_range(at[1], 0x80, 0x9F)) /* a control character of the set, which nobody means */
      return FALSE;
  return text != NULL;
}

static gboolean is_ascii(const char *bytes, gsize n_bytes) {
  for (gsize i = 0; i < n_bytes; i++)
    if ((guchar)bytes[i] > 127)
      return FALSE;
  return TRUE;
}

CharsetFaults charset_check(const char *bytes, gsize n_bytes, const char *declared) {
  const Charset *row = find_row(declared);
  CharsetFaults faults = {0};

  if (!row) {
    faults.is_unknown = declared != NULL;
  } else if (strcmp(row->converter, "UTF-8") == 0) {
    faults.is_wrong =
        n_bytes > 0 && (row->strict ? !is_ascii(bytes, n_bytes) : !g_utf8_validate_len(bytes, n_bytes, NULL));
  } else if (n_bytes > 0) {
    Converter converter;
    g_autofree char *text = convert_by(row, bytes, n_bytes, &converter);
    faults.is_wrong = text && converter.n_replaced > 0;
    faults.is_open = text && converter.is_open;
    faults.has_extensions = text && !faults.is_wrong && !faults.is_open && row->strict &&
                            (converter.has_katakana || !is_strict(row->strict, bytes, n_bytes));
  }
  return faults;
}

/* In text that is not UTF-8 as a whole: are most of its bytes over 127 parts of UTF-8 characters, so that it was meant?
 */
static gboolean is_mostly_utf8(const char *bytes, gsize n_bytes) {
  const char *end = bytes + n_bytes;
  gsize n_whole = 0;
  gsize n_stray = 0;

  while (bytes < end) {
    const char *stop;
    g_utf8_validate(bytes, end - bytes, &stop);
    for (; bytes < stop; bytes++)
      n_whole += (guchar)*bytes > 127;
    if (stop < end)
      n_stray += (guchar)*bytes++ > 127;
  }
  return n_whole > 2 * n_stray;
}

/* ISO-2022-JP needs no byte over 127, so what it is shows by its escapes only (RFC 1468). */
static gboolean has_japanese_escape(const char *bytes, gsize n_bytes) {
  const char *end = bytes + n_bytes;

  for (const char *at = bytes; (at = memchr(at, 0x1B, (gsize)(end - at))) && end - at >= 3; at++)
    if (at[1] == '$' && (at[2] == 'B' || at[2] == '@'))
      return TRUE;
  return FALSE;
}

static char *convert_undeclared(const char *bytes, gsize n_bytes, const char *hint) {
  const char *hinted = charset_find(hint);

  if (g_utf8_validate(bytes, (gssize)n_bytes, NULL)) {
    gboolean japanese = has_japanese_escape(bytes, n_bytes) && is_ascii(bytes, n_bytes);
    return japanese ? convert(bytes, n_bytes, "ISO-2022-JP") : g_strndup(bytes, n_bytes);
  }
  if (hinted && strcmp(hinted, "UTF-8") != 0)
    return convert(bytes, n_bytes, hint);
  if (is_mostly_utf8(bytes, n_bytes))
    return make_valid(bytes, n_bytes);
  return convert(bytes, n_bytes, charset_guess(bytes, n_bytes));
}

char *charset_to_utf8(const char *bytes, gsize n_bytes, const char *declared, const char *hint) {
  const char *converter = charset_find(declared);
  char *text = NULL;

  if (n_bytes == 0)
    return g_strdup("");
  if (converter && strcmp(converter, "UTF-8") != 0)
    text = convert(bytes, n_bytes, declared);
  if (!text)
    text = convert_undeclared(bytes, n_bytes, hint);
  return text ? text : make_valid(bytes, n_bytes);
}
