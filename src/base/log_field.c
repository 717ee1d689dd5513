#include "base/log_field.h"
#include <string.h>

gboolean log_field_is_shown(const LogField *field) {
  return field->kind != LOG_FIELD_SAID && (field->kind != LOG_FIELD_TEXT || field->text);
}

static const LogField *find(const LogField *fields, const char *key, gsize len) {
  for (; fields->key; fields++)
    if (strncmp(fields->key, key, len) == 0 && fields->key[len] == '\0')
      return fields;
  return NULL;
}

static void append_list(GString *out, const char *const *list, char separator) {
  for (gsize i = 0; list[i]; i++) {
    if (i > 0)
      g_string_append_printf(out, "%c ", separator);
    g_string_append(out, list[i]);
  }
}

/* FALSE: it has nothing to say. */
static gboolean append_field(GString *out, const LogField *field, char separator) {
  gsize len_before = out->len;

  if (!field)
    return FALSE;
  if (field->kind == LOG_FIELD_NUMBER)
    g_string_append_printf(out, "%" G_GINT64_FORMAT, field->number);
  else if (field->kind == LOG_FIELD_LIST)
    append_list(out, field->list, separator);
  else if (field->text)
    g_string_append(out, field->text);
  return field->kind == LOG_FIELD_NUMBER ? field->number != 0 : out->len > len_before;
}

static const char *append_group(GString *out, const char *at, const LogField *fields);

/* Up to one of the bytes in `ends`. FALSE in `*out_is_whole`: a field had nothing to say. */
static const char *append_until(GString *out, const char *at, const char *ends, const LogField *fields,
                                gboolean *out_is_whole) {
  *out_is_whole = TRUE;
  while (*at != '\0' && !strchr(ends, *at)) {
    if (*at == '{') {
      at = append_group(out, at, fields);
    } else if (*at == '<' && g_ascii_islower(at[1])) {
      gsize len = strcspn(at + 1, ";>");
      gboolean has_separator = at[len + 1] == ';';
      if (!append_field(out, find(fields, at + 1, len), has_separator ? ';' : ','))
        *out_is_whole = FALSE;
      at += len + (has_separator ? strlen("<;>") : strlen("<>"));
    } else {
      g_string_append_c(out, *at++);
    }
  }
  return at;
}

static const char *append_group(GString *out, const char *at, const LogField *fields) {
  gboolean is_said = FALSE;

  do {
    gsize len_before = out->len;
    gboolean is_whole;
    at = append_until(out, at + 1, "|}", fields, &is_whole);
    if (is_said || !is_whole)
      g_string_truncate(out, len_before);
    else
      is_said = TRUE;
  } while (*at == '|');
  return at + 1;
}

char *log_fields_say(const char *template, const LogField *fields) {
  GString *out = g_string_sized_new(160);
  gboolean is_whole;

  (void)append_until(out, template, "", fields, &is_whole);
  return g_string_free(out, FALSE);
}
