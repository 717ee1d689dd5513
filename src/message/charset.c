#include "message/charset.h"
#include <errno.h>
#include <string.h>

/* The sets mails are written in, by all names in use; the first column is iconv's. */
static const struct {
  const char *converter;
  const char *names;
} charsets[] = {
    {"UTF-8", " utf-8 utf8 unicode-1-1-utf-8 us-ascii ascii ansi_x3.4-1968 iso-ir-6 646 "},
    {"WINDOWS-1252", " iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 cp819 windows-1252 cp1252 x-cp1252 ansi "},
    {"ISO-8859-2", " iso-8859-2 iso8859-2 latin2 "},
    {"ISO-8859-3", " iso-8859-3 iso8859-3 latin3 "},
    {"ISO-8859-4", " iso-8859-4 iso8859-4 latin4 "},
    {"ISO-8859-5", " iso-8859-5 iso8859-5 cyrillic "},
    {"ISO-8859-6", " iso-8859-6 iso8859-6 arabic "},
    {"ISO-8859-7", " iso-8859-7 iso8859-7 greek "},
    {"ISO-8859-8", " iso-8859-8 iso-8859-8-i iso8859-8 hebrew "},
    {"WINDOWS-1254", " iso-8859-9 iso8859-9 latin5 windows-1254 cp1254 "},
    {"ISO-8859-10", " iso-8859-10 iso8859-10 latin6 "},
    {"ISO-8859-13", " iso-8859-13 iso8859-13 "},
    {"ISO-8859-14", " iso-8859-14 iso8859-14 "},
    {"ISO-8859-15", " iso-8859-15 iso8859-15 latin-9 latin9 "},
    {"ISO-8859-16", " iso-8859-16 iso8859-16 "},
    {"WINDOWS-1250", " windows-1250 cp1250 "},
    {"WINDOWS-1251", " windows-1251 cp1251 "},
    {"WINDOWS-1253", " windows-1253 cp1253 "},
    {"WINDOWS-1255", " windows-1255 cp1255 "},
    {"WINDOWS-1256", " windows-1256 cp1256 "},
    {"WINDOWS-1257", " windows-1257 cp1257 "},
    {"WINDOWS-1258", " windows-1258 cp1258 "},
    {"CP874", " windows-874 cp874 tis-620 iso-8859-11 "},
    {"CP437", " cp437 ibm437 "},
    {"CP850", " cp850 ibm850 "},
    {"CP866", " cp866 ibm866 "},
    {"MACINTOSH", " macintosh mac x-mac-roman "},
    {"KOI8-R", " koi8-r koi8 "},
    {"KOI8-U", " koi8-u koi8-ru "},
    {"CP932", " shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932 ms932 "},
    {"EUC-JP", " euc-jp eucjp x-euc-jp "},
    {"ISO-2022-JP", " iso-2022-jp csiso2022jp "},
    {"ISO-2022-JP-2", " iso-2022-jp-2 iso-2022-jp-1 "},
    {"GB18030", " gb2312 gb_2312-80 gbk x-gbk cp936 gb18030 euc-cn "},
    {"HZ", " hz hz-gb-2312 "},
    {"BIG5", " big5 big-5 cn-big5 x-x-big5 cp950 "},
    {"BIG5-HKSCS", " big5-hkscs "},
    {"CP949", " euc-kr euckr ks_c_5601-1987 ks_c_5601 cp949 windows-949 uhc "},
    {"ISO-2022-KR", " iso-2022-kr "},
    {"UTF-16", " utf-16 "},
    {"UTF-16BE", " utf-16be "},
    {"UTF-16LE", " utf-16le unicode "},
    {"UTF-32", " utf-32 "},
    {"UTF-7", " utf-7 unicode-1-1-utf-7 "},
};

enum { NAME_OCTETS_MAX = 40 };

const char *charset_find(const char *name) {
  if (!name || !*name || strlen(name) > NAME_OCTETS_MAX || strchr(name, ' '))
    return NULL;
  g_autofree char *lower = g_ascii_strdown(name, -1);
  g_autofree char *word = g_strconcat(" ", lower, " ", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(charsets); i++)
    if (strstr(charsets[i].names, word))
      return charsets[i].converter;
  return NULL;
}

