#include "checks/html_nesting.h"
#include "checks/html_elements.h"
#include <string.h>

enum { CLOSED_MAX = 256 };

#define TABLE_PARTS (HTML_IS_TABLE | HTML_IS_ROWS | HTML_IS_ROW | HTML_IS_COLUMNS)

typedef struct Open {
  guint id; /* a hash of its name */
  guint is;
  const char *tag;
  gboolean is_told; /* its end tag is in the wrong order, which was counted */
} Open;

/* An element that the tag of another one closed. Its own end tag may follow, which says more about the mistake. */
typedef struct Closed {
  Open open;
  guint depth;       /* how many elements were open then; below that its end tag is not waited for */
  const char *outer; /* the element that cannot contain `inner`; NULL: an end tag closed it */
  const char *inner;
} Closed;

/* What is found out of the order of the HTML. */
typedef struct Tally {
  guint count;
  const char *first;
  const char *outer; /* NULL: none */
} Tally;

struct HtmlNesting {
  Checks *checks;
  GArray *open;   /* Open; the innermost last */
  GArray *closed; /* Closed, at most CLOSED_MAX; depths do not fall */
  Tally unclosed;
  Tally nested;
  const char *last_inner; /* of `nested`, which counts each once */
  gboolean is_too_deep;
};

HtmlNesting *html_nesting_new(Checks *checks) {
  HtmlNesting *nesting = g_new0(HtmlNesting, 1);

  nesting->checks = checks;
  nesting->open = g_array_new(FALSE, FALSE, sizeof(Open));
  nesting->closed = g_array_new(FALSE, FALSE, sizeof(Closed));
  return nesting;
}

void html_nesting_free(HtmlNesting *nesting) {
  if (!nesting)
    return;
  g_array_unref(nesting->open);
  g_array_unref(nesting->closed);
  g_free(nesting);
}

/* --- reports */

/* "<td>" or "</td>", from its "<" on. */
static char *print_tag(const char *tag) {
  gsize slash = tag[1] == '/';

  return g_strdup_printf("<%.*s>", (int)(slash + MIN(strcspn(tag + 1 + slash, " \t\n\r\f/>"), HTML_NAME_BYTES_MAX)),
                         tag + 1);
}

static void tell(HtmlNesting *nesting, CheckRule rule, const char *tag) {
  g_autofree char *name = print_tag(tag);

  checks_add_at(nesting->checks, rule, tag, name);
}

static void count(Tally *tally, const char *tag, const char *outer) {
  tally->count++;
  if (!tally->first || tag < tally->first) {
    tally->first = tag;
    tally->outer = outer;
  }
}

static void tell_tally(HtmlNesting *nesting, CheckRule rule, const Tally *tally) {
  if (tally->count == 0)
    return;
  g_autofree char *name = print_tag(tally->first);
  g_autofree char *outer = tally->outer ? print_tag(tally->outer) : NULL;
  g_autofree char *both = outer ? g_strdup_printf("%s in %s", name, outer) : NULL;
  checks_add_many(nesting->checks, rule, tally->count, tally->first, both ? both : name);
}

/* --- the stack */

static Open *open_at(const HtmlNesting *nesting, guint i) {
  return &g_array_index(nesting->open, Open, i);
}

/* What the innermost open element is; 0: nothing special, or there is none. */
static guint innermost_is(const HtmlNesting *nesting) {
  return nesting->open->len > 0 ? open_at(nesting, nesting->open->len - 1)->is : 0;
}

/* The end tag did not come. */
static void give_up(HtmlNesting *nesting, const Open *open) {
  if (!(open->is & HTML_IS_OPTIONAL) && !open->is_told)
    count(&nesting->unclosed, open->tag, NULL);
}

/* Of those that were closed deeper than that. */
static void give_up_below(HtmlNesting *nesting, guint depth) {
  GArray *closed = nesting->closed;

  while (closed->len > 0 && g_array_index(closed, Closed, closed->len - 1).depth > depth) {
    give_up(nesting, &g_array_index(closed, Closed, closed->len - 1).open);
    g_array_set_size(closed, closed->len - 1);
  }
}

/* Of the older half, once there are many, so that an end tag need not be looked for among all of a long message. */
static void make_room(HtmlNesting *nesting) {
  if (nesting->closed->len < CLOSED_MAX)
    return;
  for (guint i = 0; i < CLOSED_MAX / 2; i++)
    give_up(nesting, &g_array_index(nesting->closed, Closed, i).open);
  g_array_remove_range(nesting->closed, 0, CLOSED_MAX / 2);
}

/* Closes all from `first` on; `inner`: the start tag that does so, NULL: an end tag does. */
static void close_from(HtmlNesting *nesting, guint first, const char *inner) {
  const char *outer = open_at(nesting, first)->tag;

  give_up_below(nesting, first);
  make_room(nesting);
  for (guint i = inner ? first : first + 1; i < nesting->open->len; i++) {
    Closed closed = {.open = *open_at(nesting, i), .depth = first, .outer = inner ? outer : NULL, .inner = inner};
    if (nesting->closed->len < CLOSED_MAX)
      g_array_append_val(nesting->closed, closed);
    else
      give_up(nesting, &closed.open);
  }
  g_array_set_size(nesting->open, first);
}

/* --- tags */

