#include "message/address.h"
#include "message/encoded_words.h"
#include "message/gmime_ready.h"
#include <gmime/gmime.h>
#include <string.h>

MailAddress *mail_address_new(const char *name, const char *address) {
  MailAddress *made = g_new0(MailAddress, 1);
  made->name = g_utf8_make_valid(name ? name : "", -1);
  made->address = g_utf8_make_valid(address ? address : "", -1);
  return made;
}

void mail_address_free(MailAddress *address) {
  if (!address)
    return;
  g_free(address->name);
  g_free(address->address);
  g_free(address);
}

static void add_mailboxes(InternetAddressList *list, GPtrArray *out, guint depth) {
  int n = internet_address_list_length(list);
  for (int i = 0; i < n && out->len < MAIL_ADDRESSES_MAX; i++) {
    InternetAddress *address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(address))
      g_ptr_array_add(out, mail_address_new(internet_address_get_name(address),
                                            internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))));
    else if (INTERNET_ADDRESS_IS_GROUP(address) && depth == 0)
      add_mailboxes(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), out, depth + 1);
  }
}

/* Where a list is cut for GMime: its search for a name that goes on behind a comma is quadratic in what it is given. */
enum {
  PIECE_OCTETS = 1024,     /* from here on at the next comma between mailboxes */
  PIECE_OCTETS_MAX = 2048, /* from here on at the next comma of any kind: a quotation mark may lack its pair */
  PIECE_COLONS_MAX = 200   /* more than the literals of a piece have; as many groups GMime's recursion can bear */
};

typedef struct Scan {
  gboolean in_quotes;
  gboolean in_group;
  char closing; /* of the angle or literal under way; 0: none */
  guint n_colons;
} Scan;

static gboolean is_inside(const Scan *scan) {
  return scan->in_quotes || scan->closing;
}

/* Steps over one character, or two where the first quotes the second. A group cannot hold another (RFC 5322 3.4), but
 * GMime goes into each that begins, one stack frame deeper: colons that would open one become commas. So do all that
 * are too many, for what is quoted here GMime may see differently. */
static char *step(Scan *scan, char *at) {
  if (*at == ':' && ++scan->n_colons > PIECE_COLONS_MAX)
    *at = ',';
  if (*at == '\\' && at[1] && at[1] != ':')
    return at + 2;
  if (*at == '"')
    scan->in_quotes = !scan->in_quotes;
  else if (scan->in_quotes)
    return at + 1;
  else if (scan->closing)
    scan->closing = *at == scan->closing ? '\0' : scan->closing;
  else if (*at == '<' || *at == '[')
    scan->closing = *at == '<' ? '>' : ']';
  else if (*at == ';')
    scan->in_group = FALSE;
  else if (*at == ':' && scan->in_group)
    *at = ',';
  else if (*at == ':')
    scan->in_group = TRUE;
  return at + 1;
}

/* The end of the piece that begins at `start`: a comma, or the end of all. */
static char *find_piece_end(char *start, Scan *scan) {
  char *at = start;
  while (*at) {
    gsize len = (gsize)(at - start);
    if (*at == ',' && (len >= PIECE_OCTETS_MAX || (len >= PIECE_OCTETS && !is_inside(scan))))
      return at;
    char *behind = step(scan, at);
    if (*at == ',' && len >= PIECE_OCTETS_MAX)
      return at;
    at = behind;
  }
  return at;
}

/* A mailbox that GMime finds no way into, such as one with comments inside its domain (RFC 5322 A.6.3): what is in
 * angle brackets, or all there is, without comments and white space. */
static void add_broken_mailbox(const char *text, GPtrArray *out) {
  const char *start = strrchr(text, '<');
  const char *end = start ? strchr(start, '>') : NULL;
  const char *from = start ? start + 1 : text;
  gsize len = end ? (gsize)(end - from) : strlen(from);
  g_autoptr(GString) address = g_string_new(NULL);
  guint depth = 0;
  if (!memchr(from, '@', len))
    return;
  for (gsize i = 0; i < len; i++) {
    depth += from[i] == '(';
    if (depth == 0 && !g_ascii_isspace(from[i]))
      g_string_append_c(address, from[i]);
    depth -= from[i] == ')' && depth > 0;
  }
  g_autofree char *phrase = start ? g_strstrip(g_strndup(text, (gsize)(start - text))) : g_strdup("");
  g_autofree char *name = encoded_words_decode(phrase);
  g_ptr_array_add(out, mail_address_new(name, address->str));
}

void mail_address_parse(const char *value, GPtrArray *out) {
  gmime_ready();
  g_autofree char *text = encoded_words_simplify(value);
  Scan scan = {0};
  for (char *start = text; *start && out->len < MAIL_ADDRESSES_MAX;) {
    gboolean began_in_group = scan.in_group;
    char *end = find_piece_end(start, &scan);
    gboolean is_last = *end == '\0';
    *end = '\0';
    char *group_end = began_in_group ? strchr(start, ';') : NULL;
    if (group_end)
      *group_end = ',';
    InternetAddressList *list = internet_address_list_parse(g_mime_parser_options_get_default(), start);
    guint n_before = out->len;
    if (list)
      add_mailboxes(list, out, 0);
    if (out->len == n_before && !strchr(start, ':'))
      add_broken_mailbox(start, out);
    g_clear_object(&list);
    scan = (Scan){.in_group = scan.in_group};
    start = is_last ? end : end + 1;
  }
}
