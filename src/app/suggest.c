#include "app/suggest.h"
#include <string.h>

/* How many letters to insert, delete or replace to make `b` of `a`. */
static guint edit_distance(const char *a, const char *b) {
  guint b_len = (guint)strlen(b);
  g_autofree guint *row = g_new(guint, b_len + 1); /* distances of a's beginning to each beginning of b */

  for (guint j = 0; j <= b_len; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++) {
    guint diagonal = row[0];
    row[0] = i;
    for (guint j = 1; j <= b_len; j++) {
      guint replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
    }
  }
  return row[b_len];
}

void suggestion_offer(Suggestion *suggestion, const char *name) {
  if (strlen(suggestion->word) > SUGGEST_WORD_MAX)
    return;
  guint distance = edit_distance(suggestion->word, name);
  if (distance > SUGGEST_DISTANCE_MAX || distance >= strlen(name) ||
      (suggestion->nearest && distance >= suggestion->distance))
    return;
  suggestion->nearest = name;
  suggestion->distance = distance;
}
