/* The block in front of a stored message, which any program may have written. What is read about reports is what SMTP
 * takes, so that it can be printed again; the block lies within the bytes, and the same bytes give the same again. */
#include "fuzz.h"
#include "syntax/dsn.h"
#include "syntax/envelope.h"

#include <string.h>

static void check_printable(const char *text) {
  for (; text && *text != '\0'; text++)
    g_assert_false(g_ascii_iscntrl(*text) || *text == ' ');
}

static void check_dsn(const Envelope *envelope) {
  g_assert_true(!envelope->dsn_envid || !dsn_envid_check(envelope->dsn_envid, strlen(envelope->dsn_envid)));
  check_printable(envelope->dsn_envid);
  g_assert_true(!envelope->dsn_recipients || envelope->dsn_recipients->len <= envelope->forward_paths->len);
  for (guint i = 0; i < envelope->forward_paths->len; i++) {
    const EnvelopeDsn *dsn = envelope_dsn_of(envelope, i);
    g_autofree char *notify = NULL;
    if (!dsn)
      continue;
    g_assert_true(!dsn->orcpt || !dsn_orcpt_check(dsn->orcpt, strlen(dsn->orcpt)));
    g_assert_true(!dsn->notify || !dsn_notify_parse(dsn->notify, strlen(dsn->notify), &notify));
    check_printable(dsn->orcpt);
    check_printable(dsn->notify);
    g_autofree char *decoded = dsn->orcpt ? dsn_orcpt_decode(dsn->orcpt) : NULL;
    g_assert_true(!decoded || g_utf8_validate(decoded, -1, NULL));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  gsize block_len = 0;
  g_autofree char *bare_lf = NULL;
  g_autoptr(Envelope) envelope = envelope_parse_block((const char *)bytes, n_bytes, &block_len, &bare_lf);

  if (!envelope)
    return 0;
  g_assert_cmpuint(block_len, <=, n_bytes);
  check_dsn(envelope);

  g_autoptr(GString) printed = g_string_new(NULL);
  envelope_print_block(envelope, "mx.test", "17.M1P2", bare_lf, printed);
  gsize again_len = 0;
  g_autoptr(Envelope) again = envelope_parse_block(printed->str, printed->len, &again_len, NULL);
  if (again)
    check_dsn(again);
  return 0;
}
