/* Folding, and cutting into words. */
#include "syntax/search_text.h"

#include <string.h>

typedef struct FoldVector {
  const char *name;
  const char *in;
  const char *out;
} FoldVector;

static const FoldVector fold_vectors[] = {
    {"empty", "", ""},
    {"ascii", "Hello, World", "hello, world"},
    {"blanks", "  a \t\r\n b\x01\x7f c ", "a b c"},
    {"blanks_only", " \n ", ""},
    {"umlauts", "\xc3\x84\xc3\x96", "\xc3\xa4\xc3\xb6"},
    {"sharp_s",
     "Stra\xc3\x9f"
     "e",
     "strasse"},
    {"greek_sigma", "\xce\xa3\xcf\x82", "\xcf\x83\xcf\x83"},
    {"turkish_capital", "İSTANBUL İstanbul", "istanbul istanbul"},
    {"turkish_without_dot", "Irmak ılık DIŞ", "irmak ilik diş"},
    {"dot_above_in_pieces", "i\u0307 I\u0307 ı\u0307", "i i i"},
    {"dot_of_others_stays", "ż Ė", "ż ė"},
    {"accent_behind_the_dot", "i\u0307\u0301", "í"},
    {"sigma_at_the_end", "ΟΔΟΣ οδος", "οδοσ οδοσ"},
    {"capital_sharp_s", "GROẞ", "gross"},
    {"ligature", "ﬁn", "fin"},
    {"composed", "e\xcc\x81", "\xc3\xa9"},
    {"wide_blanks",
     "a\xc2\xa0"
     "b\xe3\x80\x80"
     "c\xe2\x80\xa8"
     "d",
     "a b c d"},
    {"wide_blanks_around", "\xc2\xa0 a \xc2\xa0", "a"},
    {"invisible",
     "so\xc2\xad"
     "ft\xe2\x80\x8b"
     "er\xef\xbb\xbf",
     "softer"},
    {"composed_over_invisible", "a\xe2\x80\x8b\xcc\x81", "\xc3\xa1"},
    {"iota_below_before_accent", "\xce\x91\xcd\x85\xcc\x81", "\xce\xac\xce\xb9"},
    {"cherokee", "\xe1\x8f\x8f\xea\xae\x9f", "\xea\xae\x9f\xea\xae\x9f"},
    {"no_utf8",
     "a\xff"
     "b",
     "a\xef\xbf\xbd"
     "b"},
    {"cut_character", "a\xc3", "a\xef\xbf\xbd"},
    {"cjk", "\xe6\x9d\xb1\xe4\xba\xac", "\xe6\x9d\xb1\xe4\xba\xac"},
};

static void test_fold(gconstpointer test_data) {
  const FoldVector *vector = test_data;
  g_autoptr(GString) out = g_string_new("before");

  search_text_fold(vector->in, strlen(vector->in), G_MAXSIZE, out);
  g_assert_cmpstr(out->str + strlen("before"), ==, vector->out);
  g_assert_true(g_utf8_validate(out->str, -1, NULL));

  /* What is folded stays as it is. */
  g_autoptr(GString) again = g_string_new(NULL);
  search_text_fold(out->str, out->len, G_MAXSIZE, again);
  g_assert_cmpstr(again->str, ==, out->str);
}

static void fold(const char *text, GString *out) {
  g_string_truncate(out, 0);
  search_text_fold(text, strlen(text), G_MAXSIZE, out);
}

/* Else a search, which is folded once more, would not find what was indexed. */
static void test_every_character_is_folded_once(void) {
  g_autoptr(GString) once = g_string_new(NULL);
  g_autoptr(GString) twice = g_string_new(NULL);

  for (gunichar c = 0x80; c <= 0x10ffff; c++) {
    char text[7] = "";
    if (!g_unichar_isdefined(c))
      continue;
    g_unichar_to_utf8(c, text);
    fold(text, once);
    fold(once->str, twice);
    g_assert_cmpstr(once->str, ==, twice->str);
  }
}

static void test_fold_has_a_limit(void) {
  for (gsize max = 0; max < 12; max++) {
    g_autoptr(GString) out = g_string_new(NULL);
    search_text_fold("ab \xc3\x84\xc3\x96 cd\xe6\x9d\xb1", 14, max, out);
    g_assert_cmpuint(out->len, <=, max);
    g_assert_true(g_utf8_validate(out->str, -1, NULL));
    g_assert_true(g_str_has_prefix("ab \xc3\xa4\xc3\xb6 cd\xe6\x9d\xb1", out->str));
  }
}

