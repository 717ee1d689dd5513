#include "message/address.h"
#include "message/encoded_words.h"
#include <string.h>

/* What stands between two separators at most is an entry. A first pass over it finds its end, a second reads it. Marks
 * that come in pairs are looked for as long as they have a pair: after one that has none, they are text. */
typedef struct Reader {
  const char *last_semicolon; /* of all there is; NULL: none */
  gboolean has_quotes;        /* quotation marks still come in pairs */
  gboolean has_comments;      /* so do round brackets */
  gboolean in_group;
  GPtrArray *out;
  MailAddressFaults faults;
} Reader;

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

/* --- what comes in pairs; each returns what follows it, or NULL when it has no pair */

/* A quotation mark that lacks its pair takes that of the next mailbox for it: then what is between them ends a mailbox,
 * and the rest of a name follows at once. Text that is quoted as it should be may look like anything. */
static gboolean takes_other_pair(const char *start, const char *close) {
  gboolean ends_mailbox = g_strstr_len(start, close - start, ">,") || g_strstr_len(start, close - start, ">;");

  return ends_mailbox && (g_ascii_isalnum(close[1]) || (close[1] & 0x80));
}

static const char *skip_quoted(Reader *reader, const char *at) {
  const char *start = at;

  if (!reader->has_quotes)
    return NULL;
  for (at++; *at && *at != '"'; at++)
    at += *at == '\\' && at[1];
  reader->has_quotes = *at == '"';
  return *at && !takes_other_pair(start, at) ? at + 1 : NULL;
}

static const char *skip_comment(Reader *reader, const char *at) {
  guint depth = 0;

  for (; reader->has_comments && *at; at++) {
    if (*at == '\\' && at[1]) {
      at++;
      continue;
    }
    depth += *at == '(';
    depth -= *at == ')';
    if (depth == 0)
      return at + 1;
  }
  reader->has_comments = FALSE;
  return NULL;
}

/* Up to the separator where the closing bracket is missing. A route has commas in it (RFC 5322 4.4). */
static const char *skip_angle(Reader *reader, const char *at) {
  gboolean is_route = at[1] == '@';

  for (at++; *at && *at != '>'; at++) {
    const char *behind = *at == '"' ? skip_quoted(reader, at) : NULL;
    if (behind)
      at = behind - 1;
    else if ((*at == ',' && !is_route) || *at == ';')
      break;
  }
  if (*at != '>')
    reader->faults |= MAIL_ADDRESS_BRACKETS;
  return at + (*at == '>');
}

/* "[192.0.2.1]" after an @, or a word in brackets, as in "[List] Name". */
static const char *skip_literal(const char *at) {
  enum { LITERAL_BYTES_MAX = 100 };

  for (gsize n = 0; n < LITERAL_BYTES_MAX && at[n] && !strchr("<>,\"", at[n]); n++)
    if (at[n] == ']')
      return at + n + 1;
  return NULL;
}

/* An encoded word; one that is not written as it should be must not run into the next mailbox. */
static const char *skip_word(const char *at) {
  const char *behind = encoded_words_skip(at);

  return behind && !memchr(at, '<', (gsize)(behind - at)) ? behind : NULL;
}

static const char *skip_pair(Reader *reader, const char *at) {
  switch (*at) {
  case '"':
    return skip_quoted(reader, at);
  case '(':
    return skip_comment(reader, at);
  case '<':
    return skip_angle(reader, at);
  case '[':
    return skip_literal(at);
  case '=':
    return skip_word(at);
  default:
    return NULL;
  }
}

/* --- one entry */

typedef struct Entry {
  GString *phrase;  /* the name: without quotation marks and comments */
  GString *bare;    /* the same, as written but for comments, for addresses without angle brackets */
  GString *comment; /* the last one's text */
  char *angle;      /* what was in angle brackets; NULL: none yet */
  gboolean has_specials;
} Entry;

static void entry_init(Entry *entry) {
  *entry = (Entry){g_string_new(NULL), g_string_new(NULL), g_string_new(NULL), NULL, FALSE};
}

