#pragma once
/* A message made of what somebody wants to say.
 *
 * Owns: a Compose owns what was put into it.
 * Thread: any, one at a time.
 * Errors: none: whoever fills it in has checked addresses (syntax/smtp_command.h) and headers
 *         (compose_header_problem()).
 * Units and limits: those of whoever fills it in.
 * Source: RFC 5322, 2045 to 2047, 2183, 2392 (Content-ID), 2231, by GMime. */
#include "message/address.h"

typedef struct ComposeAttachment {
  GBytes *content;
  char *file_name;
  char *content_type; /* NULL: what it looks like */
  char *content_id;   /* NULL: an attachment; else a part of the HTML */
} ComposeAttachment;

typedef struct ComposeHeader {
  char *name;
  char *value;
} ComposeHeader;

typedef struct Compose {
  MailAddress *from;
  GPtrArray *to; /* MailAddress * */
  GPtrArray *cc;
  GPtrArray *reply_to;
  char *subject;
  char *text;             /* "": none, if there is HTML */
  char *html;             /* "": none */
  GPtrArray *attachments; /* ComposeAttachment * */
  GPtrArray *headers;     /* ComposeHeader *, beside those made of the above */
} Compose;

Compose *compose_new(void);
void compose_free(Compose *compose);
void compose_attachment_free(ComposeAttachment *attachment);
void compose_header_free(ComposeHeader *header);

/* NULL: it may be among the headers. Else why not; static. */
const char *compose_header_problem(const char *name, const char *value);

/* The message in the stored form, LF line ends, only ASCII. It has a Date and, unless the headers have one, a
 * Message-ID. */
GBytes *compose_print(const Compose *compose);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Compose, compose_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ComposeAttachment, compose_attachment_free)
