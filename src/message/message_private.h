#pragma once
/* What the files of message.h share. */
#include "message/message.h"

struct Message {
  GBytes *bytes;
  gsize offset;      /* where in them the message begins */
  const char *start; /* the byte there */
  gsize n_bytes;
  guint64 n_bytes_whole; /* of the message, which may have been condensed */
  GArray *fields;        /* HeaderField */
  GPtrArray *parts;      /* MessagePart *, the message itself first */
  GPtrArray *problems;   /* char * */
  gsize n_header_bytes;  /* of the fields of parts that were read so far */
  const char *charset;   /* the first that a text declares, lent; NULL: none does */
};

/* Finds the parts; message_structure.c. */
void message_find_parts(Message *message);

/* A part by its fields; message_part.c. `parent` is the container it is in, NULL for the message itself. Where it lies
 * is for the caller to fill in. *boundary is set when it is a multipart that names one, else NULL. */
MessagePart *message_part_new(Message *message, const GArray *fields, const MessagePart *parent, char **boundary);
void message_part_free(MessagePart *part);

/* The first bytes of a part's text or content, decoded: at most about `bytes_max`, for who needs no more. */
GBytes *message_part_decode_up_to(const Message *message, const MessagePart *part, gsize bytes_max);
char *message_part_text_up_to(const Message *message, const MessagePart *part, gsize bytes_max);

/* All parts of a kind, one after the other; NULL when there are none. */
char *message_join(const Message *message, MessagePartKind kind, gsize bytes_max);

void message_add_problem(Message *message, const char *problem);
