/* Whole exchanges as transcripts: what the client says, what it is told, and how it ends. */
#include "auth/exchange_private.h"
#include <string.h>

#define BCRYPT "$2y$04$t3fQjq/PTSFo494vtekLTu7q.mCmbKWl1MyxBc2hM0Ofxc60EF3jG"
#define OAUTH_FAILURE "{\"status\":\"invalid_token\",\"schemes\":\"bearer\"}"
#define XOAUTH2_FAILURE "{\"status\":\"401\",\"schemes\":\"bearer\"}"

static const char file[] = "alice:" BCRYPT "\n"
                           "tim:{PLAIN}tanstaaftanstaaf\n"
                           "someuser@example.com:{BEARER}ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==\n";

static AuthUsers *parse(const char *text) {
  AuthUsers *users = auth_users_parse(text, strlen(text), AUTH_FORMS_OWN, "users", NULL);

  g_assert_nonnull(users);
  return users;
}

/* Takes a response and finds the verdict, as a server does. */
static AuthOutcome say(AuthExchange *exchange, const char *response, gsize len) {
  AuthOutcome outcome = auth_exchange_take(exchange, response, len);

  return outcome == AUTH_CHECK ? auth_exchange_check(exchange) : outcome;
}

enum { STEPS_MAX = 4 };

typedef struct Transcript {
  const char *mechanism;
  const char *responses[STEPS_MAX];  /* the first may be NULL: no initial response; "\\0" stands for NUL */
  const char *challenges[STEPS_MAX]; /* after each but the last */
  AuthOutcome outcome;
  const char *user;
} Transcript;

static GString *unescape(const char *text) {
  g_auto(GStrv) parts = g_strsplit(text, "\\0", -1);
  GString *bytes = g_string_new(parts[0]);

  for (guint i = 1; parts[0] && parts[i]; i++) {
    g_string_append_c(bytes, '\0');
    g_string_append(bytes, parts[i]);
  }
  return bytes;
}

static void hold(const Transcript *transcript, AuthUsers *users) {
  g_autoptr(AuthExchange) exchange = auth_exchange_new(transcript->mechanism, users, "mail.example");
  AuthOutcome outcome = AUTH_CHALLENGE;

  g_assert_nonnull(exchange);
  for (guint i = 0; outcome == AUTH_CHALLENGE; i++) {
    g_assert_cmpuint(i, <, STEPS_MAX);
    g_autoptr(GString) bytes = transcript->responses[i] ? unescape(transcript->responses[i]) : NULL;
    g_assert_true(i == 0 || bytes);
    outcome = say(exchange, bytes ? bytes->str : NULL, bytes ? bytes->len : 0);
    if (outcome == AUTH_CHALLENGE)
      g_assert_cmpstr(auth_exchange_challenge(exchange), ==, transcript->challenges[i]);
  }
  g_assert_cmpint(outcome, ==, transcript->outcome);
  g_assert_cmpint(auth_exchange_has_failed(exchange), ==, outcome == AUTH_REJECTED);
  if (outcome == AUTH_ACCEPTED)
    g_assert_cmpstr(auth_exchange_user(exchange), ==, transcript->user);
}

#define TOKEN "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg=="

