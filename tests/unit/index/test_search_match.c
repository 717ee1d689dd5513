/* The index finds by words what the matcher finds by reading each message: messages and queries made at random.
 *
 * SEARCH_MATCH_ROUNDS says how many rounds (5), SEARCH_MATCH_SEED which seed the first has; each next one has the next.
 */
#include "inbox/error.h"
#include "inbox/match.h"
#include "index/index_text.h"
#include "index/index_write.h"
#include "message/searchable.h"

#include <glib/gstdio.h>
#include <string.h>

enum { ROUNDS = 5, FIRST_SEED = 1, MESSAGES = 120, QUERIES = 300, WORDY_EVERY = 4 };
enum { DAY_S = 24 * 60 * 60, FIRST_DAY_S = 1700000000 };

typedef struct Sample {
  MailSummary *summary; /* with what is searched */
  GString *texts[SEARCHABLE_N];
  InboxMail *mail; /* as the index shows it; NULL: removed */
  gboolean is_newest;
} Sample;

typedef struct Round {
  guint32 seed;
  GRand *rand;
  gboolean is_wordy; /* with more words than a search may ask for */
  char *root;
  Maildir *maildir;
  UidList *uids;
  IndexFile *file;
  IndexWriter *writer;
  GPtrArray *samples; /* Sample * */
} Round;

/* --- chance */

static guint below(Round *round, guint n) {
  return (guint)g_rand_int_range(round->rand, 0, (gint32)n);
}

static gboolean one_in(Round *round, guint n) {
  return below(round, n) == 0;
}

#define PICK(round, array) ((array)[below(round, G_N_ELEMENTS(array))])

/* Few, so that they meet: case, composition, spaces of all kinds, punctuation, what the index uses for itself. */
static const char *const pieces[] = {
    "a",
    "b",
    "ab",
    "Zebra",
    "zebra",
    "x1",
    "B",
    "Stra\xc3\x9f"
    "e",
    "STRASSE",
    "\xc3\xa4",
    "a\xcc\x88",
    "\xc4\xb0stanbul",
    "d\xc4\xb1s",
    "\xe6\x9d\xb1\xe4\xba\xac",
    "\xcf\x83",
    "\xce\xa3",
    "\xf0\x9f\x98\x80",
    "\xc2\xad",
    "\xe2\x80\x8b",
    "\xe2\x90\xa0",
    "\xe2\x90\xa3",
    "\xc2\xa0",
    "\xe2\x80\xa8",
    " ",
    " ",
    " ",
    "  ",
    "\t",
    "\r\n",
    ".",
    ",",
    ", ",
    ". ",
    " .",
    ":",
    "-",
    "_",
    "@",
    "/",
    "//",
    "<",
    ">",
    "(",
    ")",
    "=",
    "~",
    "~~",
    "*",
    "'",
    "?",
    "!",
    "\\",
    "^",
    "%",
    "nothing",
    "AND",
    "NEAR",
    "\"",
};

static const char *const header_names[] = {"X-Mailer", "x-mailer", "X-Mail", "Subject", "X", "X-a=b", "List-Id"};
static const char *const tag_names[] = {"Big one", "other", "a", "B", "x-1", "a.b@c"};

static void append_text(Round *round, GString *out, guint n_pieces) {
  for (guint i = 0; i < n_pieces; i++)
    g_string_append(out, PICK(round, pieces));
  if (one_in(round, 25)) { /* words that are stored in pieces */
    guint n = below(round, 330);
    for (guint i = 0; i < n; i++)
      g_string_append(out, one_in(round, 8) ? "\xc3\xa4" : one_in(round, 2) ? "a" : "b");
  }
}

static char *make_text(Round *round, guint pieces_max) {
  GString *out = g_string_new(NULL);

  append_text(round, out, below(round, pieces_max + 1));
  return g_string_free(out, FALSE);
}

/* --- messages */

static void add_addresses(Round *round, GPtrArray *addresses) {
  for (guint n = below(round, 3); n > 0; n--) {
    g_autofree char *name = make_text(round, 3);
    g_autofree char *address = make_text(round, 4);
    g_ptr_array_add(addresses, mail_address_new(name, address));
  }
}

