/* What spamd answers: whole, and in pieces of three bytes, which must say the same. What is read has one line each and
 * finite numbers; what is wrong is told in words fit for a terminal. */
#include "fuzz.h"
#include "syntax/spamd_answer.h"
#include <math.h>
#include <string.h>

enum { PIECE_BYTES = 3 };

static void append_answer(GString *said, const SpamdAnswer *answer) {
  g_assert_true(isfinite(answer->score) && isfinite(answer->threshold));
  g_assert_true(answer->rules->len <= SPAMD_RULES_MAX);
  g_string_append_printf(said, "%d %g %g", answer->is_spam, answer->score, answer->threshold);
  for (guint i = 0; i < answer->rules->len; i++) {
    const SpamdRule *rule = g_ptr_array_index(answer->rules, i);
    g_assert_true(isfinite(rule->score));
    g_assert_true(strlen(rule->description) <= SPAMD_DESCRIPTION_MAX && !strpbrk(rule->description, "\r\n\x1b"));
    g_assert_true(g_utf8_validate(rule->description, -1, NULL) && g_str_is_ascii(rule->name));
    g_string_append_printf(said, "\n%g %s %s", rule->score, rule->name, rule->description);
  }
}

static GString *play(const char *bytes, size_t n_bytes, size_t piece) {
  g_auto(SpamdReader) reader = {0};
  g_autoptr(GError) error = NULL;
  GString *said = g_string_new(NULL);
  SpamdStatus status = SPAMD_MORE;

  for (size_t at = 0; at < n_bytes && status == SPAMD_MORE; at += piece)
    status = spamd_reader_take(&reader, bytes + at, MIN(piece, n_bytes - at), &error);
  if (status == SPAMD_MORE)
    status = spamd_reader_end(&reader, &error);
  g_assert_true(status == (error ? SPAMD_WRONG : SPAMD_WHOLE));
  if (error)
    g_assert_true(g_str_is_ascii(error->message) && !strpbrk(error->message, "\r\n\x1b"));
  if (error)
    g_string_append(said, error->message);
  else
    append_answer(said, reader.answer);
  return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  GString *whole = play((const char *)bytes, n_bytes, MAX(n_bytes, 1));
  GString *pieces = play((const char *)bytes, n_bytes, PIECE_BYTES);

  g_assert_true(g_string_equal(whole, pieces));
  g_string_free(whole, TRUE);
  g_string_free(pieces, TRUE);
  return 0;
}
