/* Each vector is fed whole, byte by byte, and cut at every two positions; then every short text over the bytes that
 * matter is compared with a second, slow reading of RFC 5321 4.5.2. */
#include "syntax/smtp_data.h"

#include <string.h>

/* What came out of some bytes. */
typedef struct Fed {
  SmtpData data;
  GByteArray *stored;
  gsize n_read;
} Fed;

static void fed_init(Fed *fed, SmtpDataForm form) {
  smtp_data_init(&fed->data, form);
  fed->stored = g_byte_array_new();
  fed->n_read = 0;
}

static void fed_clear(Fed *fed) {
  smtp_data_clear(&fed->data);
  g_byte_array_unref(fed->stored);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fed, fed_clear)

/* Both buffers are exactly as large as promised, so that ASan sees a step over. */
static void fed_feed(Fed *fed, const char *bytes, gsize len) {
  if (len == 0 || fed->data.complete)
    return;
  g_autofree guint8 *in = g_malloc(len);
  g_autofree guint8 *out = g_malloc(len + 2);
  gsize out_len = 0;
  memcpy(in, bytes, len);
  gsize n_read = smtp_data_feed(&fed->data, in, len, out, &out_len);
  g_assert_true(n_read == len || fed->data.complete);
  g_assert_cmpuint(out_len, <=, len + 2);
  g_byte_array_append(fed->stored, out, (guint)out_len);
  fed->n_read += n_read;
}

static void fed_finish(Fed *fed) {
  guint8 last;

  if (fed->data.form == SMTP_DATA_COUNTED)
    g_byte_array_append(fed->stored, &last, (guint)smtp_data_finish(&fed->data, &last));
}

#define TEXT(literal) (literal), sizeof(literal) - 1

typedef struct Vector {
  const char *name;
  SmtpDataForm form;
  const char *in;
  gsize in_len;
  const char *stored;
  gsize stored_len;
  gsize rest; /* bytes left for the next command */
  gboolean incomplete;
  guint64 size_bytes, n_lines, longest_line_bytes, n_bare_lf, n_bare_cr, n_nul;
  gboolean has_8bit;
  const char *bare_lf;
} Vector;

