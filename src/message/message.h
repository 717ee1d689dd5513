#pragma once
/* One stored message, read: its headers, parts and texts.
 *
 * Where parts begin and end is found here, in one pass over the lines, because GMime's parser goes one call deeper for
 * each level and compares each line with every boundary around it: 9 MB can cost it 13 seconds. What is in headers and
 * parts is read by the other files of this directory.
 *
 * Owns: a Message holds a reference to the bytes; fields and parts point into them and live as long as it does.
 * Thread: any; a message belongs to one thread at a time, several threads may each have theirs.
 * Errors: none. Every sequence of bytes is a message; of a broken one there is as much as can be read, and nothing of
 * it is left out but what stands before the first and after the last part of a multipart. message_problems() says what
 * was beyond the limits.
 * Units and limits: MESSAGE_DEPTH_MAX levels, a multipart below is one opaque part;
 * MESSAGE_PARTS_MAX parts, the last holds all that follow; MESSAGE_PART_HEADER_MAX bytes of each Content- field are
 * read, and MESSAGE_PART_HEADERS_MAX of those of all parts, the rest counts as plain text; HEADER_FIELDS_MAX fields of
 * a header. message/rfc822 is one part and not looked into. Time and memory are linear.
 * Source: RFC 2045, 2046 (MIME),
 * 2047 and 2231 (encoded text), 2183 (Content-Disposition), 5322 (headers). */
#include "message/address.h"
#include "message/header_fields.h"
#include "message/transfer_encoding.h"

enum {
  MESSAGE_DEPTH_MAX = 100,
  MESSAGE_PARTS_MAX = 10000,
  MESSAGE_PART_HEADER_MAX = 8 * 1024,
  MESSAGE_PART_HEADERS_MAX = 4 * 1024 * 1024
};

typedef struct Message Message;

typedef enum {
  MESSAGE_PART_CONTAINER,   /* multipart with parts in it */
  MESSAGE_PART_TEXT,        /* plain text that belongs to the message's text */
  MESSAGE_PART_HTML,        /* the same in HTML */
  MESSAGE_PART_ALTERNATIVE, /* another form of the text, for programs of some kinds: AMP, watch, enriched */
  MESSAGE_PART_INLINE,      /* an image of the HTML and the like */
  MESSAGE_PART_ATTACHMENT,  /* all else */
} MessagePartKind;

typedef struct MessagePart {
  char *part_id;      /* "1.2"; "0" is the message itself. All but containers can be asked for by it */
  char *content_type; /* "text/plain", lower case, without parameters */
  char *charset;      /* as declared, lower case; NULL: none */
  char *file_name;    /* decoded, fit for a file: no path, no control characters; NULL: none */
  char *content_id;   /* without angle brackets; NULL: none */
  MessagePartKind kind;
  guint depth; /* 0 is the message itself */
  TransferEncoding encoding;
  gboolean is_flowed;          /* format=flowed */
  gboolean has_del_sp;         /* DelSp=yes */
  gboolean is_guessed;         /* of a container: no line matches the boundary it names, so one was found in its body */
  gboolean is_where_texts_are; /* private */
  gsize header_offset;         /* in the bytes after the offset given to message_parse() */
  gsize body_offset;
  gsize body_len; /* without the line end in front of the boundary */
} MessagePart;

/* Reads a message in the stored form (LF line ends; CRLF is read as well) that begins at `offset` in `bytes`. */
Message *message_parse(GBytes *bytes, gsize offset);
void message_free(Message *message);

/* The bytes read: all after the offset. */
const guint8 *message_bytes(const Message *message, gsize *n_bytes);

/* Of HeaderField, in order. */
const GArray *message_fields(const Message *message);

/* A field's value as one line: encoded words as they are, or decoded. Valid UTF-8; the caller frees. */
char *message_field_value(const Message *message, const HeaderField *field);
char *message_field_text(const Message *message, const HeaderField *field);

/* What stands before the parameters of the first of `fields` of this name, in lower case; NULL when there is none. The
 * caller frees. */
char *message_field_word(const Message *message, const GArray *fields, const char *name);

/* The first field of this name, decoded; NULL when there is none. The caller frees. */
char *message_header_text(const Message *message, const char *name);

/* The mailboxes of all fields of this name, of MailAddress *; the caller unrefs. */
GPtrArray *message_addresses(const Message *message, const char *name);

/* Without angle brackets. When there is none, one is made from the content, always the same, and *is_made is set; that
 * may be NULL. The caller frees. */
char *message_id(const Message *message, gboolean *is_made);

/* The ids in References, then those of In-Reply-To that are not among them; char *, the caller unrefs. */
GPtrArray *message_references(const Message *message);

/* The instant in the Date header, in microseconds since 1970; FALSE: none that can be read. */
gboolean message_date_us(const Message *message, gint64 *date_us);

/* Of MessagePart *, in the order of the message, the message itself first; lent. */
const GPtrArray *message_parts(const Message *message);

/* NULL: no such part. */
const MessagePart *message_part_find(const Message *message, const char *part_id);

/* Of const MessagePart *, by content id; of two with the same the first counts. Parts are lent; the caller unrefs. */
GHashTable *message_parts_by_content_id(const Message *message);

/* Of HeaderField: the header of a part, in order. It points into the bytes; the caller unrefs. */
GArray *message_part_fields(const Message *message, const MessagePart *part);

/* The bytes of a part with its transfer encoding undone; a container's are those between its header and its end, as
 * they are. The caller unrefs. */
GBytes *message_part_decode(const Message *message, const MessagePart *part);

/* The text parts, one after the other; NULL when there are none. The caller frees. */
char *message_plain_text(const Message *message);

/* The same; from the HTML when there are none; "" when there is none either. The caller frees. */
char *message_text(const Message *message);

/* The HTML parts, one after the other; NULL when there are none. The caller frees. */
char *message_html(const Message *message);

/* What was beyond the limits, one line each, for people; char *, lent, seldom any. */
const GPtrArray *message_problems(const Message *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)