static void add_strings(Round *round, GPtrArray *strings) {
  for (guint n = below(round, 3); n > 0; n--)
    g_ptr_array_add(strings, make_text(round, 4));
}

static void add_headers(Round *round, GPtrArray *headers) {
  for (guint n = below(round, 4); n > 0; n--) {
    MailHeader *header = g_new(MailHeader, 1);
    *header = (MailHeader){g_strdup(PICK(round, header_names)), make_text(round, 6)};
    g_ptr_array_add(headers, header);
  }
}

static void add_wordy_text(Round *round, GString *out) {
  for (guint i = 0; round->is_wordy && i < 40; i++)
    g_string_append_printf(out, " q%uq", g_rand_int(round->rand));
}

static MailSummary *make_summary(Round *round) {
  MailSummary *summary = mail_summary_new();

  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    add_addresses(round, summary->addresses[i]);
  add_strings(round, summary->recipients);
  add_strings(round, summary->attachment_names);
  add_headers(round, summary->headers);
  g_free(summary->subject);
  summary->subject = make_text(round, 6);
  g_free(summary->message_id);
  summary->message_id = g_strdup_printf("%u@a.b", below(round, MESSAGES));
  summary->has_message_id = one_in(round, 2);
  if (one_in(round, 3))
    g_ptr_array_add(summary->references, g_strdup_printf("%u@a.b", below(round, MESSAGES)));
  summary->return_path = one_in(round, 3) ? NULL : make_text(round, 3);
  g_autoptr(GString) text = g_string_new(NULL);
  append_text(round, text, below(round, 25));
  add_wordy_text(round, text);
  g_free(summary->text);
  summary->text = g_strdup(text->str);
  summary->username = g_strdup("");
  summary->snippet = g_strdup("");
  summary->size_bytes = 1 + below(round, 3000);
  summary->n_attachments = below(round, 2);
  summary->n_inline = below(round, 2);
  return summary;
}

static GPtrArray *make_tags(Round *round) {
  GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);

  for (gsize i = 0; i < G_N_ELEMENTS(tag_names); i++)
    if (one_in(round, 4))
      g_ptr_array_add(tags, g_strdup(tag_names[i]));
  return tags;
}

static void sample_free(Sample *sample) {
  for (guint i = 0; i < SEARCHABLE_N; i++)
    g_string_free(sample->texts[i], TRUE);
  mail_summary_free(sample->summary);
  g_clear_pointer(&sample->mail, inbox_mail_unref);
  g_free(sample);
}

static const Sample *sample_of(const Round *round, guint64 seq) {
  return g_ptr_array_index(round->samples, seq - 1);
}

static void add_sample(Round *round, guint64 seq) {
  g_autoptr(GError) error = NULL;
  Sample *sample = g_new0(Sample, 1);
  g_autofree char *name = g_strdup_printf("%" G_GUINT64_FORMAT ".m.a", seq);

  for (guint i = 0; i < SEARCHABLE_N; i++)
    sample->texts[i] = g_string_new("what was there before");
  sample->summary = make_summary(round);
  searchable_read(sample->summary, sample->texts);
  InboxMail *mail = inbox_mail_new(name, sample->summary, make_tags(round));
  mail->cursor = seq;
  mail->received_us = (FIRST_DAY_S + (gint64)below(round, 3) * DAY_S + (gint64)below(round, 3)) * G_USEC_PER_SEC;
  mail->is_read = one_in(round, 2);
  mail->is_flagged = one_in(round, 3);
  index_write_add(round->writer, mail, &(MailFile){MAIL_DIRECTORY_NEW, name}, mail->cursor, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(mail->cursor, ==, seq);
  mail->summary = mail_summary_new(); /* the sample's has to live longer */
  inbox_mail_unref(mail);
  g_ptr_array_add(round->samples, sample);
}

static void remove_sample(Round *round, gint64 seq) {
  g_autoptr(GError) error = NULL;
  g_auto(IndexEntry) entry = {0};

  g_assert_cmpint(index_write_get(round->writer, seq, &entry, &error), ==, FOUND);
  g_assert_true(index_write_remove(round->writer, &entry, &error));
  g_assert_no_error(error);
}

static void tend(Round *round) {
  g_autoptr(GError) error = NULL;

  for (gboolean done = FALSE; !done;)
    g_assert_true(index_write_tend(round->writer, &done, &error));
}

/* What the index shows of the messages, and which are the newest of their conversations. */
static void view_samples(Round *round) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) threads = g_hash_table_new(g_int64_hash, g_int64_equal);

  for (guint64 seq = round->samples->len; seq >= 1; seq--) {
    Sample *sample = (Sample *)sample_of(round, seq);
    (void)index_write_view(round->writer, (gint64)seq, &sample->mail, &error); /* some are removed */
    g_assert_no_error(error);
    sample->is_newest = sample->mail && g_hash_table_add(threads, &sample->mail->thread);
  }
}