static const Vector vectors[] = {
    /* name, form, in, stored, rest, incomplete, size, lines, longest, bare LF, bare CR, NUL, 8bit, list */
    {"empty_mail", SMTP_DATA_DOTTED, TEXT(".\r\n"), TEXT(""), .size_bytes = 0},
    {"one_line", SMTP_DATA_DOTTED, TEXT("ab\r\n.\r\n"), TEXT("ab\n"), 0, 0, 4, 1, 2},
    {"blank_lines", SMTP_DATA_DOTTED, TEXT("\r\n\r\n.\r\n"), TEXT("\n\n"), 0, 0, 4, 2, 0},
    {"rest_is_left", SMTP_DATA_DOTTED, TEXT("a\r\n.\r\nQUIT\r\n"), TEXT("a\n"), 6, 0, 3, 1, 1},
    {"rest_may_be_a_dot_line", SMTP_DATA_DOTTED, TEXT(".\r\n.\r\n"), TEXT(""), 3},
    {"dot_is_unstuffed", SMTP_DATA_DOTTED, TEXT("..\r\n...a\r\n.\r\n"), TEXT(".\n..a\n"), 0, 0, 8, 2, 3},
    {"stray_dot_is_dropped", SMTP_DATA_DOTTED, TEXT(".a\r\n.\r\n"), TEXT("a\n"), 0, 0, 3, 1, 1},
    {"dot_inside_a_line_stays", SMTP_DATA_DOTTED, TEXT("a.\r\n.\r\n"), TEXT("a.\n"), 0, 0, 4, 1, 2},
    {"longest_line_is_kept", SMTP_DATA_DOTTED, TEXT("abc\r\na\r\n.\r\n"), TEXT("abc\na\n"), 0, 0, 8, 2, 3},
    {"line_length_is_after_unstuffing", SMTP_DATA_DOTTED, TEXT("..bc\r\n.\r\n"), TEXT(".bc\n"), 0, 0, 5, 1, 3},
    {"8bit_is_seen", SMTP_DATA_DOTTED, TEXT("\xc3\xa9\r\n.\r\n"), TEXT("\xc3\xa9\n"), 0, 0, 4, 1, 2, .has_8bit = TRUE},
    {"nul_is_data", SMTP_DATA_DOTTED, TEXT("\0\r\n\0.\r\n.\r\n"), TEXT("\0\n\0.\n"), 0, 0, 7, 2, 2, .n_nul = 2},
    {"only_octets_of_this_mail_count", SMTP_DATA_DOTTED, TEXT("a\r\n.\r\n\0\xff\n"), TEXT("a\n"), 3, 0, 3, 1, 1},
    {"cr_is_held_back", SMTP_DATA_DOTTED, TEXT("a\r"), TEXT("a"), 0, TRUE, 1, 0, 1},
    {"dot_is_held_back", SMTP_DATA_DOTTED, TEXT("a\r\n."), TEXT("a\n"), 0, TRUE, 3, 1, 1},
    {"dot_cr_is_held_back", SMTP_DATA_DOTTED, TEXT("a\r\n.\r"), TEXT("a\n"), 0, TRUE, 3, 1, 1},

    /* What looks like the end of the data and is not. */
    {"lf_dot_crlf", SMTP_DATA_DOTTED, TEXT("a\n.\r\nb\r\n.\r\n"), TEXT("a\n.\nb\n"), 0, 0, 8, 3, 3, 1, .bare_lf = "1"},
    {"cr_dot_crlf", SMTP_DATA_DOTTED, TEXT("a\r.\r\nb\r\n.\r\n"), TEXT("a\r.\nb\n"), 0, 0, 8, 2, 3, .n_bare_cr = 1},
    {"crlf_dot_lf", SMTP_DATA_DOTTED, TEXT("a\r\n.\nb\r\n.\r\n"), TEXT("a\n\nb\n"), 0, 0, 7, 3, 2, 1, .bare_lf = "2"},
    {"crlf_dot_cr", SMTP_DATA_DOTTED, TEXT("a\r\n.\rb\r\n.\r\n"), TEXT("a\n\rb\n"), 0, 0, 7, 2, 2, .n_bare_cr = 1},
    {"lf_dot_lf", SMTP_DATA_DOTTED, TEXT("a\n.\nb\r\n.\r\n"), TEXT("a\n.\nb\n"), 0, 0, 7, 3, 5, 2, .bare_lf = "1-2"},
    {"cr_dot_cr", SMTP_DATA_DOTTED, TEXT("a\r.\rb\r\n.\r\n"), TEXT("a\r.\rb\n"), 0, 0, 7, 1, 5, .n_bare_cr = 2},
    {"lf_dot_cr", SMTP_DATA_DOTTED, TEXT("\n.\rb\r\n.\r\n"), TEXT("\n.\rb\n"), 0, 0, 6, 2, 4, 1, 1, .bare_lf = "1"},
    {"cr_dot_lf", SMTP_DATA_DOTTED, TEXT("\r.\nb\r\n.\r\n"), TEXT("\r.\nb\n"), 0, 0, 6, 2, 4, 1, 1, .bare_lf = "1"},
    {"crlf_dot_cr_crlf", SMTP_DATA_DOTTED, TEXT("a\r\n.\r\r\n.\r\n"), TEXT("a\n\r\n"), 0, 0, 6, 2, 1, .n_bare_cr = 1},
    {"crlf_nul_dot_crlf", SMTP_DATA_DOTTED, TEXT("\r\n\0.\r\n.\r\n"), TEXT("\n\0.\n"), 0, 0, 6, 2, 2, .n_nul = 1},
    {"crlf_dot_nul_crlf", SMTP_DATA_DOTTED, TEXT("\r\n.\0\r\n.\r\n"), TEXT("\n\0\n"), 0, 0, 5, 2, 1, .n_nul = 1},
    {"cr_nul_lf_dot_crlf", SMTP_DATA_DOTTED, TEXT("\r\0\n.\r\n.\r\n"), TEXT("\r\0\n.\n"), 0, 0, 6, 2, 4, 1, 1, 1,
     .bare_lf = "1"},
    {"cr_crlf_is_a_line_end", SMTP_DATA_DOTTED, TEXT("a\r\r\n.\r\n"), TEXT("a\r\n"), 0, 0, 4, 1, 2, .n_bare_cr = 1},
    {"lf_at_the_start_is_no_line_end", SMTP_DATA_DOTTED, TEXT("\n.\r\n.\r\n"), TEXT("\n.\n"), 0, 0, 4, 2, 2, 1,
     .bare_lf = "1"},

    {"bare_lfs_are_listed_in_runs", SMTP_DATA_DOTTED, TEXT("a\r\nb\r\nc\nd\r\n\r\n\r\n\n\n\n\r\n.\r\n"),
     TEXT("a\nb\nc\nd\n\n\n\n\n\n\n"), 0, 0, 20, 10, 3, 4, .bare_lf = "3 7-9"},

    {"counted_dots_are_data", SMTP_DATA_COUNTED, TEXT(".\r\n..\r\n.\r\n"), TEXT(".\n..\n.\n"), 0, TRUE, 10, 3, 2},
    {"counted_last_line_counts", SMTP_DATA_COUNTED, TEXT("a\r\nbcd"), TEXT("a\nbcd"), 0, TRUE, 6, 1, 3},
    {"counted_last_cr_is_bare", SMTP_DATA_COUNTED, TEXT("a\r\nb\r"), TEXT("a\nb\r"), 0, TRUE, 5, 1, 2, .n_bare_cr = 1},
    {"counted_bare_lf", SMTP_DATA_COUNTED, TEXT("a\r\nb\n"), TEXT("a\nb\n"), 0, TRUE, 5, 2, 2, 1, .bare_lf = "2"},
    {"counted_nothing", SMTP_DATA_COUNTED, TEXT(""), TEXT(""), .incomplete = TRUE},
};

