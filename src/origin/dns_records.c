#include "origin/dns_records.h"
#include <arpa/inet.h>
#include <string.h>

enum { CNAMES_MAX = 8 };

struct DnsRecords {
  gatomicrefcount refs;
  guint n_records;
  GHashTable *by_name[DNS_N_TYPES]; /* char * -> GPtrArray of char * */
};

G_DEFINE_QUARK(dns - records - error - quark, dns_records_error)

/* --- names */

static gboolean is_name_byte(char c) {
  return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
}

char *dns_name_normalize(const char *name) {
  gsize len = strlen(name);

  if (len == 0 || len > DNS_NAME_BYTES_MAX + 1 || !g_utf8_validate(name, -1, NULL))
    return NULL;
  g_autofree char *ascii = g_str_is_ascii(name) ? g_ascii_strdown(name, -1) : g_hostname_to_ascii(name);
  if (!ascii)
    return NULL;
  len = strlen(ascii);
  if (len == 0 || *ascii == '.' || strstr(ascii, ".."))
    return NULL;
  if (ascii[len - 1] == '.')
    ascii[--len] = '\0';
  if (len > DNS_NAME_BYTES_MAX)
    return NULL;
  for (const char *at = ascii; *at != '\0'; at++)
    if (!is_name_byte(*at))
      return NULL;
  return g_steal_pointer(&ascii);
}

gboolean dns_name_is_below(const char *domain, const char *above) {
  gsize len = strlen(domain);
  gsize above_len = strlen(above);

  return len > above_len && domain[len - above_len - 1] == '.' && strcmp(domain + len - above_len, above) == 0;
}

/* --- life and look-up */