/* --- queries */

static void append_cased(Round *round, GString *out, const char *text, gsize len) {
  guint change = below(round, 3);
  g_autofree char *changed = change == 0   ? g_utf8_strup(text, (gssize)len)
                             : change == 1 ? g_utf8_strdown(text, (gssize)len)
                                           : g_strndup(text, len);

  g_string_append(out, changed);
}

/* A part of the text, from and to any character. */
static void append_part(Round *round, GString *out, const char *text, guint chars_max) {
  glong n_chars = g_utf8_strlen(text, -1);

  if (n_chars == 0)
    return;
  guint from = below(round, (guint)n_chars);
  guint n = 1 + below(round, MIN((guint)n_chars - from, chars_max));
  const char *start = g_utf8_offset_to_pointer(text, from);
  append_cased(round, out, start, (gsize)(g_utf8_offset_to_pointer(start, n) - start));
}

static const Sample *pick_sample(Round *round) {
  return g_ptr_array_index(round->samples, below(round, round->samples->len));
}

/* Most often what some message has in such a field. */
static void append_text_value(Round *round, GString *out, SearchField field) {
  guint texts = searchable_texts_of(field);
  guint which = below(round, SEARCHABLE_N);

  while ((texts & (1U << which)) == 0)
    which = (which + 1) % SEARCHABLE_N;
  if (one_in(round, 5))
    append_text(round, out, 1 + below(round, 3));
  else
    append_part(round, out, pick_sample(round)->texts[which]->str, one_in(round, 10) ? 300 : 6);
}

static void append_header_value(Round *round, GString *out) {
  const GPtrArray *headers = pick_sample(round)->summary->headers;
  const MailHeader *header = headers->len > 0 ? g_ptr_array_index(headers, below(round, headers->len)) : NULL;

  append_cased(round, out, header ? header->name : "X-Mailer", header ? strlen(header->name) : 8);
  if (one_in(round, 3))
    return;
  static const char *const signs[] = {"=", "=", "= ", " =", " = "};
  g_string_append(out, PICK(round, signs));
  if (header)
    append_part(round, out, header->value, one_in(round, 10) ? 300 : 5);
}

static void append_tag_value(Round *round, GString *out) {
  const char *tag = PICK(round, tag_names);

  append_cased(round, out, tag, strlen(tag) - (one_in(round, 6) && strlen(tag) > 1 ? 1 : 0));
}

static void append_id_value(Round *round, GString *out) {
  g_string_append_printf(out, "%u.m.a", 1 + below(round, MESSAGES + 10));
}

static void append_date_value(Round *round, GString *out) {
  g_autoptr(GDateTime) date =
      g_date_time_new_from_unix_utc(FIRST_DAY_S + (gint64)below(round, 3) * DAY_S + below(round, 3));
  static const char *const forms[] = {"%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%H"};
  g_autofree char *text = g_date_time_format(date, PICK(round, forms));

  g_string_append(out, text);
}

