#pragma once
/* What a client asks for, read: pages, searches, JSON bodies.
 *
 * Owns: nothing; what it returns is the caller's.
 * Thread: the loop thread.
 * Errors: API_ERROR; the message is one line for the client, and the answer 400.
 * Units and limits: a JSON body is bounded by its route and by syntax/json_bounds.h; lists by API_IDS_MAX.
 * Source: docs/api.md. */
#include "http/request.h"
#include "syntax/search_query.h"
#include <jansson.h>

#define API_ERROR (api_error_quark())
GQuark api_error_quark(void);

typedef enum { API_ERROR_BAD_REQUEST } ApiError;

enum { API_PAGE_USUAL = 50, API_PAGE_MAX = 10 * 1000, API_IDS_MAX = 20 * 1000 };

/* Returns FALSE. */
gboolean api_set_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A parameter of the query that is a number above 0; else `usual`. */
guint64 api_query_number(const HttpRequest *request, const char *name, guint64 usual);

/* `limit` of lists and searches: API_PAGE_MAX at most, which 0 asks for; API_PAGE_USUAL when it is not a number. */
guint64 api_query_limit(const HttpRequest *request);

/* `after`: a place in the order of messages; 0 when it is not given. FALSE: it is none. */
gboolean api_query_after(const HttpRequest *request, guint64 *out_cursor, GError **error);

/* "1", "true" and the like. */
gboolean api_query_flag(const HttpRequest *request, const char *name);

/* A search in the words of the client, in its time zone (`tz`), `strict` when it asks for that. */
SearchQuery *api_search_parse(const HttpRequest *request, const char *text, GError **error);

/* The body as an object, whatever its type is said to be; a form whose fields are all among `form_names`
 * (NULL-terminated; may be NULL) is read as one, because clients send that too. An empty body gives an empty object
 * when `may_be_empty`. The caller decrefs. */
json_t *api_body_read(const HttpRequest *request, gboolean may_be_empty, const char *const form_names[],
                      GError **error);

/* JSON that is to be an object; on any thread. The caller decrefs. */
json_t *api_json_read(GBytes *bytes, GError **error);

/* Members of an object, their names in any letter case; what is null counts as not there. Lent. */
const json_t *api_json_get(const json_t *object, const char *name);

/* What is there must be of the kind; `*out` stays as it is when there is nothing. */
gboolean api_json_get_bool(const json_t *object, const char *name, gboolean *out, GError **error);
gboolean api_json_get_string(const json_t *object, const char *name, const char **out, GError **error);

/* char *; of the caller. Nothing there is an empty list. NULL: an error. */
GPtrArray *api_json_get_strings(const json_t *object, const char *name, GError **error);
