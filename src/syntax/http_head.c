#include "syntax/http_head.h"
#include <string.h>

enum { METHOD_MAX = 32 };

#define REFUSE(status, text) ((HttpRejection){(status), (text)})
#define NOT_REJECTED ((HttpRejection){0})

/* --- finding its end */

HttpHeadState http_head_reader_take(HttpHeadReader *reader, const char *bytes, gsize len, gsize *out_taken,
                                    HttpRejection *out_rejection) {
  *out_taken = 0;
  if (!reader->text)
    reader->text = g_string_sized_new(1024);
  while (*out_taken < len) {
    const char *rest = bytes + *out_taken;
    const char *line_end = memchr(rest, '\n', len - *out_taken);
    gsize n_bytes = line_end ? (gsize)(line_end - rest) + 1 : len - *out_taken;

    if (reader->text->len + n_bytes > HTTP_HEAD_MAX) {
      *out_rejection = REFUSE(431, "the header is larger than 32 KiB");
      return HTTP_HEAD_REJECTED;
    }
    g_string_append_len(reader->text, rest, (gssize)n_bytes);
    *out_taken += n_bytes;
    if (!line_end)
      continue;

    gsize line_len = reader->text->len - reader->line_start;
    if (line_len < 2 || reader->text->str[reader->text->len - 2] != '\r') {
      *out_rejection = REFUSE(400, "a line ends with LF alone; lines end with CR LF");
      return HTTP_HEAD_REJECTED;
    }
    if (line_len > 2) {
      reader->line_start = reader->text->len;
    } else if (reader->line_start > 0) {
      g_string_truncate(reader->text, reader->line_start);
      return HTTP_HEAD_COMPLETE;
    } else {
      g_string_truncate(reader->text, 0);
    }
  }
  return HTTP_HEAD_PARTIAL;
}

void http_head_reader_clear(HttpHeadReader *reader) {
  if (reader->text)
    g_string_free(reader->text, TRUE);
  *reader = (HttpHeadReader){0};
}

/* --- characters */

/* tchar (RFC 9110 5.6.2) */
static gboolean is_token_char(char c) {
  return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static gboolean is_token(const char *text) {
  const char *at = text;

  while (is_token_char(*at))
    at++;
  return at > text && *at == '\0';
}

/* VCHAR / obs-text / SP / HTAB */
static gboolean is_value(const char *text) {
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl(*text) && *text != '\t')
      return FALSE;
  return TRUE;
}

static char *strip_blanks(char *text) {
  gsize len = strlen(text);

  while (len > 0 && strchr(" \t", text[len - 1]))
    text[--len] = '\0';
  return text + strspn(text, " \t");
}

/* --- the request line */

static HttpRejection read_version(const char *version, HttpHead *head) {
  if (!g_str_has_prefix(version, "HTTP/") || !g_ascii_isdigit(version[5]) || version[6] != '.' ||
      !g_ascii_isdigit(version[7]) || version[8] != '\0')
    return REFUSE(400, "the request line is not METHOD TARGET HTTP/1.1");
  if (version[5] != '1')
    return REFUSE(505, "only HTTP/1.0 and HTTP/1.1 are supported");
  head->minor_version = MIN((guint)(version[7] - '0'), 1);
  return NOT_REJECTED;
}

/* http://host/path: its host counts, and Host has to say the same (RFC 9112 3.2.2 would have us ignore Host, but a
 * program before us may not). */
static HttpRejection read_absolute(char *target, HttpHead *head, HttpHost *out_host) {
  char *authority = strstr(target, "://") + 3;
  gsize authority_len = strcspn(authority, "/?");
  char *path = authority + authority_len;

  if (!http_host_parse(authority, authority_len, out_host))
    return REFUSE(400, "the target's host is not a valid host name");
  if (*path != '/')
    return REFUSE(400, "the target has no path");
  head->path = path;
  return NOT_REJECTED;
}

static HttpRejection read_target(char *target, HttpHead *head, HttpHost *out_host) {
  HttpRejection rejection = NOT_REJECTED;

  for (const char *at = target; *at != '\0'; at++)
    if (g_ascii_iscntrl(*at) || *at == '#')
      return REFUSE(400, "the target has an invalid character");
  if (strlen(target) > HTTP_TARGET_MAX)
    return REFUSE(414, "the target is longer than 8 KiB");

  if (*target == '/' || strcmp(target, "*") == 0)
    head->path = target;
  else if (g_ascii_strncasecmp(target, "http://", 7) == 0 || g_ascii_strncasecmp(target, "https://", 8) == 0)
    rejection = read_absolute(target, head, out_host);
  else
    return REFUSE(400, "the target is neither a path nor a URL");
  if (rejection.status != 0)
    return rejection;

  if (*head->path == '*' && strcmp(head->method, "OPTIONS") != 0)
    return REFUSE(400, "only OPTIONS has the target *");
  char *query = strchr(head->path, '?');
  if (query) {
    *query = '\0';
    head->query = query + 1;
  }
  return NOT_REJECTED;
}

