#include "http/response_private.h"
#include "http/status.h"
#include "syntax/http_field.h"
#include <string.h>
#include <time.h>
#include <zlib.h>

typedef struct HttpResponseHeader {
  char *name;
  char *value;
} HttpResponseHeader;

static void header_clear(gpointer data) {
  HttpResponseHeader *header = data;

  g_free(header->name);
  g_free(header->value);
}

/* --- making it */

HttpResponse *http_response_new(guint status) {
  HttpResponse *response = g_new0(HttpResponse, 1);

  response->status = status;
  response->headers = g_array_new(FALSE, FALSE, sizeof(HttpResponseHeader));
  g_array_set_clear_func(response->headers, header_clear);
  response->bytes = g_bytes_new(NULL, 0);
  return response;
}

static void clear_source(HttpResponse *response) {
  if (response->source.free)
    response->source.free(response->source.data);
  response->source = (HttpSource){0};
}

void http_response_free(HttpResponse *response) {
  if (!response)
    return;
  g_array_unref(response->headers);
  g_bytes_unref(response->bytes);
  clear_source(response);
  g_clear_pointer(&response->prepared, g_bytes_unref);
  g_free(response->etag);
  g_free(response->problem);
  g_free(response);
}

void http_response_set_source(HttpResponse *response, const HttpSource *source) {
  clear_source(response);
  response->source = *source;
  response->source_len = source->size;
}

guint64 http_response_length(const HttpResponse *response) {
  return response->source.read ? response->source_len : g_bytes_get_size(response->bytes);
}

gboolean http_response_has_length(const HttpResponse *response) {
  return http_response_length(response) != HTTP_SOURCE_SIZE_UNKNOWN;
}

static void take_bytes(HttpResponse *response, GBytes *bytes) {
  clear_source(response);
  g_bytes_unref(response->bytes);
  response->bytes = bytes;
}

HttpResponse *http_response_bytes(guint status, const char *content_type, GBytes *bytes) {
  HttpResponse *response = http_response_new(status);

  http_response_set_header(response, "Content-Type", content_type);
  take_bytes(response, g_bytes_ref(bytes));
  return response;
}

HttpResponse *http_response_text(guint status, const char *text) {
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

  return http_response_bytes(status, "text/plain; charset=utf-8", bytes);
}

HttpResponse *http_response_error(guint status, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *formatted = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *line = g_utf8_make_valid(formatted, -1);
  for (char *at = line; *at != '\0'; at++)
    if (g_ascii_iscntrl(*at))
      *at = ' ';
  g_autofree char *text = g_strconcat(line, "\n", NULL);
  HttpResponse *response = http_response_text(status, text);
  response->problem = g_steal_pointer(&line);
  if (status == 503)
    http_response_set_header(response, "Retry-After", "1");
  return response;
}

HttpResponse *http_response_no_room(void) {
  return http_response_error(503, HTTP_NO_ROOM);
}

HttpResponse *http_response_counted(HttpResponse *response) {
  response->is_counted = TRUE;
  return response;
}

HttpResponse *http_response_charge(HttpResponse *response, HttpCharge *taken) {
  g_autoptr(HttpCharge) charge = taken;
  gsize len = g_bytes_get_size(response->bytes), counted = http_charge_bytes(charge);

  if (response->is_counted || response->source.read)
    return response;
  if (len > counted && !http_charge_grow(charge, len - counted)) {
    http_response_free(response);
    return http_response_no_room();
  }
  response->bytes = http_charge_attach(g_steal_pointer(&charge), response->bytes);
  return http_response_counted(response);
}

/* What was compressed beforehand is part of the program, and needs no memory for an answer. */
HttpResponse *http_response_count(HttpResponse *response, HttpBudget *budget) {
  gsize len = g_bytes_get_size(response->bytes);

  if (response->is_counted || response->prepared || response->source.read || len <= HTTP_UNCOUNTED_MAX)
    return response;
  HttpCharge *charge = http_charge_new(budget, len);
  if (charge)
    return http_response_charge(response, charge);
  http_response_free(response);
  return http_response_no_room();
}

HttpResponse *http_response_json(guint status, GBytes *json) {
  return http_response_bytes(status, "application/json", json);
}