static void append_size_value(Round *round, GString *out) {
  static const char *const forms[] = {"%u", "%u.5", "0.%uk", "%ub", "%ux"};
  const char *form = PICK(round, forms);
  guint n = one_in(round, 2) ? (guint)pick_sample(round)->summary->size_bytes : below(round, 3000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_append_printf(out, form, n);
#pragma GCC diagnostic pop
}

static void append_is_value(Round *round, GString *out) {
  static const char *const states[] = {"read",      "unread", "tagged", "untagged", "flagged",
                                       "unflagged", "newest", "NEWEST", "none"};

  g_string_append(out, PICK(round, states));
}

static void append_has_value(Round *round, GString *out) {
  static const char *const states[] = {"attachment", "attachments", "inline", "inlines", "none"};

  g_string_append(out, PICK(round, states));
}

static const struct {
  const char *name;
  SearchField field; /* of a text */
  void (*append)(Round *round, GString *out);
} fields[] = {
    {"", SEARCH_ANY, NULL},
    {"from:", SEARCH_FROM, NULL},
    {"to:", SEARCH_TO, NULL},
    {"cc:", SEARCH_CC, NULL},
    {"bcc:", SEARCH_BCC, NULL},
    {"reply-to:", SEARCH_REPLY_TO, NULL},
    {"addressed:", SEARCH_ADDRESSED, NULL},
    {"rcpt:", SEARCH_RCPT, NULL},
    {"subject:", SEARCH_SUBJECT, NULL},
    {"Message-ID:", SEARCH_MESSAGE_ID, NULL},
    {"body:", SEARCH_BODY, NULL},
    {"BODY:", SEARCH_BODY, NULL},
    {"header:", SEARCH_HEADER, append_header_value},
    {"tag:", SEARCH_TAG, append_tag_value},
    {"thread:", SEARCH_THREAD, append_id_value},
    {"before:", SEARCH_BEFORE, append_date_value},
    {"after:", SEARCH_AFTER, append_date_value},
    {"larger:", SEARCH_LARGER, append_size_value},
    {"smaller:", SEARCH_SMALLER, append_size_value},
    {"is:", SEARCH_READ, append_is_value},
    {"has:", SEARCH_INLINE, append_has_value},
    {"none:", SEARCH_ANY, NULL},
};

static void append_term(Round *round, GString *out) {
  static const char *const signs[] = {"", "", "", "-", "!", "- "};
  guint row = one_in(round, 3) ? 0 : below(round, G_N_ELEMENTS(fields));
  g_autoptr(GString) value = g_string_new(NULL);

  if (fields[row].append)
    fields[row].append(round, value);
  else
    append_text_value(round, value, fields[row].field);
  if (!one_in(round, 8)) /* a quote ends the value */
    g_string_replace(value, "\"", "", 0);
  g_string_append_printf(out, "%s%s", PICK(round, signs), fields[row].name);
  if (one_in(round, 4))
    g_string_append(out, value->str);
  else
    g_string_append_printf(out, "\"%s%s", value->str, one_in(round, 20) ? "" : "\"");
}

static char *make_query(Round *round) {
  GString *out = g_string_new(NULL);
  guint n_terms = one_in(round, 40) ? below(round, 12) : 1 + below(round, 2);

  for (guint i = 0; i < n_terms; i++) {
    append_term(round, out);
    g_string_append_c(out, ' ');
  }
  return g_string_free(out, FALSE);
}

/* --- comparing */

static guint64 thread_of(const char *id, gconstpointer user_data) {
  const Round *round = user_data;
  guint64 seq = g_ascii_strtoull(id, NULL, 10);
  g_autofree char *name = g_strdup_printf("%" G_GUINT64_FORMAT ".m.a", seq);
  gboolean is_there = strcmp(name, id) == 0 && seq >= 1 && seq <= round->samples->len;
  const InboxMail *mail = is_there ? sample_of(round, seq)->mail : NULL;

  return mail ? mail->thread : 0;
}

static void print_sample(const Sample *sample) {
  for (guint i = 0; i < SEARCHABLE_N; i++) {
    g_autofree char *text = g_strescape(sample->texts[i]->str, NULL);
    g_printerr("#   %s: \"%s\"\n", index_text_column(i), text);
  }
}

/* How many messages were found. */
static guint compare(const Round *round, const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(SearchQuery) query = search_query_parse(text, &(SearchQueryOptions){0}, &error);

  if (!query) {
    g_assert_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_LIMIT);
    return 0;
  }
  g_autoptr(GArray) seqs = index_write_select(round->writer, query, NULL, &error);
  g_assert_no_error(error);
  guint at = 0;
  for (guint64 seq = 1; seq <= round->samples->len; seq++) {
    const Sample *sample = sample_of(round, seq);
    gboolean is_found = at < seqs->len && g_array_index(seqs, gint64, at) == (gint64)seq;
    MatchSubject subject = {sample->mail, sample->texts, sample->is_newest};
    gboolean matches = sample->mail && match_query(query, &subject, thread_of, round);
    at += is_found;
    if (is_found == matches)
      continue;
    g_autofree char *escaped = g_strescape(text, NULL);
    print_sample(sample);
    g_error("SEARCH_MATCH_SEED=%u: %s: message %" G_GUINT64_FORMAT " %s, and the index %s it", round->seed, escaped,
            seq, matches ? "matches" : "does not match", is_found ? "finds" : "does not find");
  }
  return at;
}