/* request-line = method SP request-target SP HTTP-version. `target` is a copy to be cut up. */
static HttpRejection read_request_line(char *line, char *target, HttpHead *head, HttpHost *out_host) {
  char *target_start = strchr(line, ' ');
  char *version = target_start ? strchr(target_start + 1, ' ') : NULL;

  if (!version)
    return REFUSE(400, "the request line is not METHOD TARGET HTTP/1.1");
  *target_start++ = '\0';
  *version++ = '\0';
  if (!is_token(line) || strlen(line) > METHOD_MAX)
    return REFUSE(400, "the method is invalid");
  head->method = line;
  head->target = target_start;
  HttpRejection rejection = read_version(version, head);
  if (rejection.status != 0)
    return rejection;
  memcpy(target, target_start, strlen(target_start) + 1); /* as long as the line at least */
  return read_target(target, head, out_host);
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 4); many leave out the second space. */
static HttpRejection read_status_line(char *line, HttpHead *head) {
  char *status = strchr(line, ' ');
  gsize n_digits = status ? strspn(status + 1, "0123456789") : 0;

  if (n_digits != 3 || (status[4] != ' ' && status[4] != '\0') || !is_value(status + 4))
    return REFUSE(400, "the status line is not HTTP/1.1 STATUS REASON");
  *status = '\0';
  head->status = (guint)g_ascii_strtoull(status + 1, NULL, 10);
  HttpRejection rejection = read_version(line, head);
  return rejection.status == 400 ? REFUSE(400, "the status line is not HTTP/1.1 STATUS REASON") : rejection;
}

/* --- headers */

static HttpRejection read_header(char *line, HttpHead *head) {
  char *colon = strchr(line, ':');

  if (*line == ' ' || *line == '\t')
    return REFUSE(400, "a header field is folded onto a second line");
  if (!colon)
    return REFUSE(400, "a header field has no colon");
  *colon = '\0';
  if (!is_token(line))
    return REFUSE(400, "the name of a header field is invalid, or has a space before its colon");
  if (!is_value(colon + 1))
    return REFUSE(400, "a header field has a control character");
  if (head->headers->len == HTTP_HEADERS_MAX)
    return REFUSE(431, "more than 100 header fields");

  const HttpHeader header = {.name = line, .value = strip_blanks(colon + 1)};
  g_array_append_val(head->headers, header);
  return NOT_REJECTED;
}

guint http_head_count(const HttpHead *head, const char *name) {
  guint count = 0;

  for (guint i = 0; i < head->headers->len; i++)
    if (g_ascii_strcasecmp(g_array_index(head->headers, HttpHeader, i).name, name) == 0)
      count++;
  return count;
}

const char *http_head_header(const HttpHead *head, const char *name) {
  for (guint i = 0; head->headers && i < head->headers->len; i++) {
    const HttpHeader *header = &g_array_index(head->headers, HttpHeader, i);
    if (g_ascii_strcasecmp(header->name, name) == 0)
      return header->value;
  }
  return NULL;
}

static gboolean list_has_token(const char *list, const char *token) {
  gsize token_len = strlen(token);

  for (const char *at = list; *at != '\0';) {
    at += strspn(at, ", \t");
    gsize item_len = strcspn(at, ",");
    gsize trimmed_len = item_len;
    while (trimmed_len > 0 && strchr(" \t", at[trimmed_len - 1]))
      trimmed_len--;
    if (trimmed_len == token_len && g_ascii_strncasecmp(at, token, token_len) == 0)
      return TRUE;
    at += item_len;
  }
  return FALSE;
}

gboolean http_head_has_token(const HttpHead *head, const char *name, const char *token) {
  for (guint i = 0; i < head->headers->len; i++) {
    const HttpHeader *header = &g_array_index(head->headers, HttpHeader, i);
    if (g_ascii_strcasecmp(header->name, name) == 0 && list_has_token(header->value, token))
      return TRUE;
  }
  return FALSE;
}

/* --- what the headers mean */

static HttpRejection read_content_length(const char *value, HttpHead *head) {
  if (*value == '\0' || strspn(value, "0123456789") != strlen(value))
    return REFUSE(400, "Content-Length is not a number");
  if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &head->content_length, NULL))
    return REFUSE(413, "Content-Length is too large");
  head->has_length = TRUE;
  return NOT_REJECTED;
}

