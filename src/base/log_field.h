#pragma once
/* The facts of an event, and the sentence that is made of them.
 *
 * A template is the sentence with fields in it: <key> is the field's text, a number in decimal, or a list with ", "
 * between its items; <key;> puts "; " there. {...} holds alternatives, separated by |, of which the first one is said
 * whose fields all have something to say: a field that is missing, empty or 0 has not. So "{ <a>}" is said with `a`
 * only, and "{<a>|none}" always says something. Groups hold no groups. Text that no field has is given by LOG_SAID().
 *
 * Owns: nothing; all is borrowed.
 * Thread: any.
 * Source: docs/log.md. */
#include <glib.h>

typedef enum {
  LOG_FIELD_TEXT, /* any bytes */
  LOG_FIELD_LIST, /* NULL-terminated, of such texts */
  LOG_FIELD_NUMBER,
  LOG_FIELD_SAID /* text that is in the sentence only: JSON has it as part of that */
} LogFieldKind;

typedef struct LogField {
  const char *key; /* NULL: the end of a list of fields */
  LogFieldKind kind;
  const char *text; /* NULL: the field is left out */
  const char *const *list;
  gint64 number;
} LogField;

/* A text that is NULL counts as empty; LOG_OPTIONAL() leaves the field out then. */
#define LOG_TEXT(k, v) log_field_text((k), (v))
#define LOG_OPTIONAL(k, v) ((LogField){.key = (k), .kind = LOG_FIELD_TEXT, .text = (v)})
#define LOG_LIST(k, v) ((LogField){.key = (k), .kind = LOG_FIELD_LIST, .list = (v)})
#define LOG_NUMBER(k, v) ((LogField){.key = (k), .kind = LOG_FIELD_NUMBER, .number = (v)})
#define LOG_SAID(k, v) ((LogField){.key = (k), .kind = LOG_FIELD_SAID, .text = (v)})

static inline LogField log_field_text(const char *key, const char *text) {
  return (LogField){.key = key, .kind = LOG_FIELD_TEXT, .text = text ? text : ""};
}

/* Whether JSON has it. */
gboolean log_field_is_shown(const LogField *field);

/* The sentence. `fields` ends with one without a key. The caller frees. */
char *log_fields_say(const char *template, const LogField *fields);