static void check_fed(const Vector *vector, Fed *fed) {
  const SmtpData *data = &fed->data;

  fed_finish(fed);
  g_assert_cmpmem(fed->stored->data, fed->stored->len, vector->stored, vector->stored_len);
  g_assert_cmpuint(fed->n_read, ==, vector->in_len - vector->rest);
  g_assert_cmpint(data->complete, ==, !vector->incomplete);
  g_assert_cmpuint(data->size_bytes, ==, vector->size_bytes);
  g_assert_cmpuint(data->n_lines, ==, vector->n_lines);
  g_assert_cmpuint(data->longest_line_bytes, ==, vector->longest_line_bytes);
  g_assert_cmpuint(data->n_bare_lf, ==, vector->n_bare_lf);
  g_assert_cmpuint(data->n_bare_cr, ==, vector->n_bare_cr);
  g_assert_cmpuint(data->n_nul, ==, vector->n_nul);
  g_assert_cmpint(data->has_8bit, ==, vector->has_8bit);
  g_autofree char *bare_lf = smtp_data_bare_lf(data);
  g_assert_cmpstr(bare_lf, ==, vector->bare_lf);
}

static void test_vector(gconstpointer test_data) {
  const Vector *vector = test_data;

  for (gsize first = 0; first <= vector->in_len; first++) {
    for (gsize second = first; second <= vector->in_len; second++) {
      g_auto(Fed) fed;
      fed_init(&fed, vector->form);
      fed_feed(&fed, vector->in, first);
      fed_feed(&fed, vector->in + first, second - first);
      fed_feed(&fed, vector->in + second, vector->in_len - second);
      check_fed(vector, &fed);
    }
  }
  g_auto(Fed) fed;
  fed_init(&fed, vector->form);
  for (gsize i = 0; i < vector->in_len; i++)
    fed_feed(&fed, vector->in + i, 1);
  check_fed(vector, &fed);
}