/* Where the body ends: the one question on which two programs must not differ (RFC 9112 6.3, 11.2). */
static HttpRejection read_framing(HttpHead *head) {
  guint n_lengths = http_head_count(head, "Content-Length");
  guint n_codings = http_head_count(head, "Transfer-Encoding");
  const char *length = http_head_header(head, "Content-Length");
  const char *coding = http_head_header(head, "Transfer-Encoding");

  if (n_lengths > 0 && n_codings > 0)
    return REFUSE(400, "both Content-Length and Transfer-Encoding are given");
  if (n_lengths > 1)
    return REFUSE(400, "Content-Length is given more than once");
  if (length)
    return read_content_length(length, head);
  if (!coding)
    return NOT_REJECTED;
  if (n_codings > 1 || g_ascii_strcasecmp(coding, "chunked") != 0)
    return REFUSE(501, "the only supported transfer coding is chunked, given once");
  if (head->minor_version == 0)
    return REFUSE(400, "HTTP/1.0 has no Transfer-Encoding");
  head->is_chunked = TRUE;
  return NOT_REJECTED;
}

static HttpRejection read_host(HttpHead *head, const HttpHost *from_target) {
  guint n_hosts = http_head_count(head, "Host");
  const char *value = http_head_header(head, "Host");

  if (n_hosts > 1)
    return REFUSE(400, "Host is given more than once");
  if (n_hosts == 0 && head->minor_version > 0)
    return REFUSE(400, "Host is missing");
  if (value && !http_host_parse(value, strlen(value), &head->host))
    return REFUSE(400, "Host is not a valid host name");
  if (from_target->name[0] == '\0')
    return NOT_REJECTED;
  if (value && (strcmp(head->host.name, from_target->name) != 0 || head->host.port != from_target->port))
    return REFUSE(400, "Host and the target name different hosts");
  head->host = *from_target;
  return NOT_REJECTED;
}

static HttpRejection read_connection(HttpHead *head) {
  const char *expect = http_head_header(head, "Expect");

  if (head->minor_version == 0)
    head->keeps_alive = http_head_has_token(head, "Connection", "keep-alive");
  else
    head->keeps_alive = !http_head_has_token(head, "Connection", "close");
  if (!expect || head->minor_version == 0)
    return NOT_REJECTED;
  if (g_ascii_strcasecmp(expect, "100-continue") != 0)
    return REFUSE(417, "the only supported expectation is 100-continue");
  head->expects_continue = TRUE;
  return NOT_REJECTED;
}

static HttpRejection read_meaning(HttpHead *head, const HttpHost *from_target) {
  HttpRejection rejection = read_framing(head);

  if (rejection.status == 0)
    rejection = read_host(head, from_target);
  if (rejection.status == 0)
    rejection = read_connection(head);
  return rejection;
}

/* --- the whole */

/* `out_host` NULL: the lines are those of an answer. */
static HttpRejection read_lines(HttpHead *head, gsize len, HttpHost *out_host) {
  char *end = head->text + len;
  HttpRejection rejection = NOT_REJECTED;

  for (char *line = head->text; line < end && rejection.status == 0;) {
    char *line_end = strstr(line, "\r\n");
    if (!line_end)
      return REFUSE(400, "a line is incomplete");
    *line_end = '\0';
    if (line > head->text)
      rejection = read_header(line, head);
    else if (out_host) /* after the lines there is room for the target a second time */
      rejection = read_request_line(line, end + 1, head, out_host);
    else
      rejection = read_status_line(line, head);
    line = line_end + 2;
  }
  return rejection;
}

static HttpRejection copy_text(const char *text, gsize len, HttpHead *out_head) {
  *out_head = (HttpHead){.headers = g_array_new(FALSE, FALSE, sizeof(HttpHeader))};
  out_head->text = g_malloc0(2 * len + 2);
  memcpy(out_head->text, text, len);
  if (len == 0 || memchr(text, '\0', len))
    return REFUSE(400, "the header is empty or has a NUL");
  return NOT_REJECTED;
}

HttpRejection http_head_parse(const char *text, gsize len, HttpHead *out_head) {
  HttpHost from_target = {0};
  HttpRejection rejection = copy_text(text, len, out_head);

  if (rejection.status == 0)
    rejection = read_lines(out_head, len, &from_target);
  return rejection.status != 0 ? rejection : read_meaning(out_head, &from_target);
}

HttpRejection http_head_parse_answer(const char *text, gsize len, HttpHead *out_head) {
  HttpRejection rejection = copy_text(text, len, out_head);

  if (rejection.status == 0)
    rejection = read_lines(out_head, len, NULL);
  if (rejection.status == 0)
    rejection = read_framing(out_head);
  return rejection.status != 0 ? rejection : read_connection(out_head);
}

void http_head_clear(HttpHead *head) {
  g_clear_pointer(&head->headers, g_array_unref);
  g_clear_pointer(&head->text, g_free);
  *head = (HttpHead){0};
}
