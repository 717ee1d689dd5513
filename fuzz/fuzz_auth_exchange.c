/* SASL exchanges. The first byte of the input chooses mechanism and users; each line behind is a response, an empty
 * first one stands for none. Checked: it ends, frees everything, challenges stay bounded, and names are fit to keep. */
#include "auth/exchange.h"
#include "fuzz.h"
#include <string.h>

static const char file[] =
    "tim:{PLAIN}tanstaaf\n"
    "user:SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n"
    "erin:{BEARER}token\n";

static void check_what_is_shown(const AuthExchange *exchange, AuthOutcome outcome) {
  enum { CHALLENGE_MAX = 1024 };
  const char *user = auth_exchange_user(exchange);

  if (outcome == AUTH_CHALLENGE)
    g_assert_cmpuint(strlen(auth_exchange_challenge(exchange)), <=, CHALLENGE_MAX);
  if (!user)
    return;
  g_assert_cmpuint(strlen(user), <=, AUTH_NAME_MAX);
  g_assert_true(g_utf8_validate(user, -1, NULL));
  for (const char *at = user; *at != '\0'; at++)
    g_assert_false(g_ascii_iscntrl(*at));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  static const char *const mechanisms[] = {"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"};

  if (n_bytes < 1)
    return 0;
  gboolean any = (bytes[0] & 8) != 0;
  g_autoptr(AuthUsers) users = any ? NULL : auth_users_parse(file, strlen(file), AUTH_FORMS_OWN, "users", NULL);
  g_autoptr(AuthExchange) exchange =
      auth_exchange_new(mechanisms[(bytes[0] & 7) % G_N_ELEMENTS(mechanisms)], users, "mail.example");
  const char *at = (const char *)bytes + 1;
  const char *end = (const char *)bytes + n_bytes;
  AuthOutcome outcome = exchange ? AUTH_CHALLENGE : AUTH_REJECTED;

  for (gboolean first = TRUE; outcome == AUTH_CHALLENGE && at <= end; first = FALSE) {
    const char *newline = memchr(at, '\n', (gsize)(end - at));
    const char *line_end = newline ? newline : end;
    outcome = auth_exchange_take(exchange, first && line_end == at ? NULL : at, (gsize)(line_end - at));
    if (outcome == AUTH_CHECK)
      outcome = auth_exchange_check(exchange);
    g_assert_true(outcome != AUTH_ACCEPTED || any || auth_exchange_user(exchange) != NULL);
    check_what_is_shown(exchange, outcome);
    at = line_end + 1;
  }
  return 0;
}
