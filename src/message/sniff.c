#include "message/sniff.h"
#include <string.h>

typedef struct Pattern {
  gsize offset;
  const char *bytes;
  gsize len;
  const char *type;
} Pattern;

#define PATTERN(at, text, media) {(at), (text), sizeof(text) - 1, (media)}

static const Pattern patterns[] = {
    PATTERN(0, "%PDF-", "application/pdf"),
    PATTERN(0, "\x89PNG\r\n\x1A\n", "image/png"),
    PATTERN(0, "\xFF\xD8\xFF", "image/jpeg"),
    PATTERN(0, "GIF87a", "image/gif"),
    PATTERN(0, "GIF89a", "image/gif"),
    PATTERN(8, "WEBPVP", "image/webp"),
    PATTERN(0, "BM", "image/bmp"),
    PATTERN(0, "PK\x03\x04", "application/zip"),
    PATTERN(0, "\x1F\x8B\x08", "application/x-gzip"),
    PATTERN(0, "Rar!\x1A\x07", "application/x-rar-compressed"),
    PATTERN(0, "%!PS-Adobe-", "application/postscript"),
    PATTERN(0, "OggS", "application/ogg"),
    PATTERN(8, "WAVE", "audio/wave"),
    PATTERN(0, "ID3", "audio/mpeg"),
    PATTERN(4, "ftyp", "video/mp4"),
    PATTERN(0, "\x1A\x45\xDF\xA3", "video/webm"),
};

static const char *const html_starts[] = {"<!doctype html", "<html", "<head", "<body", "<title", "<table",
                                          "<div",           "<p>",   "<h1",   "<a ",   "<br",    "<!--"};

static gboolean is_text(const char *bytes, gsize len) {
  for (gsize i = 0; i < len; i++)
    if ((guchar)bytes[i] < 0x20 && !strchr("\t\n\f\r\x1B", bytes[i]))
      return FALSE;
  return memchr(bytes, '\0', len) == NULL;
}

static const char *sniff_text(const char *bytes, gsize len) {
  gsize at = 0;

  while (at < len && g_ascii_isspace(bytes[at]))
    at++;
  for (gsize i = 0; i < G_N_ELEMENTS(html_starts); i++) {
    gsize start_len = strlen(html_starts[i]);
    if (len - at >= start_len && g_ascii_strncasecmp(bytes + at, html_starts[i], start_len) == 0)
      return "text/html; charset=utf-8";
  }
  if (len - at >= 5 && memcmp(bytes + at, "<?xml", 5) == 0)
    return "text/xml; charset=utf-8";
  return "text/plain; charset=utf-8";
}

const char *sniff_content_type(const char *bytes, gsize len) {
  len = MIN(len, SNIFF_BYTES_MAX);
  if (len == 0)
    return "text/plain; charset=utf-8";
  for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++) {
    const Pattern *pattern = &patterns[i];
    if (len >= pattern->offset + pattern->len && memcmp(bytes + pattern->offset, pattern->bytes, pattern->len) == 0)
      return pattern->type;
  }
  return is_text(bytes, len) ? sniff_text(bytes, len) : "application/octet-stream";
}
