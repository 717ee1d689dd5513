/* Where the parts of a message begin and end (RFC 2046 5.1): one pass over the lines, with the multiparts that are open
 * as a stack. */
#include "message/message_private.h"
#include <string.h>

typedef struct OpenMultipart {
  MessagePart *part;
  char *boundary;
  gsize boundary_len;
  guint n_parts;
  gboolean is_guessed; /* its boundary was found in its body already, or looked for in vain */
} OpenMultipart;

typedef struct Walk {
  Message *message;
  GArray *fields; /* of the part whose header is read */
  GArray *open;   /* OpenMultipart, the outermost first */
  guint n_guesses;
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
    if (open->boundary_len == 0) /* it names none */
      continue;
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

/* --- boundaries that are missing or wrong */

/* Where the line that begins at `at` ends, without its line end; *next is the start of the next one. */
static gsize line_end_of(const Walk *walk, gsize at, gsize end, gsize *next) {
  const char *start = walk->message->start;
  const char *lf = memchr(start + at, '\n', end - at);
  gsize line_end = lf ? (gsize)(lf - start) : end;

  *next = lf ? line_end + 1 : end;
  while (line_end > at && g_ascii_isspace(start[line_end - 1]))
    line_end--;
  return line_end;
}

static gboolean begins_with_field(const char *at, gsize len, const char *name) {
  return len >= strlen(name) && g_ascii_strncasecmp(at, name, strlen(name)) == 0;
}

/* A delimiter is followed by the header of a part; where that is empty, the body has to end with the last one. */
static gboolean is_likely_boundary(const Walk *walk, const char *boundary, gsize len, gsize next, gsize end) {
  const char *start = walk->message->start;
  gsize n_left = end > next ? end - next : 0;

  if (begins_with_field(start + next, n_left, "Content-") || begins_with_field(start + next, n_left, "MIME-Version:"))
    return TRUE;
  return n_left >= len + 4 && memcmp(start + end - len - 4, "--", 2) == 0 && memcmp(start + end - 2, "--", 2) == 0 &&
         memcmp(start + end - len - 2, boundary, len) == 0;
}

/* The boundary in a body whose header names none, or one that is not in it; NULL: none either. The caller frees. */
static char *guess_boundary(Walk *walk, gsize at, gsize end) {
  enum { BOUNDARY_BYTES_MAX = 200, GUESSES_MAX = 20 };
  const char *start = walk->message->start;

  if (walk->n_guesses++ >= GUESSES_MAX) /* each may read all of the body once more */
    return NULL;
  while (end > at && g_ascii_isspace(start[end - 1]))
    end--;
  while (at < end) {
    gsize next;
    gsize line_end = line_end_of(walk, at, end, &next);
    gsize len = line_end - at;
    if (len > 2 && len <= BOUNDARY_BYTES_MAX && start[at] == '-' && start[at + 1] == '-' &&
        is_likely_boundary(walk, start + at + 2, len - 2, next, end))
      return g_strndup(start + at + 2, len - 2);
    at = next;
  }
  return NULL;
}

/* The innermost multipart ends at `end` without a part: goes back to its start with the boundary that is in its body.
 * FALSE: there is none. */
static gboolean begin_again(Walk *walk, gsize end, gsize *at) {
  if (walk->open->len == 0)
    return FALSE;
  OpenMultipart *open = &g_array_index(walk->open, OpenMultipart, walk->open->len - 1);
  if (open->n_parts > 0 || open->is_guessed)
    return FALSE;
  open->is_guessed = TRUE;
  char *boundary = guess_boundary(walk, open->part->body_offset, end);
  if (!boundary)
    return FALSE;
  g_free(open->boundary);
  open->boundary = boundary;
  open->boundary_len = strlen(boundary);
  open->part->is_guessed = TRUE;
  *at = open->part->body_offset;
  return TRUE;
}

/* --- parts */

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
  return walk->message->n_bytes;
}

/* Reads the header at `at` and returns where the body begins. */
static gsize begin_part(Walk *walk, gsize at) {
  Message *message = walk->message;
  const char *end = message->start + message->n_bytes;
  OpenMultipart *parent = walk->open->len > 0 ? &g_array_index(walk->open, OpenMultipart, walk->open->len - 1) : NULL;
  gboolean is_last = message->parts->len == MESSAGE_PARTS_MAX - 1;
  gsize body = at;
  g_autofree char *boundary = NULL;

  if (is_last) {
    body = begin_last_part(walk, at);
  } else {
    HeaderLeads leads;
    g_array_set_size(walk->fields, 0);
    if (!parent)
      at = (gsize)(header_fields_find_start(message->start + at, end, &leads) - message->start);
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
    OpenMultipart open = {part, boundary, strlen(boundary), 0, FALSE};
    g_array_append_val(walk->open, open);
    boundary = NULL;
    walk->leaf = NULL;
  }
  return body;
}

/* The line at `at`; returns where to go on. */
static gsize take_line(Walk *walk, gsize at) {
  const char *start = walk->message->start;
  gsize n_bytes = walk->message->n_bytes;
  const char *lf = memchr(start + at, '\n', n_bytes - at);
  gsize behind = lf ? (gsize)(lf + 1 - start) : n_bytes;
  gsize len = behind - at - (lf ? 1 : 0);

  if (len > 0 && start[at + len - 1] == '\r')
    len--;
  gboolean is_last;
  int level = find_boundary(walk, start + at, len, &is_last);
  if (level < 0)
    return behind;
  gboolean closes_others = (guint)level + 1 < walk->open->len;
  if ((closes_others || is_last) && begin_again(walk, at, &behind))
    return behind;
  end_leaf(walk, at);
  close_multiparts(walk, (guint)level + (is_last ? 0 : 1), at);
  return is_last ? behind : begin_part(walk, behind);
}

void message_find_parts(Message *message) {
  Walk walk = {.message = message,
               .fields = g_array_new(FALSE, FALSE, sizeof(HeaderField)),
               .open = g_array_new(FALSE, FALSE, sizeof(OpenMultipart))};

  g_array_set_clear_func(walk.open, open_multipart_clear);
  gsize at = begin_part(&walk, 0);
  g_array_append_vals(message->fields, walk.fields->data, walk.fields->len);

  do {
    while (at < message->n_bytes && walk.open->len > 0)
      at = take_line(&walk, at);
  } while (begin_again(&walk, message->n_bytes, &at));
  if (walk.leaf)
    walk.leaf->body_len = message->n_bytes - walk.leaf->body_offset;
  close_multiparts(&walk, 0, message->n_bytes);
  g_array_unref(walk.fields);
  g_array_unref(walk.open);
}