DnsRecords *dns_records_new(void) {
  DnsRecords *records = g_new0(DnsRecords, 1);

  g_atomic_ref_count_init(&records->refs);
  for (gsize i = 0; i < DNS_N_TYPES; i++)
    records->by_name[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  return records;
}

DnsRecords *dns_records_ref(DnsRecords *records) {
  if (records)
    g_atomic_ref_count_inc(&records->refs);
  return records;
}

void dns_records_unref(DnsRecords *records) {
  if (!records || !g_atomic_ref_count_dec(&records->refs))
    return;
  for (gsize i = 0; i < DNS_N_TYPES; i++)
    g_hash_table_unref(records->by_name[i]);
  g_free(records);
}

gboolean dns_records_add(DnsRecords *records, DnsType type, const char *name, const char *data) {
  GPtrArray *list = g_hash_table_lookup(records->by_name[type], name);

  if (++records->n_records > DNS_RECORDS_MAX)
    return FALSE;
  if (!list) {
    list = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(records->by_name[type], g_strdup(name), list);
  }
  g_ptr_array_add(list, g_strdup(data));
  return TRUE;
}

const GPtrArray *dns_records_find(const DnsRecords *records, DnsType type, const char *name) {
  g_autofree char *at = dns_name_normalize(name);

  if (!records || !at)
    return NULL;
  const char *place = at;
  for (guint i = 0; i <= CNAMES_MAX; i++) {
    const GPtrArray *list = g_hash_table_lookup(records->by_name[type], place);
    const GPtrArray *other = list ? NULL : g_hash_table_lookup(records->by_name[DNS_CNAME], place);
    if (!other)
      return list;
    place = g_ptr_array_index(other, 0);
  }
  return NULL;
}

const char *dns_records_find_text(const DnsRecords *records, const char *name, const char *version, guint *out_n) {
  const GPtrArray *texts = dns_records_find(records, DNS_TXT, name);
  gsize len = strlen(version);
  const char *found = NULL;

  *out_n = 0;
  for (guint i = 0; texts && i < texts->len; i++) {
    const char *text = g_ptr_array_index(texts, i);
    if (g_ascii_strncasecmp(text, version, len) != 0 || g_ascii_isalnum(text[len]))
      continue;
    found = found ? found : text;
    ++*out_n;
  }
  return found;
}

/* --- zone files: words */

typedef struct Zone {
  const char *at;
  const char *end;
  guint n_lines;     /* read */
  guint n_line;      /* where the record under way begins, from 1 */
  gboolean is_open;  /* within parentheses, where lines go on */
  GPtrArray *words;  /* char *, of the record under way */
  gboolean is_again; /* it begins with a blank: the name is that of the one before */
  char *name;        /* NULL: none yet */
  char *origin;      /* NULL: names are whole */
  const char *problem;
} Zone;

static gboolean is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

static void skip_line(Zone *zone) {
  while (zone->at < zone->end && *zone->at != '\n')
    zone->at++;
}

/* Behind a backslash: a byte as it is, or by three digits. */
static void read_escape(Zone *zone, GString *word) {
  const char *at = zone->at;

  if (zone->end - at >= 3 && g_ascii_isdigit(at[0]) && g_ascii_isdigit(at[1]) && g_ascii_isdigit(at[2])) {
    g_string_append_c(
        word, (char)(g_ascii_digit_value(at[0]) * 100 + g_ascii_digit_value(at[1]) * 10 + g_ascii_digit_value(at[2])));
    zone->at += 3;
  } else if (at < zone->end && *at != '\n') {
    g_string_append_c(word, *at);
    zone->at++;
  }
}

static gboolean ends_word(char c, gboolean is_quoted) {
  return is_quoted ? c == '"' : is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"';
}

static void read_word(Zone *zone, gboolean is_quoted) {
  g_autoptr(GString) word = g_string_new(NULL);

  while (zone->at < zone->end && !ends_word(*zone->at, is_quoted) && *zone->at != '\n') {
    char c = *zone->at++;
    if (c == '\\')
      read_escape(zone, word);
    else
      g_string_append_c(word, c);
  }
  if (is_quoted && (zone->at == zone->end || *zone->at++ != '"'))
    zone->problem = "a quote is not closed";
  if (memchr(word->str, '\0', word->len))
    zone->problem = "it contains a NUL";
  if (word->len > DNS_RECORD_BYTES_MAX)
    zone->problem = "the record is too long: the limit is 4096 bytes";
  if (zone->words->len >= DNS_STRINGS_MAX)
    zone->problem = "the record has too many words: the limit is 256";
  else
    g_ptr_array_add(zone->words, g_strdup(word->str));
}

/* Is the next word a text without quotes? */
static gboolean is_bare_text(const Zone *zone) {
  guint n = zone->words->len;

  return n > 0 && g_ascii_strcasecmp(g_ptr_array_index(zone->words, n - 1), "TXT") == 0 && (n > 1 || zone->is_again) &&
         !zone->is_open && *zone->at != '"' && *zone->at != '(';
}

static void read_bare_text(Zone *zone) {
  const char *start = zone->at;

  skip_line(zone); /* to the end of the line: semicolons belong to it */
  g_autofree char *text = g_strndup(start, (gsize)(zone->at - start));
  if (strlen(text) != (gsize)(zone->at - start))
    zone->problem = "it contains a NUL";
  g_ptr_array_add(zone->words, g_strdup(g_strstrip(text)));
}

static void read_mark(Zone *zone, char c) {
  if (c == '(' ? zone->is_open : !zone->is_open)
    zone->problem = "parentheses do not match";
  zone->is_open = c == '(';
  zone->at++;
}

static void read_item(Zone *zone) {
  char c = *zone->at;

  if (is_blank(c)) {
    zone->at++;
  } else if (is_bare_text(zone)) {
    read_bare_text(zone);
  } else if (c == ';' || (c == '#' && zone->words->len == 0)) {
    skip_line(zone);
  } else if (c == '(' || c == ')') {
    read_mark(zone, c);
  } else {
    zone->at += c == '"';
    read_word(zone, c == '"');
  }
}

/* The words of the next record, none at the end. */
static void read_words(Zone *zone) {
  g_ptr_array_set_size(zone->words, 0);
  zone->n_line = zone->n_lines + 1;
  zone->is_again = zone->at < zone->end && is_blank(*zone->at);
  while (zone->at < zone->end && !zone->problem) {
    if (*zone->at != '\n') {
      read_item(zone);
      continue;
    }
    zone->at++;
    zone->n_lines++;
    if (zone->is_open)
      continue;
    if (zone->words->len > 0)
      return;
    zone->n_line = zone->n_lines + 1;
    zone->is_again = zone->at < zone->end && is_blank(*zone->at);
  }
  if (zone->is_open && !zone->problem)
    zone->problem = "a parenthesis is not closed";
}

/* --- zone files: records */

/* As a whole one; NULL: it is none. The caller frees. */
static char *resolve_name(const Zone *zone, const char *name) {
  if (strcmp(name, "@") == 0)
    return g_strdup(zone->origin);
  if (!zone->origin || g_str_has_suffix(name, "."))
    return dns_name_normalize(name);
  g_autofree char *whole = g_strconcat(name, ".", zone->origin, NULL);
  return dns_name_normalize(whole);
}

static const char *set_name(Zone *zone, const char *name) {
  char *whole = resolve_name(zone, name);

  if (!whole)
    return strcmp(name, "@") == 0 ? "the name @ stands for $ORIGIN, which is not set" : "the name is not a domain name";
  g_free(zone->name);
  zone->name = whole;
  return g_str_has_suffix(whole, "._domainkey")
             ? "the name lacks its domain: write it in full, or put $ORIGIN example.com. "
               "on a line above"
             : NULL;
}

static const char *set_origin(Zone *zone, const char *name) {
  char *origin = resolve_name(zone, name);

  g_free(zone->origin);
  zone->origin = origin;
  return origin ? NULL : "$ORIGIN does not name a domain";
}

/* A TTL, or a class. */
static gboolean is_beside(const char *word) {
  return g_ascii_isdigit(*word) || g_ascii_strcasecmp(word, "IN") == 0;
}

/* Data made of the words behind the type; NULL: they are none. The caller frees. */
typedef char *(*ReadData)(const Zone *zone, char **words, guint n);

static char *read_text(const Zone *zone, char **words, guint n) {
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < n; i++)
    g_string_append(text, words[i]);
  return text->len <= DNS_RECORD_BYTES_MAX ? g_utf8_make_valid(text->str, (gssize)text->len) : NULL;
}