/* What RFC 5321 says of `in`, read slowly. Returns the bytes up to the end of the data. */
static gsize read_slowly(SmtpDataForm form, const char *in, gsize in_len, GByteArray *stored, GString *bare_lfs) {
  gboolean dotted = form == SMTP_DATA_DOTTED;
  guint n_lines = 0;

  for (gsize i = 0; i < in_len; i++) {
    gboolean starts_line = i == 0 || (i >= 2 && memcmp(in + i - 2, "\r\n", 2) == 0);
    if (dotted && starts_line && in_len - i >= 3 && memcmp(in + i, ".\r\n", 3) == 0)
      return i + 3;
    if (dotted && starts_line && in[i] == '.')
      continue;
    if (in[i] == '\r' && i + 1 < in_len && in[i + 1] == '\n')
      continue;
    if (in[i] == '\r' && i + 1 == in_len && dotted)
      continue; /* held back */
    if (in[i] == '\n') {
      n_lines++;
      if (i == 0 || in[i - 1] != '\r')
        g_string_append_printf(bare_lfs, "%u ", n_lines);
    }
    g_byte_array_append(stored, (const guint8 *)in + i, 1);
  }
  return in_len;
}

/* "1-3 5" -> "1 2 3 5 " */
static GString *list_expand(const char *list) {
  GString *numbers = g_string_new(NULL);
  g_auto(GStrv) runs = g_strsplit(list ? list : "", " ", -1);

  for (char **run = runs; *run; run++) {
    char *behind = NULL;
    guint64 first = g_ascii_strtoull(*run, &behind, 10);
    guint64 last = *behind == '-' ? g_ascii_strtoull(behind + 1, NULL, 10) : first;
    for (guint64 number = first; number <= last; number++)
      g_string_append_printf(numbers, "%" G_GUINT64_FORMAT " ", number);
  }
  return numbers;
}

static void check_against_slow_reading(SmtpDataForm form, const char *in, gsize in_len, gsize piece_len) {
  g_autoptr(GByteArray) stored = g_byte_array_new();
  g_autoptr(GString) bare_lfs = g_string_new(NULL);
  gsize n_read = read_slowly(form, in, in_len, stored, bare_lfs);

  g_auto(Fed) fed;

  fed_init(&fed, form);
  for (gsize at = 0; at < in_len; at += piece_len)
    fed_feed(&fed, in + at, MIN(piece_len, in_len - at));
  fed_finish(&fed);

  g_assert_cmpuint(fed.n_read, ==, n_read);
  g_assert_cmpmem(fed.stored->data, fed.stored->len, stored->data, stored->len);
  g_autofree char *list = smtp_data_bare_lf(&fed.data);
  g_autoptr(GString) numbers = list_expand(list);
  g_assert_cmpstr(numbers->str, ==, bare_lfs->str);
}

static void test_every_short_text(gconstpointer test_data) {
  SmtpDataForm form = GPOINTER_TO_INT(test_data);
  enum { LEN_MAX = 7 };

  for (gsize len = 1; len <= LEN_MAX; len++) {
    for (guint number = 0; number < 1u << (2 * len); number++) {
      char in[LEN_MAX];
      for (gsize i = 0; i < len; i++)
        in[i] = ".\r\na"[(number >> (2 * i)) & 3];
      check_against_slow_reading(form, in, len, len);
      check_against_slow_reading(form, in, len, 1);
    }
  }
}

