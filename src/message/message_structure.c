/* Where the parts of a mail begin and end (RFC 2046 5.1): one pass over the lines, with the multiparts that are open as
 * a stack. */
#include "message/message_private.h"
#include <string.h>

typedef struct OpenMultipart {
  MessagePart *part;
  char *boundary;
  gsize boundary_len;
  guint n_parts;
} OpenMultipart;

typedef struct Walk {
  Message *message;
  GArray *fields;    /* of the part whose header is read */
  GArray *open;      /* OpenMultipart, the outermost first */
  MessagePart *leaf; /* the part whose body the lines belong to; NULL: they are in front of or behind the parts */
} Walk;

static void open_multipart_clear(gpointer data) {
  g_free(((OpenMultipart *)data)->boundary);
}

/* Which of the open multiparts the line delimits, counted from 0; -1: none. An inner one that has the boundary of an
 * outer one hides it. */
static int find_boundary(const Walk *walk, const char *line, gsize line_len, gboolean *is_last) {
  if (line_len < 3 || line[0] != '-' || line[1] != '-')
    return -1;
  while (line_len > 2 && (line[line_len - 1] == ' ' || line[line_len - 1] == '\t'))
    line_len--;
  const char *text = line + 2;
  gsize len = line_len - 2;
  for (int i = (int)walk->open->len - 1; i >= 0; i--) {
    const OpenMultipart *open = &g_array_index(walk->open, OpenMultipart, i);
    *is_last = len == open->boundary_len + 2 && memcmp(text + open->boundary_len, "--", 2) == 0;
    if ((len == open->boundary_len || *is_last) && memcmp(text, open->boundary, open->boundary_len) == 0)
      return i;
  }
  return -1;
}

static gboolean is_delimiter(const char *line, gsize line_len, gpointer data) {
  gboolean is_last;
  return find_boundary(data, line, line_len, &is_last) >= 0;
}

/* The line end in front of a boundary belongs to the boundary. */
static void end_body(const Walk *walk, MessagePart *part, gsize end) {
  const char *start = walk->message->start;
  if (end > part->body_offset && start[end - 1] == '\n')
    end--;
  if (end > part->body_offset && start[end - 1] == '\r')
    end--;
  part->body_len = end - part->body_offset;
}

static void end_leaf(Walk *walk, gsize end) {
  if (walk->leaf)
    end_body(walk, walk->leaf, end);
  walk->leaf = NULL;
}

/* Closes the multiparts from `level` on. One whose boundary never came is shown as the text it holds. */
static void close_multiparts(Walk *walk, guint level, gsize end) {
  for (guint i = level; i < walk->open->len; i++) {
    OpenMultipart *open = &g_array_index(walk->open, OpenMultipart, i);
    end_body(walk, open->part, end);
    if (open->n_parts == 0)
      open->part->kind = MESSAGE_PART_TEXT;
  }
  g_array_set_size(walk->open, level);
}

static char *make_part_id(const OpenMultipart *parent) {
  if (parent->part->depth == 0)
    return g_strdup_printf("%u", parent->n_parts);
  return g_strdup_printf("%s.%u", parent->part->part_id, parent->n_parts);
}

/* The last part there may be: all that is left, unread. */
static gsize begin_last_part(Walk *walk, gsize at) {
  g_array_set_size(walk->fields, 0);
  g_autofree char *boundary = NULL;
  MessagePart *part = message_part_new(walk->message, walk->fields, NULL, &boundary);
  g_free(part->content_type);
  part->content_type = g_strdup("application/octet-stream");
  part->kind = MESSAGE_PART_ATTACHMENT;
  part->body_offset = at;
  walk->leaf = part;
  message_add_problem(walk->message, "more than 10,000 parts: the last holds all that follow");
  return walk->message->n_octets;
}

/* Reads the header at `at` and returns where the body begins. */
static gsize begin_part(Walk *walk, gsize at) {
  Message *message = walk->message;
  const char *end = message->start + message->n_octets;
  OpenMultipart *parent = walk->open->len > 0 ? &g_array_index(walk->open, OpenMultipart, walk->open->len - 1) : NULL;
  gboolean is_last = message->parts->len == MESSAGE_PARTS_MAX - 1;
  gsize body = at;
  g_autofree char *boundary = NULL;
  if (is_last) {
    body = begin_last_part(walk, at);
  } else {
    g_array_set_size(walk->fields, 0);
    body = (gsize)(header_fields_split(message->start + at, end, is_delimiter, walk, walk->fields) - message->start);
    walk->leaf = message_part_new(message, walk->fields, parent ? parent->part : NULL, &boundary);
    walk->leaf->body_offset = body;
  }
  MessagePart *part = walk->leaf;
  part->header_offset = at;
  part->depth = walk->open->len;
  if (parent)
    parent->n_parts++;
  part->part_id = parent ? make_part_id(parent) : g_strdup("0");
  g_ptr_array_add(message->parts, part);

  if (boundary && part->depth >= MESSAGE_DEPTH_MAX) {
    part->kind = MESSAGE_PART_ATTACHMENT;
    message_add_problem(message, "more than 100 levels: those below are one part");
  } else if (boundary) {
    OpenMultipart open = {part, boundary, strlen(boundary), 0};
    g_array_append_val(walk->open, open);
    boundary = NULL;
    walk->leaf = NULL;
  }
  return body;
}

void message_find_parts(Message *message) {
  Walk walk = {message, g_array_new(FALSE, FALSE, sizeof(HeaderField)),
               g_array_new(FALSE, FALSE, sizeof(OpenMultipart)), NULL};
  g_array_set_clear_func(walk.open, open_multipart_clear);
  const char *start = message->start;
  gsize at = begin_part(&walk, 0);
  g_array_append_vals(message->fields, walk.fields->data, walk.fields->len);

  while (at < message->n_octets && walk.open->len > 0) {
    const char *lf = memchr(start + at, '\n', message->n_octets - at);
    gsize behind = lf ? (gsize)(lf + 1 - start) : message->n_octets;
    gsize len = behind - at - (lf ? 1 : 0);
    if (len > 0 && start[at + len - 1] == '\r')
      len--;
    gboolean is_last;
    int level = find_boundary(&walk, start + at, len, &is_last);
    if (level >= 0) {
      end_leaf(&walk, at);
      close_multiparts(&walk, (guint)level + (is_last ? 0 : 1), at);
      behind = is_last ? behind : begin_part(&walk, behind);
    }
    at = behind;
  }
  if (walk.leaf)
    walk.leaf->body_len = message->n_octets - walk.leaf->body_offset;
  close_multiparts(&walk, 0, message->n_octets);
  g_array_unref(walk.fields);
  g_array_unref(walk.open);
}
