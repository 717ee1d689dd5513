#include "syntax/dsn.h"
#include <string.h>

/* Copies of the exact length, so that ASan sees a step over the end. */
static char *exact_copy(const char *text) {
  gsize len = strlen(text);
  char *copy = g_malloc(MAX(len, 1));

  memcpy(copy, text, len);
  return copy;
}

static void ret_is_one_of_two_words(void) {
  static const struct {
    const char *value;
    const char *ret; /* NULL: wrong */
  } rows[] = {{"FULL", "FULL"}, {"hdrs", "HDRS"}, {"", NULL}, {"FUL", NULL}, {"FULLER", NULL}, {"FULL,HDRS", NULL}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *value = exact_copy(rows[i].value);
    const char *ret = NULL;
    g_assert_true((dsn_ret_parse(value, strlen(rows[i].value), &ret) == NULL) == (rows[i].ret != NULL));
    g_assert_cmpstr(ret, ==, rows[i].ret);
  }
}

static void notify_is_never_or_a_list(void) {
  static const struct {
    const char *value;
    const char *notify; /* NULL: wrong */
  } rows[] = {
      {"NEVER", "NEVER"},
      {"success", "SUCCESS"},
      {"Delay,FAILURE", "DELAY,FAILURE"},
      {"SUCCESS,FAILURE,DELAY", "SUCCESS,FAILURE,DELAY"},
      {"", NULL},
      {",", NULL},
      {"FAILURE,", NULL},
      {",FAILURE", NULL},
      {"FAILURE,,DELAY", NULL},
      {"FAILURE;DELAY", NULL},
      {"FAILURE,FAILURE", NULL},
      {"NEVER,NEVER", NULL},
      {"NEVER,SUCCESS", NULL},
      {"SUCCESS,NEVER", NULL},
      {"NEVERS", NULL},
      {"ALWAYS", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *value = exact_copy(rows[i].value);
    g_autofree char *notify = NULL;
    g_assert_true((dsn_notify_parse(value, strlen(rows[i].value), &notify) == NULL) == (rows[i].notify != NULL));
    g_assert_cmpstr(notify, ==, rows[i].notify);
  }
}

static gboolean is_envid(const char *text) {
  g_autofree char *value = exact_copy(text);

  return dsn_envid_check(value, strlen(text)) == NULL;
}

static gboolean is_orcpt(const char *text) {
  g_autofree char *value = exact_copy(text);

  return dsn_orcpt_check(value, strlen(text)) == NULL;
}

static void envid_is_printable_ascii(void) {
  static const char *const good[] = {"QQ314159", "a+20b", "+2B", "<a;b,c>", "!~"};
  static const char *const bad[] = {"", "+", "+2", "+2G", "a+0A", "a+7F", "a+00", "a+C3+A9", "a+FF", "\xc3\xa9"};

  for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
    g_assert_true(is_envid(good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_false(is_envid(bad[i]));
}

static void orcpt_has_a_type_and_an_address(void) {
  static const char *const good[] = {"rfc822;a@b",     "RFC822;a+2Bb@c", "x400;/G+3DAnn/", "utf-8;\xc3\xa9@b",
                                     "utf-8;+C3+A9@b", "rfc822;a;b",     "utf-8;\\x{E9}@b"};
  static const char *const bad[] = {"",          "rfc822",         "rfc822;",           ";a@b",
                                    "rfc822;+",  "rfc822;a+0D+0A", "rfc822;\xc3\xa9@b", "rfc822;+C3+A9@b",
                                    "rfc 822;a", "rfc(822;a",      "utf-8;\xff",        "utf-8;+FF"};

  for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
    g_assert_true(is_orcpt(good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_false(is_orcpt(bad[i]));
}

/* Before encoding, so that what is encoded may be three times as long. */
static void lengths_are_counted_before_encoding(void) {
  g_autofree char *plain_100 = g_strnfill(100, 'a');
  g_autofree char *plain_101 = g_strnfill(101, 'a');
  g_autoptr(GString) encoded = g_string_new(NULL);

  for (guint i = 0; i < 100; i++)
    g_string_append(encoded, "+20");
  g_assert_true(is_envid(plain_100));
  g_assert_false(is_envid(plain_101));
  g_assert_true(is_envid(encoded->str));
  g_string_append(encoded, "+20");
  g_assert_false(is_envid(encoded->str));

  for (gsize len = 499; len <= 501; len++) {
    g_autofree char *address = g_strnfill(len, 'a');
    g_autofree char *orcpt = g_strconcat("rfc822;", address, NULL);
    g_assert_true(is_orcpt(orcpt) == (len <= 500));
  }
}

static void orcpt_is_decoded_behind_its_type(void) {
  static const char *const rows[][2] = {
      {"rfc822;a+2Bb@c", "rfc822;a+b@c"}, {"x+2B;a+3Db", "x+2B;a=b"}, {"utf-8;+C3+A9@b", "utf-8;\xc3\xa9@b"}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *decoded = dsn_orcpt_decode(rows[i][0]);
    g_assert_cmpstr(decoded, ==, rows[i][1]);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/syntax/dsn/" #name, name)
  ADD(ret_is_one_of_two_words);
  ADD(notify_is_never_or_a_list);
  ADD(envid_is_printable_ascii);
  ADD(orcpt_has_a_type_and_an_address);
  ADD(lengths_are_counted_before_encoding);
  ADD(orcpt_is_decoded_behind_its_type);
#undef ADD
  return g_test_run();
}