static const Transcript checked[] = {
    /* RFC 4616: [authzid] NUL authcid NUL passwd */
    {"PLAIN", {"\\0alice\\0wonderland"}, {0}, AUTH_ACCEPTED, "alice"},
    {"PLAIN", {NULL, "\\0alice\\0wonderland"}, {""}, AUTH_ACCEPTED, "alice"},
    {"PLAIN", {"alice\\0alice\\0wonderland"}, {0}, AUTH_ACCEPTED, "alice"},
    {"PLAIN", {"tim\\0alice\\0wonderland"}, {0}, AUTH_REJECTED},
    {"PLAIN", {"\\0tim\\0tanstaaftanstaaf"}, {0}, AUTH_ACCEPTED, "tim"},
    {"PLAIN", {"\\0alice\\0wrong"}, {0}, AUTH_REJECTED},
    {"PLAIN", {"\\0nobody\\0wonderland"}, {0}, AUTH_REJECTED},
    {"PLAIN", {"\\0alice\\0"}, {0}, AUTH_REJECTED},
    {"PLAIN", {""}, {0}, AUTH_MALFORMED},
    {"PLAIN", {"alice"}, {0}, AUTH_MALFORMED},
    {"PLAIN", {"\\0alice"}, {0}, AUTH_MALFORMED},
    {"PLAIN", {"\\0\\0wonderland"}, {0}, AUTH_MALFORMED},
    {"PLAIN", {"\\0alice\\0wonder\\0land"}, {0}, AUTH_MALFORMED},
    {"PLAIN", {"\\0al\nice\\0wonderland"}, {0}, AUTH_MALFORMED},
    {"LOGIN", {NULL, "alice", "wonderland"}, {"Username:", "Password:"}, AUTH_ACCEPTED, "alice"},
    {"LOGIN", {"alice", "wonderland"}, {"Password:"}, AUTH_ACCEPTED, "alice"},
    {"LOGIN", {NULL, "alice", "wrong"}, {"Username:", "Password:"}, AUTH_REJECTED},
    {"LOGIN", {NULL, "alice", ""}, {"Username:", "Password:"}, AUTH_REJECTED},
    {"LOGIN", {NULL, ""}, {"Username:"}, AUTH_MALFORMED},
    {"LOGIN", {NULL, "alice", "a\\0b"}, {"Username:", "Password:"}, AUTH_MALFORMED},
    {"CRAM-MD5", {"tim b913a602c7eda7a495b4e6e7334d3890"}, {0}, AUTH_MALFORMED}, /* the server begins */
    {"SCRAM-SHA-256", {"n,,n=tim"}, {0}, AUTH_MALFORMED},
    {"SCRAM-SHA-256", {NULL, "n,,n=tim"}, {""}, AUTH_MALFORMED},
    /* RFC 7628 4.1 and 4.2 */
    {"OAUTHBEARER",
     {"n,a=someuser@example.com,\1host=server.example.com\1port=587\1auth=Bearer " TOKEN "\1\1"},
     {0},
     AUTH_ACCEPTED,
     "someuser@example.com"},
    {"OAUTHBEARER", {NULL, "n,,\1auth=bearer " TOKEN "\1\1"}, {""}, AUTH_ACCEPTED, "someuser@example.com"},
    {"OAUTHBEARER", {"n,a=alice,\1auth=Bearer " TOKEN "\1\1", "\1"}, {OAUTH_FAILURE}, AUTH_REJECTED},
    {"OAUTHBEARER", {"n,,\1auth=Bearer wrong\1\1", "\1"}, {OAUTH_FAILURE}, AUTH_REJECTED},
    {"OAUTHBEARER", {"n,,\1auth=\1\1", "\1"}, {OAUTH_FAILURE}, AUTH_REJECTED}, /* asks what is needed, 4.3 */
    {"OAUTHBEARER", {"n,,\1auth=Basic " TOKEN "\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"n,,\1auth=Bearer " TOKEN "\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"n,,\1auth=Bearer " TOKEN "\1\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"n,,\1auth=Bearer a\1auth=Bearer b\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"n,,\1host=server.example.com\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"n,,"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"n,\1auth=Bearer " TOKEN "\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"p=x,,\1auth=Bearer " TOKEN "\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"n,b=x,\1auth=Bearer " TOKEN "\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {"\1\1"}, {0}, AUTH_MALFORMED},
    {"OAUTHBEARER", {""}, {0}, AUTH_MALFORMED},
    {"XOAUTH2", {"user=someuser@example.com\1auth=Bearer " TOKEN "\1\1"}, {0}, AUTH_ACCEPTED, "someuser@example.com"},
    {"XOAUTH2",
     {NULL, "user=someuser@example.com\1auth=Bearer " TOKEN "\1\1"},
     {""},
     AUTH_ACCEPTED,
     "someuser@example.com"},
    {"XOAUTH2", {"user=alice\1auth=Bearer " TOKEN "\1\1", ""}, {XOAUTH2_FAILURE}, AUTH_REJECTED},
    {"XOAUTH2", {"user=someuser@example.com\1auth=Bearer wrong\1\1", "anything"}, {XOAUTH2_FAILURE}, AUTH_REJECTED},
    {"XOAUTH2", {"auth=Bearer " TOKEN "\1\1"}, {0}, AUTH_MALFORMED},
    {"XOAUTH2", {"user=\1auth=Bearer " TOKEN "\1\1"}, {0}, AUTH_MALFORMED},
    {"XOAUTH2", {"user=someuser@example.com"}, {0}, AUTH_MALFORMED},
};

static void test_checked(void) {
  g_autoptr(AuthUsers) users = parse(file);

  for (gsize i = 0; i < G_N_ELEMENTS(checked); i++)
    hold(&checked[i], users);
}

static void test_anything_is_accepted(void) {
  static const Transcript transcripts[] = {
      {"PLAIN", {"\\0alice\\0x"}, {0}, AUTH_ACCEPTED, "alice"},
      {"PLAIN", {"boss\\0alice\\0x"}, {0}, AUTH_ACCEPTED, "alice"},
      {"PLAIN", {"\\0\\0"}, {0}, AUTH_ACCEPTED, NULL},
      {"PLAIN", {"x"}, {0}, AUTH_MALFORMED},
      {"LOGIN", {NULL, "", ""}, {"Username:", "Password:"}, AUTH_ACCEPTED, NULL},
      {"OAUTHBEARER", {"n,,\1auth=Bearer x\1\1"}, {0}, AUTH_ACCEPTED, NULL},
      {"OAUTHBEARER", {"n,a=me,\1auth=Bearer x\1\1"}, {0}, AUTH_ACCEPTED, "me"},
      {"XOAUTH2", {"user=me\1auth=Bearer x\1\1"}, {0}, AUTH_ACCEPTED, "me"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(transcripts); i++)
    hold(&transcripts[i], NULL);
}

/* RFC 2195 2. */
static void test_cram_md5_digest(void) {
  g_autofree char *digest = auth_cram_md5_digest("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>");

  g_assert_cmpstr(digest, ==, "b913a602c7eda7a495b4e6e7334d3890");
}

static AuthOutcome cram(AuthUsers *users, const char *name, const char *password) {
  g_autoptr(AuthExchange) exchange = auth_exchange_new("CRAM-MD5", users, "mail.example");

  g_assert_cmpint(auth_exchange_take(exchange, NULL, 0), ==, AUTH_CHALLENGE);
  const char *challenge = auth_exchange_challenge(exchange);
  g_assert_true(g_regex_match_simple("^<[0-9a-f]{16}\\.[0-9]+@mail\\.example>$", challenge, 0, 0));
  g_autofree char *digest = auth_cram_md5_digest(password, challenge);
  g_autofree char *response = g_strconcat(name, " ", digest, NULL);
  return say(exchange, response, strlen(response));
}

static void test_cram_md5(void) {
  g_autoptr(AuthUsers) users = parse(file);

  g_assert_cmpint(cram(users, "tim", "tanstaaftanstaaf"), ==, AUTH_ACCEPTED);
  g_assert_cmpint(cram(users, "tim", "wrong"), ==, AUTH_REJECTED);
  g_assert_cmpint(cram(users, "alice", "wonderland"), ==, AUTH_REJECTED); /* only her hash is known */
  g_assert_cmpint(cram(users, "nobody", "unknown"), ==, AUTH_REJECTED);
  g_assert_cmpint(cram(NULL, "anybody at all", "x"), ==, AUTH_ACCEPTED);
}

static void test_challenges_differ(void) {
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 1000; i++) {
    g_autoptr(AuthExchange) exchange = auth_exchange_new("CRAM-MD5", NULL, "mail.example");
    auth_exchange_take(exchange, NULL, 0);
    g_assert_true(g_hash_table_add(seen, g_strdup(auth_exchange_challenge(exchange))));
  }
}

static void test_rejected_even_when_anything_is_accepted(void) {
  static const char *const rows[] = {"", " ", "short", "tim b913a602c7eda7a495b4e6e7334d389",
                                     "timb913a602c7eda7a495b4e6e7334d3890"};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AuthExchange) exchange = auth_exchange_new("CRAM-MD5", NULL, "mail.example");
    auth_exchange_take(exchange, NULL, 0);
    g_assert_cmpint(say(exchange, rows[i], strlen(rows[i])), ==, AUTH_MALFORMED);
  }
}

