#include "message/mime_field.h"
#include "message/charset.h"
#include "message/encoded_words.h"
#include <string.h>

enum { NO_SECTION = -1, SECTION_DIGITS_MAX = 6 };

/* What stands between two semicolons: a parameter, or a section of one (name*1*=value). */
typedef struct Piece {
  char *name; /* lower case, without the section */
  char *value;
  int section;
  gboolean is_extended; /* with percent signs */
} Piece;

typedef struct Reader {
  MimeField *field;
  const char *at;
  gboolean has_no_proper_close; /* no quotation mark that follows ends a value as it should */
  gboolean has_no_close;
} Reader;

static void piece_clear(gpointer data) {
  Piece *piece = data;

  g_free(piece->name);
  g_free(piece->value);
}

void mime_field_free(MimeField *field) {
  if (!field)
    return;
  g_free(field->value);
  g_array_unref(field->pieces);
  g_free(field);
}

static gboolean is_blank(char c) {
  return c == ' ' || c == '\t';
}

static gboolean is_token(char c) {
  return g_ascii_isgraph(c) && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* Does a parameter that people forget the semicolon before begin here? */
static gboolean is_parameter(const char *at) {
  static const char *const names[] = {"charset", "name", "filename", "boundary", "format", "delsp", "type", "size"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    gsize len = strlen(names[i]);
    if (g_ascii_strncasecmp(at, names[i], len) == 0 && (at[len] == '=' || at[len] == '*'))
      return TRUE;
  }
  return FALSE;
}

static const char *skip_blanks(const char *at) {
  while (is_blank(*at))
    at++;
  return at;
}

/* Behind a comment, or the end of all when it does not close. */
static const char *skip_comment(const char *at) {
  guint depth = 0;

  for (; *at; at++) {
    if (*at == '\\' && at[1]) {
      at++;
      continue;
    }
    depth += *at == '(';
    depth -= *at == ')';
    if (depth == 0)
      return at + 1;
  }
  return at;
}

/* --- values */

/* The quotation mark that ends the value: one that a semicolon, the end or another parameter follows, so that quotation
 * marks inside, which are not escaped, stay in it. Else the next; NULL: there is none. */
static const char *find_close(Reader *reader) {
  const char *first = NULL;

  for (const char *at = reader->at; *at && !reader->has_no_close; at++) {
    if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) {
      at++;
    } else if (*at == '"') {
      const char *behind = skip_blanks(at + 1);
      if (reader->has_no_proper_close || *behind == ';' || !*behind || *behind == '(' ||
          (behind > at + 1 && is_parameter(behind))) {
        if (first)
          reader->field->faults |= MIME_FIELD_QUOTES;
        return at;
      }
      first = first ? first : at;
    }
  }
  reader->field->faults |= MIME_FIELD_QUOTES;
  reader->has_no_proper_close = TRUE;
  reader->has_no_close |= !first;
  return first;
}