HttpResponse *http_response_hostile(const char *content_type, GBytes *bytes) {
  g_autofree char *tame = http_media_type_tame(content_type);
  HttpResponse *response = http_response_bytes(200, tame, bytes);

  http_response_set_header(response, "Content-Security-Policy",
                           "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  return response;
}

HttpResponse *http_response_redirect(const char *location) {
  HttpResponse *response = http_response_text(302, "");

  http_response_set_header(response, "Location", location);
  return response;
}

static HttpResponseHeader *find_header(const HttpResponse *response, const char *name) {
  for (guint i = 0; i < response->headers->len; i++) {
    HttpResponseHeader *header = &g_array_index(response->headers, HttpResponseHeader, i);
    if (g_ascii_strcasecmp(header->name, name) == 0)
      return header;
  }
  return NULL;
}

const char *http_response_header(const HttpResponse *response, const char *name) {
  const HttpResponseHeader *header = find_header(response, name);

  return header ? header->value : NULL;
}

/* Without what would end the header, or the head. */
static char *clean_value(const char *value) {
  char *clean = g_strdup(value);
  char *to = clean;

  for (const char *from = value; *from != '\0'; from++)
    if (!g_ascii_iscntrl(*from))
      *to++ = *from;
  *to = '\0';
  return clean;
}

void http_response_set_header(HttpResponse *response, const char *name, const char *value) {
  HttpResponseHeader *header = find_header(response, name);
  const HttpResponseHeader added = {.name = g_strdup(name), .value = clean_value(value)};

  if (header) {
    header_clear(header);
    *header = added;
  } else {
    g_array_append_val(response->headers, added);
  }
}

void http_response_set_disposition(HttpResponse *response, gboolean attachment, const char *file_name) {
  g_autofree char *value = http_disposition_print(attachment, file_name);

  http_response_set_header(response, "Content-Disposition", value);
}

void http_response_set_etag(HttpResponse *response, const char *tag) {
  g_free(response->etag);
  response->etag = g_strdup(tag);
}

void http_response_set_compressed(HttpResponse *response, GBytes *compressed) {
  g_clear_pointer(&response->prepared, g_bytes_unref);
  response->prepared = g_bytes_ref(compressed);
}

/* --- fitting it to the request */

gboolean http_status_has_body(guint status) {
  return status >= 200 && status != 204 && status != 304;
}

static gboolean is_read(const HttpHead *head) {
  return strcmp(head->method, "GET") == 0 || strcmp(head->method, "HEAD") == 0;
}

/* The same bytes compressed are another representation, and have another tag. */
static char *compressed_tag(const HttpResponse *response) {
  return g_strconcat(response->etag, "-gzip", NULL);
}

static gboolean is_known(const HttpResponse *response, const char *known_tags) {
  g_autofree char *compressed = compressed_tag(response);

  return http_etag_list_has(known_tags, response->etag) || http_etag_list_has(known_tags, compressed);
}

static void cut_range(HttpResponse *response, const char *range) {
  guint64 size = http_response_length(response);
  guint64 first;
  guint64 last;
  HttpRangeStatus status = http_range_parse(range, size, &first, &last);

  if (status == HTTP_RANGE_NONE)
    return;
  if (status == HTTP_RANGE_UNSATISFIABLE) {
    g_autofree char *content_range = g_strdup_printf("bytes */%" G_GUINT64_FORMAT, size);
    response->status = 416;
    take_bytes(response, g_bytes_new(NULL, 0));
    http_response_set_header(response, "Content-Range", content_range);
    return;
  }
  g_autofree char *content_range =
      g_strdup_printf("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, first, last, size);
  response->status = 206;
  if (response->source.read) {
    response->source_first = first;
    response->source_len = last - first + 1;
  } else {
    take_bytes(response, g_bytes_new_from_bytes(response->bytes, first, last - first + 1));
  }
  http_response_set_header(response, "Content-Range", content_range);
}

/* If-Range compares strongly: it is a range of just these bytes, or everything. */
static gboolean range_is_of_this(const HttpResponse *response, const char *if_range) {
  g_autofree char *quoted = g_strdup_printf("\"%s\"", response->etag);

  return !if_range || strcmp(if_range, quoted) == 0;
}

void http_response_apply_conditions(HttpResponse *response, const HttpHead *head) {
  const char *known_tags = http_head_header(head, "If-None-Match");
  const char *range = http_head_header(head, "Range");

  if (!response->etag || response->status != 200 || !is_read(head))
    return;
  if (known_tags && is_known(response, known_tags)) {
    response->status = 304;
    take_bytes(response, g_bytes_new(NULL, 0));
  } else if (range && http_response_has_length(response) &&
             range_is_of_this(response, http_head_header(head, "If-Range"))) {
    cut_range(response, range);
  }
}

/* --- compressing */

static gboolean is_compressible(const HttpResponse *response) {
  const char *type = http_response_header(response, "Content-Type");

  return type && !response->source.read && http_media_type_is_text(type) &&
         g_bytes_get_size(response->bytes) >= HTTP_COMPRESS_MIN && response->status != 206 &&
         http_status_has_body(response->status);
}

gboolean http_response_wants_compression(const HttpResponse *response, const HttpHead *head) {
  return is_compressible(response) && http_accepts_gzip(http_head_header(head, "Accept-Encoding"));
}

/* gzip in one go, at the fastest level: clients are near, and messages are read once. NULL: no room, or no gain. */
static GBytes *gzip(GBytes *bytes, HttpBudget *budget) {
  gsize len;
  const void *data = g_bytes_get_data(bytes, &len);
  z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)len};
  g_autoptr(HttpCharge) charge = http_charge_new(budget, len);

  if (!charge || len > G_MAXUINT32 ||
      deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return NULL;
  g_autofree guint8 *compressed = g_try_malloc(len);
  stream.next_out = compressed;
  stream.avail_out = (uInt)len;
  int status = compressed ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
  gsize compressed_len = stream.total_out;
  deflateEnd(&stream);
  if (status != Z_STREAM_END)
    return NULL;
  guint8 *trimmed = g_realloc(g_steal_pointer(&compressed), compressed_len);
  return http_charge_attach(g_steal_pointer(&charge), g_bytes_new_take(trimmed, compressed_len));
}

void http_response_compress(HttpResponse *response, HttpBudget *budget) {
  GBytes *compressed = response->prepared ? g_bytes_ref(response->prepared) : gzip(response->bytes, budget);

  if (!compressed)
    return;
  take_bytes(response, compressed);
  response->compressed = TRUE;
  response->is_counted = TRUE;
}

/* --- writing it */

/* IMF-fixdate (RFC 9110 5.6.7). Not strftime(), whose names are those of the locale. */
static void print_date(struct evbuffer *output) {
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  time_t now = time(NULL);
  struct tm utc;

  gmtime_r(&now, &utc);
  evbuffer_add_printf(output, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[utc.tm_wday], utc.tm_mday,
                      months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/* What every answer says, unless it says otherwise itself. */
static void print_defaults(const HttpResponse *response, struct evbuffer *output) {
  static const HttpHeader defaults[] = {
      {"Cache-Control", "no-store"},
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(defaults); i++)
    if (!http_response_header(response, defaults[i].name))
      evbuffer_add_printf(output, "%s: %s\r\n", defaults[i].name, defaults[i].value);
}

static void print_tag(const HttpResponse *response, struct evbuffer *output) {
  if (!response->etag)
    return;
  evbuffer_add_printf(output, "ETag: \"%s%s\"\r\n", response->etag, response->compressed ? "-gzip" : "");
  if ((response->status == 200 || response->status == 206) && http_response_has_length(response))
    evbuffer_add_printf(output, "Accept-Ranges: bytes\r\n");
}

static void print_origin(const HttpResponse *response, const char *allow_origin, struct evbuffer *output) {
  if (allow_origin)
    evbuffer_add_printf(output, "Access-Control-Allow-Origin: %s\r\nAccess-Control-Expose-Headers: *\r\n",
                        allow_origin);
  evbuffer_add_printf(output, "Vary: %sOrigin\r\n",
                      is_compressible(response) || response->compressed || response->status == 304 ? "Accept-Encoding, "
                                                                                                   : "");
}

static void print_framing(const HttpResponse *response, HttpFraming framing, struct evbuffer *output) {
  if (framing == HTTP_FRAMING_CHUNKED)
    evbuffer_add_printf(output, "Transfer-Encoding: chunked\r\n");
  else if (framing == HTTP_FRAMING_LENGTH && http_status_has_body(response->status))
    evbuffer_add_printf(output, "Content-Length: %" G_GUINT64_FORMAT "\r\n", http_response_length(response));
}

void http_response_print_head(const HttpResponse *response, const HttpHead *head, HttpFraming framing,
                              gboolean keeps_alive, const char *allow_origin, struct evbuffer *output) {
  evbuffer_add_printf(output, "HTTP/1.1 %u %s\r\n", response->status, http_status_reason(response->status));
  print_date(output);
  for (guint i = 0; i < response->headers->len; i++) {
    const HttpResponseHeader *header = &g_array_index(response->headers, HttpResponseHeader, i);
    evbuffer_add_printf(output, "%s: %s\r\n", header->name, header->value);
  }
  print_defaults(response, output);
  print_tag(response, output);
  print_origin(response, allow_origin, output);
  if (response->compressed)
    evbuffer_add_printf(output, "Content-Encoding: gzip\r\n");
  print_framing(response, framing, output);
  if (framing == HTTP_FRAMING_UPGRADE)
    evbuffer_add_printf(output, "Connection: Upgrade\r\n");
  else if (!keeps_alive)
    evbuffer_add_printf(output, "Connection: close\r\n");
  else if (head->minor_version == 0)
    evbuffer_add_printf(output, "Connection: keep-alive\r\n");
  evbuffer_add_printf(output, "\r\n");
}