static void entry_clear(Entry *entry) {
  g_string_free(entry->phrase, TRUE);
  g_string_free(entry->bare, TRUE);
  g_string_free(entry->comment, TRUE);
  g_free(entry->angle);
}

static void append_unescaped(GString *out, const char *at, const char *end) {
  for (; at < end; at++) {
    at += *at == '\\' && at + 1 < end;
    g_string_append_c(out, *at);
  }
}

/* Of runs of white space one space, none at the ends. */
static char *tidy_name(const char *text) {
  g_autofree char *decoded = encoded_words_decode(text);
  GString *out = g_string_new(NULL);

  for (const char *at = decoded; *at; at++)
    if (!g_ascii_isspace(*at))
      g_string_append_c(out, *at);
    else if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c(out, ' ');
  return g_strchomp(g_string_free(out, FALSE));
}

static const char *skip_mailto(const char *text) {
  return g_ascii_strncasecmp(text, "mailto:", 7) == 0 ? text + 7 : text;
}

/* What angle brackets hold, without comments, blanks and a route; of brackets inside each other the inner ones'. */
static char *tidy_address(Reader *reader, const char *text) {
  GString *out = g_string_new(NULL);
  Reader inside = {.has_quotes = TRUE, .has_comments = TRUE};
  const char *inner = strrchr(text, '<');

  if (inner)
    reader->faults |= MAIL_ADDRESS_BRACKETS;
  for (const char *at = inner ? inner + 1 : text; *at;) {
    const char *behind = *at == '"' || *at == '(' ? skip_pair(&inside, at) : NULL;
    if (behind && *at == '"')
      g_string_append_len(out, at, behind - at);
    else if (!behind && !g_ascii_isspace(*at))
      g_string_append_c(out, *at);
    at = behind ? behind : at + 1;
  }
  const char *route_end = out->str[0] == '@' ? strchr(out->str, ':') : NULL;
  g_string_erase(out, 0, (gssize)((route_end ? route_end + 1 : skip_mailto(out->str)) - out->str));
  return g_string_free(out, FALSE);
}

static void add(Reader *reader, const char *name, const char *address) {
  if (!strchr(address, '@'))
    reader->faults |= MAIL_ADDRESS_NO_DOMAIN;
  if (reader->out->len < MAIL_ADDRESSES_MAX)
    g_ptr_array_add(reader->out, mail_address_new(name, address));
}

static void end_angle(Reader *reader, Entry *entry) {
  g_autofree char *name = tidy_name(entry->phrase->len > 0 ? entry->phrase->str : entry->comment->str);
  g_autofree char *address = tidy_address(reader, entry->angle);

  if (entry->has_specials)
    reader->faults |= MAIL_ADDRESS_UNQUOTED;
  if (!strchr(address, '@') && strchr(name, '@'))
    add(reader, entry->angle, name); /* "a@b.example <Name>" */
  else if (*address || *name)
    add(reader, name, address);
}

/* The next word of `bare`, quoted strings being part of one; NULL: none is left. The caller frees. */
static char *next_word(const char **at) {
  const char *start = *at + strspn(*at, " \t");
  const char *end = start;
  gboolean in_quotes = FALSE;

  for (; *end && (in_quotes || (*end != ' ' && *end != '\t')); end++) {
    in_quotes ^= *end == '"';
    end += *end == '\\' && end[1];
  }
  *at = end;
  return end > start ? g_strndup(start, (gsize)(end - start)) : NULL;
}

/* Blanks beside an @, and in front of a full stop, are those of RFC 822's syntax: "jdoe @ test . example". */
static void close_gaps(GString *bare) {
  char *out = bare->str;

  for (const char *at = bare->str; *at; at++) {
    gboolean joins = *at == '@' || *at == '.';
    gboolean had_gap = out > bare->str && out[-1] == ' ';
    while (joins && out > bare->str && out[-1] == ' ')
      out--;
    *out++ = *at;
    if (*at == '@' || (*at == '.' && had_gap))
      while (at[1] == ' ')
        at++;
  }
  g_string_truncate(bare, (gsize)(out - bare->str));
}

