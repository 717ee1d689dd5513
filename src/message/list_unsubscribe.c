#include "message/list_unsubscribe.h"
#include <string.h>

static char *read_header(const Message *message, const char *name) {
  const HeaderField *field = header_fields_first(message_fields(message), name);

  return field ? message_field_value(message, field) : g_strdup("");
}

static void add_problem(GPtrArray *problems, const char *problem) {
  if (!g_ptr_array_find_with_equal_func(problems, problem, g_str_equal, NULL))
    g_ptr_array_add(problems, (gpointer)problem);
}

static gboolean is_web(const char *link) {
  return g_ascii_strncasecmp(link, "http://", 7) == 0 || g_ascii_strncasecmp(link, "https://", 8) == 0;
}

/* The next "<...>", with what is to stand between two: a comma. NULL: no more. */
static char *next_link(const char **at, gboolean is_first, GPtrArray *problems) {
  const char *open = strchr(*at, '<');
  const char *close = open ? strchr(open, '>') : NULL;
  g_autofree char *between = g_strndup(*at, open ? (gsize)(open - *at) : strlen(*at));
  const char *expected = is_first || !close ? "" : ",";

  if (strcmp(g_strstrip(between), expected) != 0 || (open && !close))
    add_problem(problems, "links have to stand in angle brackets, with commas between them");
  if (!close) {
    *at += strlen(*at);
    return NULL;
  }
  *at = close + 1;
  return g_strstrip(g_strndup(open + 1, (gsize)(close - open - 1)));
}

static void read_links(ListUnsubscribe *unsubscribe, GPtrArray *problems) {
  const char *at = unsubscribe->header;
  gboolean is_first = TRUE;
  char *link;

  while (*at != '\0' && (link = next_link(&at, is_first, problems))) {
    is_first = FALSE;
    if (!is_web(link) && g_ascii_strncasecmp(link, "mailto:", 7) != 0)
      add_problem(problems, "links have to begin with mailto:, http: or https:");
    if (unsubscribe->links->len < LIST_UNSUBSCRIBE_LINKS_MAX)
      g_ptr_array_add(unsubscribe->links, link);
    else
      g_free(link);
  }
  if (*unsubscribe->header != '\0' && unsubscribe->links->len == 0)
    add_problem(problems, "there is no link");
}

static void check_post(const ListUnsubscribe *unsubscribe, GPtrArray *problems) {
  gboolean has_https = FALSE;

  if (*unsubscribe->header_post == '\0')
    return;
  for (guint i = 0; i < unsubscribe->links->len; i++)
    has_https |= g_ascii_strncasecmp(g_ptr_array_index(unsubscribe->links, i), "https://", 8) == 0;
  if (g_ascii_strcasecmp(unsubscribe->header_post, "List-Unsubscribe=One-Click") != 0)
    add_problem(problems, "List-Unsubscribe-Post has to be \"List-Unsubscribe=One-Click\"");
  if (!has_https)
    add_problem(problems, "List-Unsubscribe-Post needs a link with https:");
}

ListUnsubscribe *list_unsubscribe_read(const Message *message) {
  ListUnsubscribe *unsubscribe = g_new0(ListUnsubscribe, 1);
  g_autoptr(GPtrArray) problems = g_ptr_array_new();

  unsubscribe->header = read_header(message, "List-Unsubscribe");
  unsubscribe->header_post = read_header(message, "List-Unsubscribe-Post");
  unsubscribe->links = g_ptr_array_new_with_free_func(g_free);
  read_links(unsubscribe, problems);
  check_post(unsubscribe, problems);
  g_ptr_array_add(problems, NULL);
  unsubscribe->problem = g_strjoinv(", ", (char **)problems->pdata);
  return unsubscribe;
}

void list_unsubscribe_free(ListUnsubscribe *unsubscribe) {
  if (!unsubscribe)
    return;
  g_free(unsubscribe->header);
  g_free(unsubscribe->header_post);
  g_free(unsubscribe->problem);
  g_ptr_array_unref(unsubscribe->links);
  g_free(unsubscribe);
}
