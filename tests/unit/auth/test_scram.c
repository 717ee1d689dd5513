#include "auth/scram.h"
#include <string.h>

/* The exchange of RFC 7677 3. */
#define RFC_NONCE "rOprNGfwEbeRWgbNEkqO"
#define RFC_SERVER_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define RFC_CLIENT_FIRST "n,,n=user,r=" RFC_NONCE
#define RFC_SERVER_FIRST "r=" RFC_NONCE RFC_SERVER_NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define RFC_PROOF "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define RFC_CLIENT_FINAL "c=biws,r=" RFC_NONCE RFC_SERVER_NONCE ",p=" RFC_PROOF
#define RFC_SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
#define RFC_KEYS "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
#define RFC_VERIFIER "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" RFC_KEYS

static ScramVerifier rfc_verifier(void) {
  ScramVerifier verifier = {0};

  g_assert_true(scram_verifier_parse(RFC_VERIFIER, 4096, &verifier));
  return verifier;
}

static gboolean read_first(ScramExchange *exchange, const char *text) {
  return scram_read_client_first(exchange, text, strlen(text));
}

static gboolean read_final(ScramExchange *exchange, const char *text) {
  return scram_read_client_final(exchange, text, strlen(text));
}

/* Up to where the client sends its proof. */
static ScramExchange rfc_begun(const ScramVerifier *verifier) {
  ScramExchange exchange = {0};

  g_assert_true(read_first(&exchange, RFC_CLIENT_FIRST));
  g_assert_cmpstr(exchange.name, ==, "user");
  g_assert_cmpstr(scram_print_server_first(&exchange, RFC_SERVER_NONCE, verifier), ==, RFC_SERVER_FIRST);
  return exchange;
}

static void test_exchange_of_rfc_7677(void) {
  ScramVerifier verifier = rfc_verifier();
  ScramExchange exchange = rfc_begun(&verifier);

  g_assert_true(read_final(&exchange, RFC_CLIENT_FINAL));
  g_autofree char *server_final = scram_check_proof(&exchange, &verifier);
  g_assert_cmpstr(server_final, ==, RFC_SERVER_FINAL);
  scram_exchange_clear(&exchange);
}

static void test_keys_are_derived_from_the_password(void) {
  ScramVerifier expected = rfc_verifier();
  ScramVerifier derived = expected;

  memset(derived.stored_key, 0, sizeof derived.stored_key);
  memset(derived.server_key, 0, sizeof derived.server_key);
  scram_verifier_derive(&derived, "pencil");
  g_assert_cmpmem(&derived, sizeof derived, &expected, sizeof expected);
}

/* Any bit of the proof, and any byte of the nonce. */
static void test_wrong_proof_is_rejected(void) {
  ScramVerifier verifier = rfc_verifier();
  ScramExchange exchange = rfc_begun(&verifier);

  g_assert_true(read_final(&exchange, RFC_CLIENT_FINAL));
  for (guint bit = 0; bit < 8 * SCRAM_KEY_BYTES; bit++) {
    exchange.proof[bit / 8] ^= (guint8)(1 << bit % 8);
    g_assert_null(scram_check_proof(&exchange, &verifier));
    exchange.proof[bit / 8] ^= (guint8)(1 << bit % 8);
  }
  scram_exchange_clear(&exchange);
}