/* An end tag whose element another tag closed before; FALSE: there is none. */
static gboolean read_late_end(HtmlNesting *nesting, guint id, const char *tag) {
  for (guint i = nesting->closed->len; i-- > 0;) {
    Closed closed = g_array_index(nesting->closed, Closed, i);
    if (closed.open.id != id)
      continue;
    g_array_remove_index(nesting->closed, i);
    if (!closed.inner)
      tell(nesting, RULE_HTML_ORDER, tag);
    else if (closed.inner != nesting->last_inner)
      count(&nesting->nested, closed.inner, closed.outer);
    nesting->last_inner = closed.inner ? closed.inner : nesting->last_inner;
    return TRUE;
  }
  return FALSE;
}

/* What an end tag cannot reach beyond. */
static guint scope_of(const HtmlElement *element) {
  if (!element)
    return HTML_IS_SCOPE;
  if (element->parents != 0 || (element->is & HTML_IS_TABLE))
    return HTML_IS_TABLE;
  return element->is & (HTML_IS_ITEM | HTML_IS_DEFINITION) ? HTML_IS_SCOPE | HTML_IS_LIST : HTML_IS_SCOPE;
}

static void read_end(HtmlNesting *nesting, const HtmlToken *token, const HtmlElement *element) {
  guint id = g_str_hash(token->name);
  guint scope = scope_of(element);
  gboolean is_reachable = TRUE;

  if (element && (element->is & HTML_IS_VOID)) {
    tell(nesting, RULE_HTML_VOID_END, token->tag);
    return;
  }
  for (guint i = nesting->open->len; i-- > 0;) {
    Open *open = open_at(nesting, i);
    if (open->id == id && is_reachable) {
      close_from(nesting, i, NULL);
      return;
    }
    if (open->id == id && !open->is_told) {
      open->is_told = TRUE;
      tell(nesting, RULE_HTML_ORDER, token->tag);
      return;
    }
    is_reachable = is_reachable && !(open->is & scope);
  }
  if (!read_late_end(nesting, id, token->tag))
    tell(nesting, RULE_HTML_STRAY_END, token->tag);
}

/* What a start tag closes, whether it should or not. */
static void close_implied(HtmlNesting *nesting, const HtmlElement *element, const char *tag) {
  guint first = nesting->open->len;

  for (guint i = first; i-- > 0;) {
    guint is = open_at(nesting, i)->is;
    if (is & element->closes)
      first = i;
    else if (is & element->within)
      break;
  }
  if (first < nesting->open->len)
    close_from(nesting, first, tag);
}

static void check_parent(HtmlNesting *nesting, const HtmlElement *element, const char *tag) {
  guint parent = innermost_is(nesting);
  gboolean is_placed = element && element->parents != 0
                           ? (parent & element->parents) != 0
                           : !(parent & TABLE_PARTS) || (element && (element->is & HTML_IS_ANYWHERE));

  if (!is_placed)
    tell(nesting, RULE_HTML_TABLE, tag);
}

static void push(HtmlNesting *nesting, const HtmlToken *token, guint is) {
  Open open = {.id = g_str_hash(token->name), .is = is, .tag = token->tag};

  nesting->is_too_deep = nesting->open->len >= HTML_DEPTH_MAX;
  if (!nesting->is_too_deep)
    g_array_append_val(nesting->open, open);
}

static void read_start(HtmlNesting *nesting, const HtmlToken *token, const HtmlElement *element,
                       gboolean is_self_closing) {
  guint is = element ? element->is : 0;

  if (element)
    close_implied(nesting, element, token->tag);
  check_parent(nesting, element, token->tag);
  if (is & HTML_IS_VOID)
    return;
  if (is_self_closing && (is & HTML_IS_FOREIGN))
    return;
  if (is_self_closing && !(is & HTML_IS_OPTIONAL)) {
    tell(nesting, RULE_HTML_SELF_CLOSED, token->tag);
    return;
  }
  push(nesting, token, is);
}

static void read_text(HtmlNesting *nesting, const HtmlToken *token) {
  enum { EXAMPLE_BYTES = 40 };
  const char *text = token->start;

  if (!(innermost_is(nesting) & TABLE_PARTS))
    return;
  text += strspn(text, " \t\n\r\f");
  if (text >= token->end)
    return;
  g_autofree char *example = g_strndup(text, MIN((gsize)(token->end - text), EXAMPLE_BYTES));
  checks_add_at(nesting->checks, RULE_HTML_TABLE, text, example);
}

void html_nesting_read(HtmlNesting *nesting, const HtmlToken *token, gboolean is_self_closing) {
  const HtmlElement *element = html_element_find(token->name);
  guint innermost = innermost_is(nesting);
  gboolean is_opaque =
      (innermost & HTML_IS_OPAQUE) && open_at(nesting, nesting->open->len - 1)->id != g_str_hash(token->name);

  /* Names with a colon are Microsoft's, which other programs pass over. */
  if (nesting->is_too_deep || is_opaque || (element && (element->is & HTML_IS_AMBIENT)) || strchr(token->name, ':'))
    return;
  if (token->kind == HTML_TOKEN_TEXT)
    read_text(nesting, token);
  else if (token->kind == HTML_TOKEN_END)
    read_end(nesting, token, element);
  else if (!(innermost & HTML_IS_OPAQUE) || (innermost & HTML_IS_FOREIGN))
    read_start(nesting, token, element, is_self_closing);
}

void html_nesting_finish(HtmlNesting *nesting) {
  GArray *closed = nesting->closed;

  for (guint i = 0; i < closed->len; i++)
    give_up(nesting, &g_array_index(closed, Closed, i).open);
  for (guint i = 0; !nesting->is_too_deep && i < nesting->open->len; i++)
    give_up(nesting, open_at(nesting, i));
  tell_tally(nesting, RULE_HTML_UNCLOSED, &nesting->unclosed);
  tell_tally(nesting, RULE_HTML_NESTING, &nesting->nested);
}