/* A backslash before anything but a quotation mark or another one is that of a path in Windows. */
static char *unquote(const char *start, const char *end) {
  GString *out = g_string_sized_new((gsize)(end - start));

  for (const char *at = start; at < end; at++) {
    if (*at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\'))
      at++;
    g_string_append_c(out, *at);
  }
  return g_string_free(out, FALSE);
}

static char *take_quoted(Reader *reader) {
  reader->at++;
  const char *start = reader->at;
  const char *close = find_close(reader);
  const char *end = close ? close : start + strcspn(start, ";");
  reader->at = close ? close + 1 : end;
  return unquote(start, end);
}

/* Up to the semicolon, for names of files have blanks in them. */
static char *take_unquoted(Reader *reader, gboolean is_name) {
  const char *start = reader->at;
  const char *at = start;

  while (*at && *at != ';' && !(is_blank(*at) && (!is_name || is_parameter(skip_blanks(at)))))
    at++;
  reader->at = at;
  const char *end = at;
  while (end > start && is_blank(end[-1]))
    end--;
  for (const char *c = start; c < end; c++)
    if (!is_token(*c) && !((guchar)*c & 0x80))
      reader->field->faults |= MIME_FIELD_UNQUOTED;
  if (is_parameter(skip_blanks(at)) && is_blank(*at))
    reader->field->faults |= MIME_FIELD_SEPARATOR;
  return g_strndup(start, (gsize)(end - start));
}

/* --- pieces */

/* "name", "name*", "name*0", "name*0*". */
static void read_name(const char *start, const char *end, Piece *piece) {
  const char *star = memchr(start, '*', (gsize)(end - start));

  piece->section = NO_SECTION;
  piece->name = g_ascii_strdown(start, (star ? star : end) - start);
  if (!star)
    return;
  const char *at = star + 1;
  if (at < end && g_ascii_isdigit(*at) && end - at <= SECTION_DIGITS_MAX)
    for (piece->section = 0; at < end && g_ascii_isdigit(*at); at++)
      piece->section = piece->section * 10 + g_ascii_digit_value(*at);
  piece->is_extended = piece->section == NO_SECTION || (at < end && *at == '*');
}

static void note_faults(MimeField *field, const Piece *piece) {
  if (strstr(piece->value, "=?"))
    field->faults |= MIME_FIELD_WORD;
  if (!g_str_is_ascii(piece->value))
    field->faults |= MIME_FIELD_8BIT;
  for (guint i = 0; i < field->pieces->len && i < 100; i++) {
    const Piece *other = &g_array_index(field->pieces, Piece, i);
    if (other->section == piece->section && other->is_extended == piece->is_extended &&
        strcmp(other->name, piece->name) == 0)
      field->faults |= MIME_FIELD_TWICE;
  }
}

static void take_piece(Reader *reader) {
  const char *start = reader->at;
  Piece piece = {0};

  while (*reader->at && *reader->at != '=' && *reader->at != ';' && !is_blank(*reader->at))
    reader->at++;
  const char *end = reader->at;
  reader->at = skip_blanks(reader->at);
  if (*reader->at != '=')
    return;
  reader->at = skip_blanks(reader->at + 1);
  read_name(start, end, &piece);
  gboolean is_name = strcmp(piece.name, "name") == 0 || strcmp(piece.name, "filename") == 0;
  piece.value = *reader->at == '"' ? take_quoted(reader) : take_unquoted(reader, is_name);
  note_faults(reader->field, &piece);
  g_array_append_val(reader->field->pieces, piece);
}

MimeField *mime_field_parse(const char *text) {
  MimeField *field = g_new0(MimeField, 1);
  Reader reader = {.field = field, .at = text};

  field->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
  g_array_set_clear_func(field->pieces, piece_clear);
  while (*reader.at && *reader.at != ';' && *reader.at != '(' &&
         !(is_blank(*reader.at) && is_parameter(skip_blanks(reader.at))))
    reader.at++;
  field->value = g_strstrip(g_strndup(text, (gsize)(reader.at - text)));
  if (is_blank(*reader.at))
    field->faults |= MIME_FIELD_SEPARATOR;
  while (*reader.at) {
    if (*reader.at == '(')
      reader.at = skip_comment(reader.at);
    else if (*reader.at == ';' || is_blank(*reader.at))
      reader.at++;
    else
      take_piece(&reader);
  }
  return field;
}

/* --- parameters */

/* By section; of two with the same number the first stays in front. */
static gint compare_sections(gconstpointer a, gconstpointer b) {
  const Piece *one = *(const Piece *const *)a;
  const Piece *other = *(const Piece *const *)b;

  if (one->section != other->section)
    return one->section < other->section ? -1 : 1;
  return one < other ? -1 : one > other;
}

/* Of const Piece *, those that make up the value, in their order. */
static GPtrArray *choose_pieces(const MimeField *field, const char *name) {
  GPtrArray *sections = g_ptr_array_new();
  const Piece *plain = NULL;
  const Piece *extended = NULL;

  for (guint i = 0; i < field->pieces->len; i++) {
    const Piece *piece = &g_array_index(field->pieces, Piece, i);
    if (strcmp(piece->name, name) != 0)
      continue;
    if (piece->section != NO_SECTION)
      g_ptr_array_add(sections, (gpointer)piece);
    else if (piece->is_extended)
      extended = extended ? extended : piece;
    else
      plain = plain ? plain : piece;
  }
  g_ptr_array_sort(sections, compare_sections);
  if (extended || sections->len == 0) {
    g_ptr_array_set_size(sections, 0);
    if (extended || plain)
      g_ptr_array_add(sections, (gpointer)(extended ? extended : plain));
  }
  return sections;
}

static void append_percent_decoded(GString *out, const char *text) {
  for (; *text; text++) {
    if (*text == '%' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2])) {
      g_string_append_c(out, (char)(g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2])));
      text += 2;
    } else {
      g_string_append_c(out, *text);
    }
  }
}

/* The text after "set'language'", whose set is taken; all of it when there is no set. */
static const char *take_charset(const char *value, char **charset) {
  const char *mark = strchr(value, '\'');
  const char *second = mark ? strchr(mark + 1, '\'') : NULL;

  if (!second || *charset)
    return value;
  *charset = g_strndup(value, (gsize)(mark - value));
  return second + 1;
}

static void flush(GString *bytes, const char *charset, GString *out) {
  g_autofree char *text = charset_to_utf8(bytes->str, bytes->len, charset, NULL);

  g_string_append(out, text);
  g_string_truncate(bytes, 0);
}

char *mime_field_parameter(const MimeField *field, const char *name) {
  g_autoptr(GPtrArray) pieces = choose_pieces(field, name);
  g_autoptr(GString) text = g_string_new(NULL);
  g_autoptr(GString) bytes = g_string_new(NULL); /* those of extended sections that follow one another, in one set */
  g_autofree char *charset = NULL;
  int last_section = NO_SECTION - 1;

  for (guint i = 0; i < pieces->len; i++) {
    const Piece *piece = g_ptr_array_index(pieces, i);
    if (piece->section == last_section)
      continue;
    last_section = piece->section;
    if (piece->is_extended) {
      append_percent_decoded(bytes, take_charset(piece->value, &charset));
    } else {
      flush(bytes, charset, text);
      g_string_append(text, piece->value);
    }
  }
  flush(bytes, charset, text);
  g_autofree char *decoded = encoded_words_decode(text->str);
  g_strstrip(decoded);
  return *decoded ? g_steal_pointer(&decoded) : NULL;
}