/* Without angle brackets the word with an @ is the address. Where each word has one, each is. */
static void end_bare(Reader *reader, Entry *entry) {
  close_gaps(entry->bare);
  const char *at = entry->bare->str;
  const char *colon = strchr(at, '[') ? NULL : strrchr(at, ':'); /* of a group that does not end */
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GString) others = g_string_new(NULL);
  at = colon ? colon + 1 : at;
  for (char *word; (word = next_word(&at));) {
    gboolean is_address = strchr(word, '@') && !(word[0] == '"' && word[strlen(word) - 1] == '"');
    if (is_address && (found->len == 0 || others->len == 0)) {
      g_ptr_array_add(found, word);
      continue;
    }
    g_string_append_printf(others, "%s%s", others->len > 0 ? " " : "", word);
    g_free(word);
  }
  if (found->len > 1)
    reader->faults |= MAIL_ADDRESS_SEPARATOR;
  if (found->len == 1 && others->len > 0)
    reader->faults |= MAIL_ADDRESS_BRACKETS;
  g_autofree char *name = tidy_name(found->len == 1 && others->len > 0 ? others->str : entry->comment->str);
  for (guint i = 0; i < found->len; i++)
    add(reader, name, skip_mailto(g_ptr_array_index(found, i)));
  g_autofree char *whole = tidy_name(colon ? others->str : entry->phrase->str);
  if (found->len == 0 && *whole && !strchr(whole, ' '))
    add(reader, "", whole);
}

static void end_entry(Reader *reader, Entry *entry) {
  if (entry->angle)
    end_angle(reader, entry);
  else
    end_bare(reader, entry);
  entry_clear(entry);
  entry_init(entry);
}

/* Takes what comes in a pair, from `at` to `behind`. */
static void take_pair(Reader *reader, Entry *entry, const char *at, const char *behind) {
  if (*at == '(') {
    g_string_truncate(entry->comment, 0);
    append_unescaped(entry->comment, at + 1, behind - 1);
    return;
  }
  if (*at == '<') {
    gboolean is_closed = behind[-1] == '>' && behind - at > 1;
    if (entry->angle) { /* no comma in front of it */
      reader->faults |= MAIL_ADDRESS_SEPARATOR;
      end_entry(reader, entry);
    }
    entry->angle = g_strndup(at + 1, (gsize)(behind - at) - 1 - (is_closed ? 1 : 0));
    return;
  }
  g_string_append_len(entry->bare, at, behind - at);
  if (*at == '"') {
    gsize start = entry->phrase->len;
    append_unescaped(entry->phrase, at + 1, behind - 1);
    if (strstr(entry->phrase->str + start, "=?"))
      reader->faults |= MAIL_ADDRESS_QUOTED_WORD;
    return;
  }
  entry->has_specials |= *at == '[';
  g_string_append_len(entry->phrase, at, behind - at);
}

/* Behind the angle brackets, text begins the next mailbox. */
static void take_text(Reader *reader, Entry *entry, char c) {
  if (c == '>') {
    reader->faults |= MAIL_ADDRESS_BRACKETS;
    return;
  }
  entry->has_specials |= strchr("@,:;.\\\"()[]", c) != NULL;
  g_string_append_c(entry->phrase, c);
  g_string_append_c(entry->bare, c == '\t' ? ' ' : c);
}

static void read_entry(Reader *reader, const char *at, const char *end) {
  const char *last_angle = g_strrstr_len(at, end - at, "<");
  Entry entry;

  entry_init(&entry);
  while (at < end) {
    const char *behind = skip_pair(reader, at);
    gboolean is_phrase = *at != '(' && *at != '<' && *at != '>' && !g_ascii_isspace(*at);
    if (entry.angle && is_phrase && at < last_angle) {
      reader->faults |= MAIL_ADDRESS_SEPARATOR;
      end_entry(reader, &entry);
    }
    if (behind && behind <= end)
      take_pair(reader, &entry, at, behind);
    else
      take_text(reader, &entry, *at);
    at = behind && behind <= end ? behind : at + 1;
  }
  end_entry(reader, &entry);
  entry_clear(&entry);
}