static void test_first_messages(void) {
  static const struct {
    const char *text;
    const char *name; /* NULL: rejected */
    const char *authzid;
  } rows[] = {
      {"n,,n=user,r=abc", "user", NULL},
      {"y,,n=user,r=abc", "user", NULL},
      {"n,a=other,n=user,r=abc", "user", "other"},
      {"n,,n=a=2Cb=3Dc,r=abc", "a,b=c", NULL},
      {"n,,n=user,r=abc,x=later extension", "user", NULL},
      {"p=tls-unique,,n=user,r=abc", NULL, NULL}, /* channel binding */
      {"n,,m=must,n=user,r=abc", NULL, NULL},     /* mandatory extension */
      {"n,,n=user", NULL, NULL},
      {"n,,n=user,r=", NULL, NULL},
      {"n,,n=,r=abc", NULL, NULL},
      {"n,,r=abc,n=user", NULL, NULL},
      {"n,,n=us=er,r=abc", NULL, NULL},
      {"n,,n=us=2,r=abc", NULL, NULL},
      {"n,,n=user,r=a c", NULL, NULL},
      {"n,,n=user,r=a\x7f", NULL, NULL},
      {"n,a=,n=user,r=abc", NULL, NULL},
      {"n,b=x,n=user,r=abc", NULL, NULL},
      {"n,a=x", NULL, NULL},
      {"n,n=user,r=abc", NULL, NULL},
      {"n", NULL, NULL},
      {"", NULL, NULL},
      {",", NULL, NULL},
      {",,n=user,r=abc", NULL, NULL},
      {"N,,n=user,r=abc", NULL, NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    ScramExchange exchange = {0};
    g_assert_cmpint(read_first(&exchange, rows[i].text), ==, rows[i].name != NULL);
    if (rows[i].name) {
      g_assert_cmpstr(exchange.name, ==, rows[i].name);
      g_assert_cmpstr(exchange.authzid, ==, rows[i].authzid);
    }
    scram_exchange_clear(&exchange);
  }
}

static void test_first_message_with_nul_is_rejected(void) {
  ScramExchange exchange = {0};

  g_assert_false(scram_read_client_first(&exchange, "n,,n=user,r=abc\0d", 17));
  scram_exchange_clear(&exchange);
}

static void test_nonce_at_its_limit(void) {
  for (gsize len = SCRAM_NONCE_MAX; len <= SCRAM_NONCE_MAX + 1; len++) {
    ScramExchange exchange = {0};
    g_autofree char *nonce = g_strnfill(len, 'r');
    g_autofree char *text = g_strconcat("n,,n=user,r=", nonce, NULL);
    g_assert_cmpint(read_first(&exchange, text), ==, len <= SCRAM_NONCE_MAX);
    scram_exchange_clear(&exchange);
  }
}

/* Cut at every byte, and changed in what it has to repeat. */
static void test_final_messages(void) {
  static const char *const wrong[] = {
      "c=eSws,r=" RFC_NONCE RFC_SERVER_NONCE ",p=" RFC_PROOF,        /* another header */
      "c=biws,r=" RFC_NONCE ",p=" RFC_PROOF,                         /* the client's nonce alone */
      "c=biws,r=" RFC_NONCE RFC_SERVER_NONCE "x,p=" RFC_PROOF,       /* longer */
      "c=biws,r=X" RFC_NONCE RFC_SERVER_NONCE ",p=" RFC_PROOF,       /* another nonce */
      "r=" RFC_NONCE RFC_SERVER_NONCE ",c=biws,p=" RFC_PROOF,        /* in another order */
      "c=biws,r=" RFC_NONCE RFC_SERVER_NONCE ",p=" RFC_PROOF ",x=y", /* the proof is not the last */
      "c=biws,r=" RFC_NONCE RFC_SERVER_NONCE ",p=AAAA",              /* short */
      "c=biws,r=" RFC_NONCE RFC_SERVER_NONCE ",p=" RFC_PROOF "AAAA", /* long */
      "c=biws,r=" RFC_NONCE RFC_SERVER_NONCE,                        /* none */
  };
  ScramVerifier verifier = rfc_verifier();

  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    ScramExchange exchange = rfc_begun(&verifier);
    g_assert_false(read_final(&exchange, wrong[i]));
    scram_exchange_clear(&exchange);
  }
  for (gsize len = 0; len < strlen(RFC_CLIENT_FINAL); len++) {
    ScramExchange exchange = rfc_begun(&verifier);
    g_assert_false(scram_read_client_final(&exchange, RFC_CLIENT_FINAL, len));
    scram_exchange_clear(&exchange);
  }
}

static void test_verifiers(void) {
  static const char *const wrong[] = {
      "SCRAM-SHA-256$4095:W22ZaJ0SNY7soEsUEjb6gQ==$" RFC_KEYS,
      "SCRAM-SHA-256$1000001:W22ZaJ0SNY7soEsUEjb6gQ==$" RFC_KEYS,
      "SCRAM-SHA-256$:W22ZaJ0SNY7soEsUEjb6gQ==$" RFC_KEYS,
      "SCRAM-SHA-256$4096:$" RFC_KEYS,
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ$" RFC_KEYS,
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" RFC_KEYS ":x",
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$AAAA:AAAA",
      "SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" RFC_KEYS,
      "SCRAM-SHA-256$",
      "",
  };
  ScramVerifier verifier;

  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
    g_assert_false(scram_verifier_parse(wrong[i], 1000000, &verifier));
}

/* 96 bytes of salt are taken, 97 are not. */
static void test_salt_at_its_limit(void) {
  const guint8 salt[SCRAM_SALT_MAX + 1] = {1};

  for (gsize len = SCRAM_SALT_MAX - 2; len <= sizeof salt; len++) {
    ScramVerifier verifier;
    g_autofree char *encoded = g_base64_encode(salt, len);
    g_autofree char *text = g_strconcat("SCRAM-SHA-256$4096:", encoded, "$" RFC_KEYS, NULL);
    g_assert_cmpint(scram_verifier_parse(text, 4096, &verifier), ==, len <= SCRAM_SALT_MAX);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/scram/exchange_of_rfc_7677", test_exchange_of_rfc_7677);
  g_test_add_func("/scram/keys_are_derived_from_the_password", test_keys_are_derived_from_the_password);
  g_test_add_func("/scram/wrong_proof_is_rejected", test_wrong_proof_is_rejected);
  g_test_add_func("/scram/first_messages", test_first_messages);
  g_test_add_func("/scram/first_message_with_nul_is_rejected", test_first_message_with_nul_is_rejected);
  g_test_add_func("/scram/nonce_at_its_limit", test_nonce_at_its_limit);
  g_test_add_func("/scram/final_messages", test_final_messages);
  g_test_add_func("/scram/verifiers", test_verifiers);
  g_test_add_func("/scram/salt_at_its_limit", test_salt_at_its_limit);
  return g_test_run();
}
