/* Which name a mistyped word may have meant. */
#include "base/suggest.h"

static const char *nearest_of(const char *word, const char *const *names) {
  Suggestion suggestion = {.word = word};

  for (; *names; names++)
    suggestion_offer(&suggestion, *names);
  return suggestion.nearest;
}

static void one_mistake_in_four_letters_is_near(void) {
  static const char *const names[] = {"wait",     "list", "search", "show", "servers",
                                      "max-size", "from", "rcpt",   "to",   NULL};
  static const struct {
    const char *word, *nearest;
  } rows[] = {
      {"lsit", "list"}, {"lst", "list"},   {"wiat", "wait"}, {"serach", "search"},     {"srevres", "servers"},
      {"form", "from"}, {"form-", "from"}, {"rctp", "rcpt"}, {"max-sise", "max-size"}, {"mxa-isze", "max-size"},
      {"list", "list"}, {"foo", NULL},     {"start", NULL},  {"frobnicate", NULL},     {"x", NULL},
      {"", NULL},       {"abc", NULL},     {"o", "to"},      {"mxa-siez-ee", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(nearest_of(rows[i].word, names), ==, rows[i].nearest);
}

static void nearest_wins_and_of_several_the_first(void) {
  static const char *const names[] = {"tags", "tag", "rag", NULL};

  g_assert_cmpstr(nearest_of("tagt", names), ==, "tags");
  g_assert_cmpstr(nearest_of("tag", names), ==, "tag");
  g_assert_cmpstr(nearest_of("xag", names), ==, "tag");
}

static void long_words_are_near_to_nothing(void) {
  g_autofree char *longest = g_strnfill(SUGGEST_WORD_MAX, 'a');
  g_autofree char *longer = g_strnfill(SUGGEST_WORD_MAX + 1, 'a');

  g_assert_cmpstr(nearest_of(longest, (const char *[]){longest, NULL}), ==, longest);
  g_assert_null(nearest_of(longer, (const char *[]){longer, NULL}));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/suggest/one_mistake_in_four_letters_is_near", one_mistake_in_four_letters_is_near);
  g_test_add_func("/suggest/nearest_wins_and_of_several_the_first", nearest_wins_and_of_several_the_first);
  g_test_add_func("/suggest/long_words_are_near_to_nothing", long_words_are_near_to_nothing);
  return g_test_run();
}
