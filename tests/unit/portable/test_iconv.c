/* The converters of the portable program, next to those of this system's C library: what is text to these is the same
 * text to ours. Built with iconv.c, whose functions have other names here; g_iconv() is the C library's. */
#include <errno.h>
#include <glib.h>
#include <iconv.h>
#include <string.h>

enum { N_TEXTS = 4000, TEXT_MAX = 24, N_VALID_MIN = 100 };

static const char *const names[] = {
    "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",    "ISO-8859-4",   "ISO-8859-5",      "ISO-8859-6",   "ISO-8859-7",
    "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-10",   "ISO-8859-13",  "ISO-8859-14",     "ISO-8859-15",  "ISO-8859-16",
    "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252",  "WINDOWS-1253", "WINDOWS-1254",    "WINDOWS-1255", "WINDOWS-1256",
    "WINDOWS-1257", "WINDOWS-1258", "CP874",         "TIS-620",      "CP437",           "CP850",        "CP852",
    "CP866",        "MACINTOSH",    "MAC-CYRILLIC",  "KOI8-R",       "KOI8-U",          "CP932",        "SJIS",
    "EUC-JP",       "EUC-JP-MS",    "GB18030",       "EUC-CN",       "CP950",           "BIG5-HKSCS",   "CP949",
    "EUC-KR",       "UTF-8",        "US-ASCII",      "UTF-16",       "UTF-16BE",        "UTF-16LE",     "UTF-32",
    "UTF-7",        "ISO-2022-JP",  "ISO-2022-JP-2", "ISO-2022-KR",  "ISO-2022-CN-EXT",
};

/* What leads to states that bytes at random would not find. */
static const char *const sequences[] = {
    "\x1b$B",
    "\x1b(B",
    "\x1b(J",
    "\x1b$@",
    "\x1b$A",
    "\x1b$(C",
    "\x1b$(D",
    "\x1b.A\x1bN"
    "d",
    "\x1b.F\x1bN"
    "a",
    "\x1b$)C",
    "\x1b$)A",
    "\x1b$)G",
    "\x1b$)E",
    "\x1b$*H\x1bN!!",
    "\x1b$+I\x1bO!!",
    "\x1b$+M\x1bO!!",
    "\x0e",
    "\x0f",
    "\n",
    "+AOQ-",
    "+2D3cAg-",
    "+-",
    "\x81\x30\x81\x30",
    "\x95\x32\x82\x36",
    "\xf0\x9f\x98\x80",
};

static void append_something(GRand *random, gboolean has_sequences, GString *text) {
  if (has_sequences && g_rand_int_range(random, 0, 3) == 0)
    g_string_append(text, sequences[g_rand_int_range(random, 0, G_N_ELEMENTS(sequences))]);
  else if (has_sequences)
    g_string_append_c(text, (char)g_rand_int_range(random, 0x20, 0x80));
  else
    g_string_append_c(text, (char)g_rand_int_range(random, g_rand_boolean(random) ? 0 : 0x80, 0x100));
}

static GString *make_text(GRand *random) {
  GString *text = g_string_new(NULL);
  gint32 n_pieces = g_rand_int_range(random, 0, 8);
  gboolean has_sequences = g_rand_boolean(random);

  for (gint32 i = 0; i < n_pieces; i++)
    append_something(random, has_sequences, text);
  return text;
}

typedef size_t (*ConvertFunc)(gpointer converter, char **from, size_t *n_from, char **to, size_t *n_to);

static size_t convert_here(gpointer converter, char **from, size_t *n_from, char **to, size_t *n_to) {
  return iconv(converter, from, n_from, to, n_to);
}

static size_t convert_there(gpointer converter, char **from, size_t *n_from, char **to, size_t *n_to) {
  return g_iconv(converter, from, n_from, to, n_to);
}

/* NULL: it is not text. */
static char *convert(ConvertFunc func, gpointer converter, const GString *text) {
  char out[8 * TEXT_MAX + 256] = "";
  char *from = text->str;
  char *to = out;
  size_t n_from = text->len;
  size_t n_to = sizeof out - 1;

  func(converter, NULL, NULL, NULL, NULL);
  if (func(converter, &from, &n_from, &to, &n_to) == (size_t)-1 ||
      func(converter, NULL, NULL, &to, &n_to) == (size_t)-1)
    return NULL;
  *to = '\0';
  return g_strescape(out, NULL);
}

static void test_set(gconstpointer data) {
  const char *name = data;
  g_autoptr(GRand) random = g_rand_new_with_seed(1);
  gpointer here = iconv_open("UTF-8", name);
  gpointer there = g_iconv_open("UTF-8", name);
  guint n_valid = 0;

  g_assert_true(here != (gpointer)-1);
  g_assert_true(there != (gpointer)-1);
  for (int i = 0; i < N_TEXTS; i++) {
    g_autoptr(GString) text = make_text(random);
    g_autofree char *expected = convert(convert_there, there, text);
    g_autofree char *got = expected ? convert(convert_here, here, text) : NULL;
    g_autofree char *shown = g_strescape(text->str, NULL);
    if (g_strcmp0(got, expected) != 0)
      g_error("%s: \"%s\" is \"%s\", not \"%s\"", name, shown, got ? got : "broken", expected);
    n_valid += expected != NULL;
  }
  g_assert_cmpuint(n_valid, >=, N_VALID_MIN);
  iconv_close(here);
  g_iconv_close(there);
}

/* What is left of a buffer that is too small is converted by the next call. */
static void test_small_buffers(void) {
  gpointer converter = iconv_open("UTF-8", "WINDOWS-1258");
  char text[] = "\x41\xcc\x80"; /* A, a mark that joins it, the euro sign */
  char out[8] = "";
  char *from = text;
  char *to = out;
  size_t n_from = 3;
  size_t n_to = 2;

  g_assert_cmpuint(iconv(converter, &from, &n_from, &to, &n_to), ==, (size_t)-1);
  g_assert_cmpint(errno, ==, E2BIG);
  n_to = sizeof out - (size_t)(to - out);
  g_assert_cmpuint(iconv(converter, &from, &n_from, &to, &n_to), ==, 0);
  g_assert_cmpstr(out, ==, "\u00c0\u20ac");
  iconv_close(converter);
}

static void test_other_sets_are_unknown(void) {
  g_assert_true(iconv_open("UTF-8", "EBCDIC-US") == (iconv_t)-1);
  g_assert_cmpint(errno, ==, EINVAL);
  g_assert_true(iconv_open("CP932", "UTF-8") == (iconv_t)-1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_strconcat("/portable_iconv/", names[i], NULL);
    g_test_add_data_func(path, names[i], test_set);
  }
  g_test_add_func("/portable_iconv/small_buffers", test_small_buffers);
  g_test_add_func("/portable_iconv/other_sets_are_unknown", test_other_sets_are_unknown);
  return g_test_run();
}
