#include "syntax/json_bounds.h"

/* Behind the string that begins at `at`. */
static gsize skip_string(const char *text, gsize len, gsize at) {
  for (at++; at < len && text[at] != '"'; at++)
    if (text[at] == '\\')
      at++;
  return at + 1;
}

/* Each value but the first has an opening bracket, a comma or a colon in front of it. */
const char *json_bounds_check(const char *text, gsize len) {
  guint n_values = 1;
  guint depth = 0;
  gsize at = 0;

  while (at < len) {
    char c = text[at];
    if (c == '"') {
      at = skip_string(text, len, at);
      continue;
    }
    n_values += c == '[' || c == '{' || c == ',' || c == ':';
    if (c == '[' || c == '{')
      depth++;
    else if ((c == ']' || c == '}') && depth > 0)
      depth--;
    if (n_values > JSON_VALUES_MAX)
      return "it has more than 50,000 values";
    if (depth > JSON_DEPTH_MAX)
      return "it is nested more than 32 levels deep";
    at++;
  }
  return NULL;
}