void charset_keep_loaded(const char *converter) {
  static gsize kept[G_N_ELEMENTS(charsets)]; /* GIConv; nothing is converted by these */
  for (gsize i = 0; i < G_N_ELEMENTS(charsets); i++)
    if (strcmp(charsets[i].converter, converter) == 0 && g_once_init_enter(&kept[i]))
      g_once_init_leave(&kept[i], (gsize)g_iconv_open("UTF-8", converter));
}

static char *make_valid(const char *octets, gsize n_octets) {
  return n_octets > 0 ? g_utf8_make_valid(octets, (gssize)n_octets) : g_strdup("");
}

/* An octet that starts nothing is replaced and stepped over; a character cut off by the end is replaced as a whole. */
static char *convert(const char *octets, gsize n_octets, const char *converter) {
  charset_keep_loaded(converter);
  GIConv iconv = g_iconv_open("UTF-8", converter);
  if (iconv == (GIConv)-1)
    return NULL;
  g_autoptr(GString) text = g_string_sized_new(n_octets + n_octets / 2);
  char *in = (char *)octets;
  gsize in_left = n_octets;
  char buffer[4096];
  while (TRUE) {
    char *out = buffer;
    gsize out_left = sizeof buffer;
    gboolean at_end = in_left == 0;
    gsize result = g_iconv(iconv, at_end ? NULL : &in, &in_left, &out, &out_left);
    int problem = result == (gsize)-1 ? errno : 0;
    g_string_append_len(text, buffer, out - buffer);
    if (at_end)
      break;
    if (problem == EILSEQ && in_left > 0) {
      g_string_append(text, "\uFFFD");
      in++;
      in_left--;
    } else if (problem == EINVAL || (problem == E2BIG && out == buffer)) {
      g_string_append(text, "\uFFFD");
      in_left = 0;
    }
  }
  g_iconv_close(iconv);
  return make_valid(text->str, text->len);
}

static gboolean is_ascii(const char *octets, gsize n_octets) {
  for (gsize i = 0; i < n_octets; i++)
    if ((guchar)octets[i] > 127)
      return FALSE;
  return TRUE;
}

/* In text that is no UTF-8 as a whole: are most of its octets over 127 parts of UTF-8 characters, so that it was meant?
 */
static gboolean is_mostly_utf8(const char *octets, gsize n_octets) {
  const char *end = octets + n_octets;
  gsize n_whole = 0;
  gsize n_stray = 0;
  while (octets < end) {
    const char *stop;
    g_utf8_validate(octets, end - octets, &stop);
    for (; octets < stop; octets++)
      n_whole += (guchar)*octets > 127;
    if (stop < end)
      n_stray += (guchar)*octets++ > 127;
  }
  return n_whole > 2 * n_stray;
}

/* ISO-2022-JP needs no octet over 127, so what it is shows by its escapes only (RFC 1468). */
static gboolean has_japanese_escape(const char *octets, gsize n_octets) {
  const char *end = octets + n_octets;
  for (const char *at = octets; (at = memchr(at, 0x1B, (gsize)(end - at))) && end - at >= 3; at++)
    if (at[1] == '$' && (at[2] == 'B' || at[2] == '@'))
      return TRUE;
  return FALSE;
}

static char *convert_undeclared(const char *octets, gsize n_octets, const char *hint) {
  const char *hinted = charset_find(hint);
  if (g_utf8_validate(octets, (gssize)n_octets, NULL)) {
    gboolean japanese = is_ascii(octets, n_octets) && has_japanese_escape(octets, n_octets);
    return japanese ? convert(octets, n_octets, "ISO-2022-JP") : make_valid(octets, n_octets);
  }
  if (hinted && strcmp(hinted, "UTF-8") != 0)
    return convert(octets, n_octets, hinted);
  if (is_mostly_utf8(octets, n_octets))
    return make_valid(octets, n_octets);
  return convert(octets, n_octets, charset_guess(octets, n_octets));
}

char *charset_to_utf8(const char *octets, gsize n_octets, const char *declared, const char *hint) {
  const char *converter = charset_find(declared);
  char *text = NULL;
  if (n_octets == 0)
    return g_strdup("");
  if (converter && strcmp(converter, "UTF-8") != 0)
    text = convert(octets, n_octets, converter);
  if (!text)
    text = convert_undeclared(octets, n_octets, hint);
  return text ? text : make_valid(octets, n_octets);
}