static char *read_ip4(const Zone *zone, char **words, guint n) {
  struct in_addr ip;

  return n == 1 && inet_pton(AF_INET, words[0], &ip) == 1 ? g_strdup(words[0]) : NULL;
}

static char *read_ip6(const Zone *zone, char **words, guint n) {
  struct in6_addr ip;

  return n == 1 && inet_pton(AF_INET6, words[0], &ip) == 1 ? g_strdup(words[0]) : NULL;
}

static char *read_host(const Zone *zone, char **words, guint n) {
  return n == 1 ? resolve_name(zone, words[0]) : NULL;
}

/* Its preference is of no use here. "." is no host (RFC 7505). */
static char *read_mx(const Zone *zone, char **words, guint n) {
  if (n == 2 && strcmp(words[1], ".") == 0)
    return g_strdup("");
  return n == 2 ? resolve_name(zone, words[1]) : NULL;
}

static const struct {
  const char *name;
  ReadData read;
  const char *problem;
} types[DNS_N_TYPES] = {
    [DNS_TXT] = {"TXT", read_text, "the text is too long: the limit is 4096 bytes"},
    [DNS_A] = {"A", read_ip4, "an A record takes one IPv4 address"},
    [DNS_AAAA] = {"AAAA", read_ip6, "an AAAA record takes one IPv6 address"},
    [DNS_MX] = {"MX", read_mx, "an MX record takes a number and a host"},
    [DNS_CNAME] = {"CNAME", read_host, "a CNAME record takes one name"},
};

static const char *add_data(DnsRecords *records, const Zone *zone, DnsType type, char **words, guint n) {
  g_autofree char *data = types[type].read(zone, words, n);

  if (!data)
    return types[type].problem;
  return dns_records_add(records, type, zone->name, data) ? NULL : "too many records: the limit is 10000";
}

/* Returns what is wrong; NULL: nothing. */
static const char *add_record(DnsRecords *records, Zone *zone) {
  char **words = (char **)zone->words->pdata;
  guint n = zone->words->len;
  guint at = 0;

  if (g_ascii_strcasecmp(words[0], "$TTL") == 0)
    return NULL;
  if (g_ascii_strcasecmp(words[0], "$ORIGIN") == 0)
    return set_origin(zone, n == 2 ? words[1] : "");
  if (*words[0] == '$')
    return "of the directives that begin with $ only $ORIGIN and $TTL are supported";
  const char *wrong = zone->is_again ? NULL : set_name(zone, words[at++]);
  if (wrong)
    return wrong;
  while (at < n && is_beside(words[at]))
    at++;
  if (at == n || !zone->name)
    return "not a record: it takes a name, a type and data, as in example.com TXT \"v=spf1 -all\"";
  for (int type = 0; type < DNS_N_TYPES; type++)
    if (g_ascii_strcasecmp(words[at], types[type].name) == 0)
      return add_data(records, zone, (DnsType)type, words + at + 1, n - at - 1);
  return NULL; /* of a type that is of no use here */
}

gboolean dns_records_parse(DnsRecords *records, const char *text, gsize len, const char *source, GError **error) {
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  Zone zone = {.at = text, .end = text + len, .words = words};

  while (!zone.problem) {
    read_words(&zone);
    if (words->len == 0)
      break;
    if (!zone.problem)
      zone.problem = add_record(records, &zone);
  }
  if (zone.problem)
    g_set_error(error, DNS_RECORDS_ERROR, DNS_RECORDS_ERROR_LINE, "DNS records %s, line %u: %s", source, zone.n_line,
                zone.problem);
  g_free(zone.name);
  g_free(zone.origin);
  return zone.problem == NULL;
}