/* --- the list */

typedef struct Bounds {
  const char *end; /* the separator, or the end of all */
  gboolean has_at;
  gboolean has_angle;
  gboolean has_text;
} Bounds;

/* A colon begins a group where a semicolon that ends it follows, and no address stands in front of it. */
static gboolean begins_group(const Reader *reader, const char *colon, const Bounds *bounds) {
  return !reader->in_group && reader->last_semicolon > colon && !bounds->has_at && !bounds->has_angle;
}

static Bounds find_bounds(Reader *reader, const char **start) {
  Bounds bounds = {.end = *start};

  while (*bounds.end && *bounds.end != ',' && *bounds.end != ';') {
    const char *at = bounds.end;
    if (*at == ':' && begins_group(reader, at, &bounds)) {
      reader->in_group = TRUE;
      *start = bounds.end = at + 1;
      bounds.has_text = FALSE;
      continue;
    }
    const char *behind = skip_pair(reader, at);
    bounds.has_at |= *at == '@';
    bounds.has_angle |= *at == '<';
    bounds.has_text |= !g_ascii_isspace(*at) && *at != '(';
    bounds.end = behind ? behind : at + 1;
  }
  return bounds;
}

/* Entries without an address, which are words of their own or the start of a name with commas in it. */
enum { NAME_COMMAS_MAX = 2 };

typedef struct Pending {
  const char *starts[NAME_COMMAS_MAX];
  const char *ends[NAME_COMMAS_MAX];
  guint n;
} Pending;

static void read_pending(Reader *reader, Pending *pending) {
  for (guint i = 0; i < pending->n; i++)
    read_entry(reader, pending->starts[i], pending->ends[i]);
  pending->n = 0;
}

/* As the first pass found the entry's marks, not as it left them. */
static void read_again(Reader *reader, const Reader *before, const char *start, const char *end) {
  Reader second = *reader;

  second.has_quotes = before->has_quotes;
  second.has_comments = before->has_comments;
  read_entry(&second, start, end);
  reader->faults |= second.faults;
}

MailAddressFaults mail_address_parse(const char *value, GPtrArray *out) {
  Reader reader = {.last_semicolon = strrchr(value, ';'), .has_quotes = TRUE, .has_comments = TRUE, .out = out};
  Pending pending = {.n = 0};

  for (const char *at = value; *at && out->len < MAIL_ADDRESSES_MAX;) {
    const Reader before = reader;
    const char *start = at;
    Bounds bounds = find_bounds(&reader, &start);
    gboolean is_word = bounds.has_text && !bounds.has_at && !bounds.has_angle;
    if (is_word && *bounds.end == ',' && pending.n < NAME_COMMAS_MAX && start == at) {
      pending.starts[pending.n] = start;
      pending.ends[pending.n++] = bounds.end;
    } else {
      if (pending.n > 0 && bounds.has_angle && start == at) {
        start = pending.starts[0];
        pending.n = 0;
      }
      read_pending(&reader, &pending);
      if (bounds.has_text)
        read_again(&reader, &before, start, bounds.end);
      else if (!reader.in_group || *bounds.end == ',')
        reader.faults |= MAIL_ADDRESS_EMPTY;
    }
    if (*bounds.end == ';' && !reader.in_group)
      reader.faults |= MAIL_ADDRESS_SEPARATOR;
    if (*bounds.end == ';')
      reader.in_group = FALSE;
    at = *bounds.end ? bounds.end + 1 : bounds.end;
    if (*bounds.end == ',' && !*at)
      reader.faults |= MAIL_ADDRESS_EMPTY;
  }
  read_pending(&reader, &pending);
  return reader.faults;
}