/* One word without an end costs no more than the limit. */
static void test_fold_of_a_long_word_is_cut(void) {
  g_autofree char *long_word = g_strnfill(1000 * 1000, 'A');
  g_autoptr(GString) out = g_string_new(NULL);

  search_text_fold(long_word, 1000 * 1000, 100, out);
  g_assert_cmpuint(out->len, ==, 100);
}

typedef struct WordsVector {
  const char *name;
  const char *in;
  const char *blank; /* the words, as printed, "|" behind each */
  const char *punctuation;
} WordsVector;

static const WordsVector words_vectors[] = {
    {"empty", "", "", ""},
    {"one", "one", "one|", "one|"},
    {"two", "one two", "one|two|", "one|two|"},
    {"address", "a <b@c.example>", "a|<b@c.example>|", "a|\xe2\x90\xa0<|b|@|c|.|example|>|"},
    {"sentence", "no, yes.", "no,|yes.|", "no|,\xe2\x90\xa0|yes|.|"},
    {"blank_before_sign", "a - b", "a|-|b|", "a|\xe2\x90\xa0-\xe2\x90\xa0|b|"},
    {"sign_first", "(a", "(a|", "(|a|"},
    {"signs_only", "?!", "?!|", "?!|"},
    {"letters_of_all_kinds", "\xc3\xa4\xe2\x80\x94\xe6\x9d\xb1", "\xc3\xa4\xe2\x80\x94\xe6\x9d\xb1|",
     "\xc3\xa4\xe2\x80\x94\xe6\x9d\xb1|"},
};

static char *print_words(SearchWords words, const char *text) {
  GString *out = g_string_new(NULL);
  const char *cursor = text;
  const char *word;
  gsize len;

  while (search_text_next(words, &cursor, text + strlen(text), &word, &len)) {
    search_text_print_word(word, len, out);
    g_string_append_c(out, '|');
  }
  return g_string_free(out, FALSE);
}

static void test_words(gconstpointer test_data) {
  const WordsVector *vector = test_data;
  g_autofree char *blank = print_words(SEARCH_WORDS_BLANK, vector->in);
  g_autofree char *punctuation = print_words(SEARCH_WORDS_PUNCTUATION, vector->in);

  g_assert_cmpstr(blank, ==, vector->blank);
  g_assert_cmpstr(punctuation, ==, vector->punctuation);
}

/* Whatever part of a long word is asked for, some piece has it whole; pieces begin and end at characters. */
static void test_pieces_overlap(void) {
  static const char *const letters[] = {"ab", "\xc3\xa4", "\xe6\x9d\xb1", "\xf0\x9f\x98\x80"};
  enum { PART = SEARCH_PIECE_BYTES_MAX - SEARCH_PIECE_STEP_BYTES - 8 };

  for (gsize i = 0; i < G_N_ELEMENTS(letters); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 1000)
      g_string_append(text, letters[i]);
    const char *cursor = text->str;
    const char *end = text->str + text->len;
    const char *piece;
    const char *covered = text->str;
    gsize len;
    while (search_text_next(SEARCH_WORDS_PUNCTUATION, &cursor, end, &piece, &len)) {
      g_assert_cmpuint(len, <=, SEARCH_PIECE_BYTES_MAX);
      g_assert_true(g_utf8_validate(piece, (gssize)len, NULL));
      g_assert_true(piece == text->str || covered - piece >= PART);
      covered = piece + len;
    }
    g_assert_true(covered == end);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(fold_vectors); i++) {
    g_autofree char *path = g_strconcat("/search_text/fold/", fold_vectors[i].name, NULL);
    g_test_add_data_func(path, &fold_vectors[i], test_fold);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(words_vectors); i++) {
    g_autofree char *path = g_strconcat("/search_text/words/", words_vectors[i].name, NULL);
    g_test_add_data_func(path, &words_vectors[i], test_words);
  }
  g_test_add_func("/search_text/every_character_is_folded_once", test_every_character_is_folded_once);
  g_test_add_func("/search_text/fold_has_a_limit", test_fold_has_a_limit);
  g_test_add_func("/search_text/fold_of_a_long_word_is_cut", test_fold_of_a_long_word_is_cut);
  g_test_add_func("/search_text/pieces_overlap", test_pieces_overlap);
  return g_test_run();
}
