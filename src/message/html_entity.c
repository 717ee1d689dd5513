#include "message/html_entity.h"
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 31, DIGITS_MAX = 8 };

static int compare(const void *name, const void *entity) {
  return strcmp(name, ((const HtmlEntity *)entity)->name);
}

/* What a number means: C1 controls are read as windows-1252 (WHATWG HTML 13.2.5.80), what is no character as U+FFFD. */
static gunichar character_of(gulong number) {
  static const guint16 windows_1252[] = {0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                         0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                         0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                         0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

  if (number >= 0x80 && number < 0x80 + G_N_ELEMENTS(windows_1252))
    return windows_1252[number - 0x80];
  return number > 0 && number <= 0x10FFFF && g_unichar_validate((gunichar)number) ? (gunichar)number : 0xFFFD;
}

static gsize read_number(const char *text, gsize len, gunichar *character) {
  gboolean hex = len > 2 && (text[2] == 'x' || text[2] == 'X');
  gsize first = hex ? 3 : 2;
  gsize at = first;
  gulong number = 0;

  while (at < len && at < first + DIGITS_MAX && (hex ? g_ascii_isxdigit(text[at]) : g_ascii_isdigit(text[at])))
    number = number * (hex ? 16 : 10) + (gulong)g_ascii_xdigit_value(text[at++]);
  if (at == first)
    return 0;
  *character = character_of(number);
  return at < len && text[at] == ';' ? at + 1 : at;
}

gsize html_entity_read(const char *text, gsize len, gunichar characters[2]) {
  characters[1] = 0;
  if (len < 3 || text[0] != '&')
    return 0;
  if (text[1] == '#')
    return read_number(text, len, characters);
  char name[NAME_BYTES_MAX + 1] = "";
  gsize n = 0;
  while (n < NAME_BYTES_MAX && n + 1 < len && g_ascii_isalnum(text[n + 1])) {
    name[n] = text[n + 1];
    n++;
  }
  const HtmlEntity *entity = bsearch(name, html_entities, HTML_ENTITIES_N, sizeof *html_entities, compare);
  if (!entity || n + 1 >= len || text[n + 1] != ';')
    return 0;
  memcpy(characters, entity->characters, sizeof entity->characters);
  return n + 2;
}