static void test_no_smuggled_mail(void) {
  static const char *const marks[] = {"\r\n", "\n", "\r", "\r\r\n", "\n\r", "\n\n", "\r\r", "\n\r\n", "\r\n\n", " \n"};

  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
    for (gsize j = 0; j < G_N_ELEMENTS(marks); j++) {
      g_autofree char *in = g_strconcat("a", marks[i], ".", marks[j], "MAIL FROM:<b@c>\r\n.\r\n", NULL);
      gboolean ends = g_str_has_suffix(marks[i], "\r\n") && g_str_has_prefix(marks[j], "\r\n");
      for (gsize piece_len = 1; piece_len <= strlen(in); piece_len++) {
        g_auto(Fed) fed;
        fed_init(&fed, SMTP_DATA_DOTTED);
        for (gsize at = 0; at < strlen(in); at += piece_len)
          fed_feed(&fed, in + at, MIN(piece_len, strlen(in) - at));
        g_assert_true(fed.data.complete);
        g_assert_cmpint(fed.n_read < strlen(in), ==, ends);
      }
    }
  }
}

/* Every second LF is bare, from the fifth on: the list then reaches its maximum to the byte. */
static void test_bare_lf_list_has_a_maximum(void) {
  g_autoptr(GString) expected = g_string_new(NULL);
  gboolean maximum_reached = FALSE;
  g_auto(Fed) fed;

  fed_init(&fed, SMTP_DATA_COUNTED);
  fed_feed(&fed, TEXT("\r\n\r\n\r\n\r\n"));
  for (guint ordinal = 5; expected->len <= SMTP_DATA_BARE_LF_MAX + 100; ordinal += 2) {
    fed_feed(&fed, TEXT("\n\r\n"));
    g_string_append_printf(expected, "%s%u", expected->len > 0 ? " " : "", ordinal);
    if (expected->len < SMTP_DATA_BARE_LF_MAX - 100)
      continue;
    g_autofree char *list = smtp_data_bare_lf(&fed.data);
    g_assert_cmpstr(list, ==, expected->len <= SMTP_DATA_BARE_LF_MAX ? expected->str : "*");
    maximum_reached = maximum_reached || expected->len == SMTP_DATA_BARE_LF_MAX;
  }
  g_assert_true(maximum_reached);
  g_assert_cmpuint(fed.data.n_bare_lf, >, 6000);
}

static void test_long_run_of_bare_lfs_is_one_range(void) {
  g_autofree char *in = g_strnfill(100000, '\n');
  g_auto(Fed) fed;

  fed_init(&fed, SMTP_DATA_DOTTED);
  fed_feed(&fed, in, strlen(in));
  g_autofree char *list = smtp_data_bare_lf(&fed.data);
  g_assert_cmpstr(list, ==, "1-100000");
}

static void test_8bit_is_seen_at_every_place(void) {
  for (gsize place = 0; place < 40; place++) {
    char in[40];
    memset(in, 'a', sizeof in);
    in[place] = '\x80';
    g_auto(Fed) fed;
    fed_init(&fed, SMTP_DATA_DOTTED);
    fed_feed(&fed, in, sizeof in);
    g_assert_true(fed.data.has_8bit);
  }
}

static void test_line_of_any_length(void) {
  static const gsize lengths[] = {0, 1, 997, 998, 999, 1000, 1024 * 1024};

  for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
    g_autofree char *line = g_strnfill(lengths[i], 'x');
    g_auto(Fed) fed;
    fed_init(&fed, SMTP_DATA_DOTTED);
    fed_feed(&fed, line, lengths[i]);
    fed_feed(&fed, TEXT("\r\n.\r\n"));
    g_assert_true(fed.data.complete);
    g_assert_cmpuint(fed.data.longest_line_bytes, ==, lengths[i]);
    g_assert_cmpuint(fed.data.size_bytes, ==, lengths[i] + 2);
    g_assert_cmpuint(fed.stored->len, ==, lengths[i] + 1);
  }
}

/* --- why no end was seen */

typedef struct NoEnd {
  const char *in;
  const char *why; /* without what is needed instead; NULL: nothing is said */
} NoEnd;

