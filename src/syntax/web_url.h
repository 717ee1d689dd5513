#pragma once
/* URLs of the web, taken apart to be asked for.
 *
 * Owns: a WebUrl owns its texts.
 * Thread: any; pure.
 * Errors: WEB_URL_ERROR, in a few words, without the URL.
 * Units and limits: WEB_URL_MAX bytes; a target of HTTP_TARGET_MAX.
 * Source: RFC 3986 3, 5 (references); RFC 9110 4.2 (http, https), 7.1; RFC 5890 (names that are not ASCII). */
#include "syntax/http_host.h"

#define WEB_URL_ERROR (web_url_error_quark())
GQuark web_url_error_quark(void);

typedef enum { WEB_URL_ERROR_WRONG } WebUrlError;

enum { WEB_URL_MAX = 8 * 1024 };

typedef struct WebUrl {
  char *text; /* the whole, in ASCII, without login and fragment */
  gboolean is_https;
  HttpHost host;   /* always with a port */
  char *authority; /* for the header Host: "[::1]:8025"; a port that is the scheme's is left out */
  char *target;    /* path and query, encoded; "/" at least */
  gboolean had_login;
} WebUrl;

/* `base` is what `text` is relative to; NULL: it has to be whole. */
gboolean web_url_parse(const char *text, const WebUrl *base, WebUrl *out_url, GError **error);
void web_url_clear(WebUrl *url);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WebUrl, web_url_clear)
