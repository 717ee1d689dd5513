#pragma once
/* What the files of message.h share.
 *
 * Owns: see message/message.h.
 * Thread: see message/message.h.
 * Errors: none.
 * Units and limits: see message/message.h.
 * Source: see message/message.h. */
#include "message/message.h"

struct Message {
  GBytes *octets;
  gsize offset;      /* where in them the mail begins */
  const char *start; /* the octet there */
  gsize n_octets;
  guint64 n_octets_whole; /* of the mail, which may have been condensed */
  GArray *fields;         /* HeaderField */
  GPtrArray *parts;       /* MessagePart *, the mail itself first */
  GPtrArray *problems;    /* char * */
  gsize n_header_octets;  /* of the fields of parts that were read so far */
  const char *charset;    /* the first that a text declares, lent; NULL: none does */
};

/* Finds the parts; message_structure.c. */
void message_find_parts(Message *message);

/* A part by its fields; message_part.c. `parent` is the container it is in, NULL for the mail itself. Where it lies is
 * for the caller to fill in. *boundary is set when it is a multipart that names one, else NULL. */
MessagePart *message_part_new(Message *message, const GArray *fields, const MessagePart *parent, char **boundary);
void message_part_free(MessagePart *part);

/* The first octets of a part's text or content, decoded: at most about `octets_max`, for who needs no more. */
GBytes *message_part_decode_up_to(const Message *message, const MessagePart *part, gsize octets_max);
char *message_part_text_up_to(const Message *message, const MessagePart *part, gsize octets_max);

/* All parts of a kind, one behind the other; NULL when there are none. */
char *message_join(const Message *message, MessagePartKind kind, gsize octets_max);

void message_add_problem(Message *message, const char *problem);
