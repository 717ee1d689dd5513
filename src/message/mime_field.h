#pragma once
/* A Content- field with its parameters, as mail programs write them.
 *
 * Owns: a MimeField owns its strings.
 * Thread: any; pure.
 * Errors: none: of a broken field there is as much as can be read, and the faults say what is wrong.
 * Units and limits: linear in the text, but for parameters in sections, which are sorted.
 * Source: RFC 2045 5.1 (parameters), RFC 2231 3 and 4 (sections, character sets), RFC 2183 2; RFC 2047 5 forbids the
 *         encoded words in parameters that many programs write, and that are decoded here. */
#include <glib.h>

typedef enum {
  MIME_FIELD_UNQUOTED = 1 << 0,  /* a value with blanks or specials and without quotes */
  MIME_FIELD_QUOTES = 1 << 1,    /* quotation marks that do not close, or inside a quoted value */
  MIME_FIELD_WORD = 1 << 2,      /* an encoded word */
  MIME_FIELD_8BIT = 1 << 3,      /* characters that are not ASCII */
  MIME_FIELD_TWICE = 1 << 4,     /* a parameter that is there twice */
  MIME_FIELD_SEPARATOR = 1 << 5, /* no semicolon between two parameters */
} MimeFieldFaults;

typedef struct MimeField {
  char *value;    /* before the parameters, without white space around it */
  GArray *pieces; /* private */
  MimeFieldFaults faults;
} MimeField;

/* Reads a field's value, unfolded and valid UTF-8. */
MimeField *mime_field_parse(const char *text);
void mime_field_free(MimeField *field);

/* A parameter by its name in lower case, decoded; NULL: there is none, or it is empty. An extended one (name*) comes
 * before a plain one, and of two with the same name the first counts. The caller frees. */
char *mime_field_parameter(const MimeField *field, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeField, mime_field_free)