static void test_names_at_their_limit(void) {
  for (gsize len = AUTH_NAME_MAX; len <= AUTH_NAME_MAX + 1; len++) {
    g_autofree char *name = g_strnfill(len, 'n');
    g_autoptr(AuthExchange) exchange = auth_exchange_new("LOGIN", NULL, "mail.example");
    g_assert_cmpint(say(exchange, name, len), ==, len <= AUTH_NAME_MAX ? AUTH_CHALLENGE : AUTH_MALFORMED);
  }
}

static void test_passwords_at_their_limit(void) {
  for (gsize len = 1024; len <= 1025; len++) {
    g_autofree char *password = g_strnfill(len, 'p');
    g_autoptr(AuthExchange) exchange = auth_exchange_new("LOGIN", NULL, "mail.example");
    say(exchange, "alice", 5);
    g_assert_cmpint(say(exchange, password, len), ==, len <= 1024 ? AUTH_ACCEPTED : AUTH_MALFORMED);
  }
}

static void test_responses_at_their_limit(void) {
  static const char start[] = "n,,\1auth=Bearer ";

  for (gsize len = AUTH_RESPONSE_MAX; len <= AUTH_RESPONSE_MAX + 1; len++) {
    g_autofree char *token = g_strnfill(len - strlen(start) - 2, 't');
    g_autofree char *response = g_strconcat(start, token, "\1\1", NULL);
    g_autoptr(AuthExchange) exchange = auth_exchange_new("OAUTHBEARER", NULL, "mail.example");
    g_assert_cmpint(say(exchange, response, len), ==, len <= AUTH_RESPONSE_MAX ? AUTH_ACCEPTED : AUTH_MALFORMED);
  }
}

