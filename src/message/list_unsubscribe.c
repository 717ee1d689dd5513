#include "message/list_unsubscribe.h"
#include <string.h>

void list_unsubscribe_free(ListUnsubscribe *unsubscribe) {
  if (!unsubscribe)
    return;
  g_free(unsubscribe->header);
  g_free(unsubscribe->header_post);
  g_ptr_array_unref(unsubscribe->links);
  g_free(unsubscribe->errors);
  g_free(unsubscribe);
}

static void add_error(GString *errors, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void add_error(GString *errors, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_string_append(errors, errors->len > 0 ? ", " : "");
  g_string_append_vprintf(errors, format, arguments);
  va_end(arguments);
}

static char *read_field(const Message *message, const char *name, gboolean *is_there) {
  const HeaderField *field = header_fields_first(message_fields(message), name);

  *is_there = field != NULL;
  return field ? message_field_value(message, field) : g_strdup("");
}

static gboolean has_scheme(const char *link, const char *scheme) {
  return g_ascii_strncasecmp(link, scheme, strlen(scheme)) == 0 && link[strlen(scheme)] != '\0';
}

static void add_link(ListUnsubscribe *unsubscribe, GString *errors, const char *start, gsize len) {
  g_autofree char *link = g_strstrip(g_strndup(start, len));

  if (unsubscribe->links->len >= LIST_UNSUBSCRIBE_LINKS_MAX)
    return;
  if (strpbrk(link, " \t"))
    add_error(errors, "<%s> has spaces in it", link);
  else if (!has_scheme(link, "mailto:") && !has_scheme(link, "https://") && !has_scheme(link, "http://"))
    add_error(errors, "<%s> is not a mailto:, https: or http: link", link);
  else
    g_ptr_array_add(unsubscribe->links, g_steal_pointer(&link));
}

/* Links in angle brackets with commas between them; comments may stand anywhere outside (RFC 2369 2). */
static void read_links(ListUnsubscribe *unsubscribe, GString *errors) {
  gboolean wants_comma = FALSE;

  for (const char *at = unsubscribe->header; *at;) {
    if (*at == '<') {
      const char *close = strchr(at, '>');
      if (wants_comma)
        add_error(errors, "a comma is missing between two links");
      if (!close) {
        add_error(errors, "an angle bracket is not closed");
        return;
      }
      add_link(unsubscribe, errors, at + 1, (gsize)(close - at - 1));
      wants_comma = TRUE;
      at = close + 1;
    } else if (*at == '(') {
      const char *close = strchr(at, ')');
      at = close ? close + 1 : at + strlen(at);
    } else if (*at == ',') {
      wants_comma = FALSE;
      at++;
    } else if (g_ascii_isspace(*at)) {
      at++;
    } else {
      gsize len = strcspn(at, "<,");
      g_autofree char *word = g_strstrip(g_strndup(at, len));
      add_error(errors, "\"%s\" is not in angle brackets", word);
      at += len;
    }
  }
}

/* RFC 8058 3.1 and 3.2: one value, and an https link to post it to. */
static void check_post(const ListUnsubscribe *unsubscribe, gboolean has_header, GString *errors) {
  gboolean has_https = FALSE;

  for (guint i = 0; i < unsubscribe->links->len; i++)
    has_https = has_https || has_scheme(g_ptr_array_index(unsubscribe->links, i), "https://");
  if (strcmp(unsubscribe->header_post, "List-Unsubscribe=One-Click") != 0)
    add_error(errors, "List-Unsubscribe-Post must be \"List-Unsubscribe=One-Click\"");
  if (!has_header)
    add_error(errors, "List-Unsubscribe-Post is there without List-Unsubscribe");
  else if (!has_https)
    add_error(errors, "List-Unsubscribe-Post needs an https: link");
}

ListUnsubscribe *list_unsubscribe_read(const Message *message) {
  ListUnsubscribe *unsubscribe = g_new0(ListUnsubscribe, 1);
  g_autoptr(GString) errors = g_string_new(NULL);
  gboolean has_header;
  gboolean has_post;

  unsubscribe->links = g_ptr_array_new_with_free_func(g_free);
  unsubscribe->header = read_field(message, "List-Unsubscribe", &has_header);
  unsubscribe->header_post = read_field(message, "List-Unsubscribe-Post", &has_post);
  read_links(unsubscribe, errors);
  if (has_header && unsubscribe->links->len == 0 && errors->len == 0)
    add_error(errors, "there is no link");
  if (has_post)
    check_post(unsubscribe, has_header, errors);
  unsubscribe->errors = g_strdup(errors->str);
  return unsubscribe;
}
