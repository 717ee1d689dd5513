/* Pictures that the message brings along, against how large its HTML shows them. */
#include "checks/checks_private.h"
#include "message/html_token.h"
#include "syntax/picture_size.h"
#include <math.h>
#include <string.h>

enum {
  DENSE_SCREEN = 2,          /* its pixels a pixel of HTML, each way */
  WASTEFUL_BYTES_MIN = 4096, /* there is nothing to be saved below, as Lighthouse has it */
  DISTORTED_PIXELS_MIN = 3,  /* less comes of rounding, as Lighthouse has it */
};

/* More than this many times what a dense screen shows is waste; a little more is what a dense screen's picture is. */
static const double wasteful_ratio = 1.5;

typedef struct OwnPicture {
  PictureSize size; /* 0 by 0: it cannot be told */
  gsize n_bytes;
} OwnPicture;

typedef struct Pictures {
  Checks *checks;
  GHashTable *by_part; /* MessagePart to OwnPicture: each is read once, however often it is shown */
} Pictures;

/* In pixels of HTML; 0: it is not said, or not in pixels. */
typedef struct Shown {
  double width;
  double height;
} Shown;

/* --- the picture */

static OwnPicture read_picture(GBytes *bytes) {
  OwnPicture picture = {0};
  const guint8 *start = g_bytes_get_data(bytes, &picture.n_bytes);

  if (!picture_size_read(start, picture.n_bytes, &picture.size))
    picture.size = (PictureSize){0};
  return picture;
}

static OwnPicture find_part(Pictures *pictures, const char *source) {
  const MessagePart *part = own_parts_find(pictures->checks->parts, source, NULL);

  if (!part)
    return (OwnPicture){0};
  OwnPicture *known = g_hash_table_lookup(pictures->by_part, part);
  if (!known) {
    g_autoptr(GBytes) bytes = message_part_decode(pictures->checks->message, part);
    known = g_new(OwnPicture, 1);
    *known = read_picture(bytes);
    g_hash_table_insert(pictures->by_part, (gpointer)part, known);
  }
  return *known;
}

static OwnPicture read_data_url(Checks *checks, const HtmlToken *token, const char *source) {
  const char *comma = strchr(source, ',');

  if (!comma || comma - source < (gssize)strlen(";base64") ||
      g_ascii_strncasecmp(comma - strlen(";base64"), ";base64", strlen(";base64")) != 0)
    return (OwnPicture){0};
  gsize len;
  guchar *decoded = g_base64_decode(comma + 1, &len);
  g_autoptr(GBytes) bytes = g_bytes_new_take(decoded, len);
  if (len > CHECK_PICTURE_BYTES_LARGE)
    checks_add_at(checks, RULE_PICTURE_LARGE, token->start, "data:");
  return read_picture(bytes);
}

/* --- how large it is shown */

/* A number of pixels; of CSS with its unit, of an attribute without. */
static double read_pixels(const char *text, const char *unit) {
  char *end = NULL;
  double number = g_ascii_strtod(text, &end);

  if (end == text || !isfinite(number) || number < 0 || number > PICTURE_SIDE_MAX)
    return 0;
  g_autofree char *rest = g_strstrip(g_strdup(end));
  return g_ascii_strncasecmp(rest, unit, strlen(unit)) == 0 && rest[0] != '%' ? number : 0;
}

static void read_declaration(const char *declaration, Shown *shown) {
  const char *colon = strchr(declaration, ':');

  if (!colon)
    return;
  g_autofree char *name = g_strstrip(g_strndup(declaration, (gsize)(colon - declaration)));
  if (g_ascii_strcasecmp(name, "width") == 0)
    shown->width = read_pixels(colon + 1, "px");
  else if (g_ascii_strcasecmp(name, "height") == 0)
    shown->height = read_pixels(colon + 1, "px");
}

/* Attributes, and the style that overrides them. What style sheets say is not looked at. */
static Shown read_shown(const HtmlToken *token) {
  g_autofree char *width = html_token_attribute(token, "width");
  g_autofree char *height = html_token_attribute(token, "height");
  g_autofree char *style = html_token_attribute(token, "style");
  Shown shown = {width ? read_pixels(width, "") : 0, height ? read_pixels(height, "") : 0};
  g_auto(GStrv) declarations = g_strsplit(style ? style : "", ";", -1);

  for (char **at = declarations; *at; at++)
    read_declaration(*at, &shown);
  return shown;
}

/* --- both */

/* Lines and areas of one colour are a pixel drawn out, on purpose. */
static gboolean is_blurred(guint pixels, double shown) {
  return pixels > 1 && shown >= pixels + 1;
}

static gboolean is_wasteful(guint pixels, double shown) {
  return shown >= 1 && pixels > wasteful_ratio * DENSE_SCREEN * shown;
}

static gboolean is_distorted(PictureSize size, Shown shown) {
  if (size.width == 1 || size.height == 1 || shown.width < 1 || shown.height < 1)
    return FALSE;
  return fabs(shown.width * size.height / size.width - shown.height) >= DISTORTED_PIXELS_MIN &&
         fabs(shown.height * size.width / size.height - shown.width) >= DISTORTED_PIXELS_MIN;
}

static char *describe(const char *source, PictureSize size, Shown shown) {
  g_autofree char *name = g_strndup(source, strcspn(source, ";,"));
  g_autofree char *width = shown.width > 0 ? g_strdup_printf("%.0f", shown.width) : g_strdup("any");
  g_autofree char *height = shown.height > 0 ? g_strdup_printf("%.0f", shown.height) : g_strdup("any");

  return g_strdup_printf("%u x %u pixels shown as %s x %s: %s", size.width, size.height, width, height, name);
}

static void compare(Checks *checks, const HtmlToken *token, const char *source, OwnPicture picture) {
  Shown shown = read_shown(token);
  PictureSize size = picture.size;
  g_autofree char *detail = describe(source, size, shown);

  if (is_blurred(size.width, shown.width) || is_blurred(size.height, shown.height))
    checks_add_at(checks, RULE_PICTURE_BLURRED, token->start, detail);
  if (picture.n_bytes > WASTEFUL_BYTES_MIN &&
      (is_wasteful(size.width, shown.width) || is_wasteful(size.height, shown.height)))
    checks_add_at(checks, RULE_PICTURE_WASTEFUL, token->start, detail);
  if (is_distorted(size, shown))
    checks_add_at(checks, RULE_PICTURE_DISTORTED, token->start, detail);
}

static void check_picture(Pictures *pictures, const HtmlToken *token) {
  g_autofree char *source = html_token_attribute(token, "src");
  OwnPicture picture = {0};

  if (!source)
    return;
  g_strstrip(source);
  if (g_ascii_strncasecmp(source, "data:", strlen("data:")) == 0)
    picture = read_data_url(pictures->checks, token, source);
  else
    picture = find_part(pictures, source);
  if (picture.size.width > 0)
    compare(pictures->checks, token, source, picture);
}

void checks_pictures(Checks *checks) {
  if (!checks->html)
    return;
  g_autoptr(GHashTable) by_part = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  Pictures pictures = {checks, by_part};
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, checks->html, strlen(checks->html));
  while (html_reader_next(&reader, &token))
    if (token.kind == HTML_TOKEN_START && strcmp(token.name, "img") == 0)
      check_picture(&pictures, &token);
}