static const NoEnd no_ends[] = {
    {"a\n.\n", "it ended with LF . LF"},
    {"a\r\n.\n", "it ended with CR LF . LF"},
    {"a\n.\r\n", "it ended with LF . CR LF"},
    {"a\r.\r", "it ended with CR . CR"},
    {"a\r.\r\n", "it ended with CR . CR LF"},
    {"a\r\n.\r", "it ended with CR LF . CR"},
    {"a\r\n.", "it ended with CR LF . and no line end"},
    {"a\n.", "it ended with LF . and no line end"},
    {".\n", "it ended with CR LF . LF"}, /* the CR LF of the command */
    {"a\n.\nQUIT\n", "it ended with LF . LF"},
    {"a\n.\nQUIT\r\n", "it ended with LF . LF"},
    {"a\n.\nb\n.\r\n", "it ended with LF . CR LF"},
    {"a\nb\r\n", "lines ended with LF alone: 1"},
    {"a\nb\n..\n", "lines ended with LF alone: 3"},
    {"a\rb\r\n", "lines ended with CR alone: 1"},
    {"a\r\nb", NULL},
    {"a\r\nb.\r\n", NULL},
    {"a\r\n..\r\n", NULL},
    {"", NULL},
};

static void check_no_end(const SmtpData *data, const NoEnd *expected) {
  g_autofree char *why = smtp_data_explain_no_end(data);
  g_autofree char *wanted =
      expected->why ? g_strconcat(expected->why, "; only CR LF . CR LF ends a message", NULL) : NULL;

  g_assert_cmpstr(why, ==, wanted);
  g_assert_false(data->complete);
}

static void line_ends_that_end_nothing_are_named(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(no_ends); i++) {
    const char *in = no_ends[i].in;
    gsize len = strlen(in);
    for (gsize split = 0; split <= len; split++) {
      g_auto(Fed) fed = {0};
      fed_init(&fed, SMTP_DATA_DOTTED);
      fed_feed(&fed, in, split);
      fed_feed(&fed, in + split, len - split);
      check_no_end(&fed.data, &no_ends[i]);
    }
    g_auto(Fed) single = {0};
    fed_init(&single, SMTP_DATA_DOTTED);
    for (gsize at = 0; at < len; at++)
      fed_feed(&single, in + at, 1);
    check_no_end(&single.data, &no_ends[i]);
  }
}

/* Only what came last explains why a client waits. */
static void a_dot_line_long_ago_is_not_named(void) {
  g_autofree char *text = g_strnfill(2 * SMTP_DATA_TAIL, 'x');
  g_autofree char *in = g_strconcat("a\n.\n", text, "\r\n", NULL);
  g_auto(Fed) fed = {0};

  fed_init(&fed, SMTP_DATA_DOTTED);
  fed_feed(&fed, in, strlen(in));
  check_no_end(&fed.data, &(NoEnd){.why = "lines ended with LF alone: 2"});
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *path = g_strconcat("/smtp_data/", vectors[i].name, NULL);
    g_test_add_data_func(path, &vectors[i], test_vector);
  }
  g_test_add_data_func("/smtp_data/every_short_text/dotted", GINT_TO_POINTER(SMTP_DATA_DOTTED), test_every_short_text);
  g_test_add_data_func("/smtp_data/every_short_text/counted", GINT_TO_POINTER(SMTP_DATA_COUNTED),
                       test_every_short_text);
  g_test_add_func("/smtp_data/no_smuggled_mail", test_no_smuggled_mail);
  g_test_add_func("/smtp_data/bare_lf_list_has_a_maximum", test_bare_lf_list_has_a_maximum);
  g_test_add_func("/smtp_data/long_run_of_bare_lfs_is_one_range", test_long_run_of_bare_lfs_is_one_range);
  g_test_add_func("/smtp_data/8bit_is_seen_at_every_place", test_8bit_is_seen_at_every_place);
  g_test_add_func("/smtp_data/line_of_any_length", test_line_of_any_length);
  g_test_add_func("/smtp_data/line_ends_that_end_nothing_are_named", line_ends_that_end_nothing_are_named);
  g_test_add_func("/smtp_data/a_dot_line_long_ago_is_not_named", a_dot_line_long_ago_is_not_named);
  return g_test_run();
}
