#include "base/suggest.h"
#include <string.h>

/* A word within a quarter of its letters and one is a mistyped one; beyond that a suggestion would be a guess. */
static guint distance_max(const char *word) {
  return 1 + (guint)strlen(word) / 4;
}

static gboolean is_swap(const char *a, guint i, const char *b, guint j) {
  return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
}

/* How many letters to insert, delete, replace or swap with their neighbour to turn `a` into `b`. */
static guint edit_distance(const char *a, const char *b) {
  guint b_len = (guint)strlen(b);
  g_autofree guint *cells = g_new(guint, 3 * (gsize)(b_len + 1));
  /* Distances of beginnings of `a`, by one letter each, to each beginning of `b`. */
  guint *before_last = cells, *last = cells + b_len + 1, *row = cells + 2 * (gsize)(b_len + 1);

  for (guint j = 0; j <= b_len; j++)
    last[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++) {
    row[0] = i;
    for (guint j = 1; j <= b_len; j++) {
      row[j] = MIN(last[j - 1] + (a[i - 1] != b[j - 1]), MIN(last[j], row[j - 1]) + 1);
      if (is_swap(a, i, b, j))
        row[j] = MIN(row[j], before_last[j - 2] + 1);
    }
    guint *oldest = before_last;
    before_last = last;
    last = row;
    row = oldest;
  }
  return last[b_len];
}

void suggestion_offer(Suggestion *suggestion, const char *name) {
  if (strlen(suggestion->word) > SUGGEST_WORD_MAX)
    return;
  guint distance = edit_distance(suggestion->word, name);
  if (distance > distance_max(suggestion->word) || distance >= strlen(name) ||
      (suggestion->nearest && distance >= suggestion->distance))
    return;
  suggestion->nearest = name;
  suggestion->distance = distance;
}