/* --- the whole */

static void round_init(Round *round, guint32 seed) {
  g_autoptr(GError) error = NULL;

  *round = (Round){.seed = seed, .rand = g_rand_new_with_seed(seed), .is_wordy = seed % WORDY_EVERY == 0};
  round->root = g_dir_make_tmp("dsmtpd-match-XXXXXX", &error);
  g_assert_no_error(error);
  g_autofree char *place = g_build_filename(round->root, "mail", NULL);
  round->maildir = maildir_open(place, MAILDIR_MAKE_NOTHING, store_io_system(), &error);
  g_assert_no_error(error);
  round->file = index_file_new(round->maildir);
  round->uids = uidlist_new(round->maildir, store_io_system(), FALSE);
  round->writer = index_write_open(round->file, round->uids, &error);
  g_assert_no_error(error);
  round->samples = g_ptr_array_new_with_free_func((GDestroyNotify)sample_free);
}

static void round_clear(Round *round) {
  int status = 0;
  const char *const argv[] = {"rm", "-rf", round->root, NULL};

  index_write_close(round->writer);
  index_file_free(round->file);
  uidlist_free(round->uids);
  maildir_close(round->maildir);
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  g_ptr_array_unref(round->samples);
  g_rand_free(round->rand);
  g_free(round->root);
}

static void run_round(guint32 seed) {
  g_autoptr(GError) error = NULL;
  Round round;
  guint n_with_hits = 0;

  round_init(&round, seed);
  g_assert_true(index_write_begin(round.writer, &error));
  for (guint64 seq = 1; seq <= MESSAGES; seq++) {
    add_sample(&round, seq);
    if (seq == MESSAGES / 2)
      tend(&round);
  }
  for (guint i = 0; i < MESSAGES; i++)
    if (one_in(&round, 10))
      remove_sample(&round, i + 1);
  g_assert_true(index_write_commit(round.writer, &error) && index_write_begin(round.writer, &error));
  view_samples(&round);
  for (guint i = 0; i < QUERIES; i++) {
    g_autofree char *query = make_query(&round);
    guint n_found = compare(&round, query);
    n_with_hits += n_found > 0 && n_found < MESSAGES / 2;
  }
  g_assert_cmpuint(n_with_hits, >, QUERIES / 4); /* or it would show little */
  round_clear(&round);
}

static guint32 read_number(const char *variable, guint32 otherwise) {
  const char *text = g_getenv(variable);

  return text ? (guint32)g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static void index_and_matcher_find_the_same(void) {
  guint32 seed = read_number("SEARCH_MATCH_SEED", FIRST_SEED);
  guint32 n_rounds = read_number("SEARCH_MATCH_ROUNDS", ROUNDS);

  for (guint32 i = 0; i < n_rounds; i++)
    run_round(seed + i);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/search_match/index_and_matcher_find_the_same", index_and_matcher_find_the_same);
  return g_test_run();
}