static void test_only_what_can_succeed_is_offered(void) {
  static const struct {
    const char *text; /* NULL: anything is accepted */
    const char *offered;
  } rows[] = {
      {NULL, " PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER"},
      {"", ""},
      {"a:" BCRYPT "\n", " PLAIN LOGIN"},
      {"a:{PLAIN}x\n", " SCRAM-SHA-256 PLAIN LOGIN CRAM-MD5"},
      {"a:{BEARER}x\n", " XOAUTH2 OAUTHBEARER"},
      {"a:SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
       "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n",
       " SCRAM-SHA-256 PLAIN LOGIN"},
  };
  static const char *const names[] = {"SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AuthUsers) users = rows[i].text ? parse(rows[i].text) : NULL;
    g_autoptr(GString) offered = g_string_new(NULL);
    auth_mechanisms_print(users, offered);
    g_assert_cmpstr(offered->str, ==, rows[i].offered);
    g_auto(GStrv) words = g_strsplit(offered->str, " ", -1);
    for (gsize j = 0; j < G_N_ELEMENTS(names); j++) {
      g_autoptr(AuthExchange) exchange = auth_exchange_new(names[j], users, "mail.example");
      g_assert_cmpint(exchange != NULL, ==, g_strv_contains((const char *const *)words, names[j]));
    }
  }
  g_assert_cmpstr(auth_mechanism_name("plain", 5), ==, "PLAIN");
  g_assert_null(auth_mechanism_name("PLAINS", 6));
  g_assert_null(auth_mechanism_name("", 0));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/exchange/checked", test_checked);
  g_test_add_func("/exchange/anything_is_accepted", test_anything_is_accepted);
  g_test_add_func("/exchange/cram_md5_digest", test_cram_md5_digest);
  g_test_add_func("/exchange/cram_md5", test_cram_md5);
  g_test_add_func("/exchange/challenges_differ", test_challenges_differ);
  g_test_add_func("/exchange/rejected_even_when_anything_is_accepted", test_rejected_even_when_anything_is_accepted);
  g_test_add_func("/exchange/names_at_their_limit", test_names_at_their_limit);
  g_test_add_func("/exchange/passwords_at_their_limit", test_passwords_at_their_limit);
  g_test_add_func("/exchange/responses_at_their_limit", test_responses_at_their_limit);
  g_test_add_func("/exchange/only_what_can_succeed_is_offered", test_only_what_can_succeed_is_offered);
  return g_test_run();
}
