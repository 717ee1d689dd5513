#include "origin/dkim_signature.h"
#include "origin/tag_list.h"
#include <string.h>

#define HASH "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;"
#define WHOLE "v=1;a=rsa-sha256;b=eA==;" HASH "d=b.example;s=s;h=From:To"

static void all_tags_are_read(void) {
  static const char text[] =
      " v=1; a=Ed25519-SHA256; c=relaxed/simple;\r\n\td=B.example; s=one.two; i=joe@sub.b.example;"
      " h=From :\r\n To:FROM; l=12; t=10; x=11; q=other:dns/txt; z=From:x; b=aGVs\r\n\tbG8=;" HASH;
  const char *problem;
  g_autoptr(DkimSignature) signature = dkim_signature_parse(text, strlen(text), &problem);

  g_assert_null(problem);
  g_assert_cmpint(signature->algorithm, ==, DKIM_ED25519_SHA256);
  g_assert_true(signature->is_header_relaxed && !signature->is_body_relaxed);
  g_assert_cmpstr(signature->domain, ==, "b.example");
  g_assert_cmpstr(signature->selector, ==, "one.two");
  g_assert_cmpstr(signature->identity, ==, "sub.b.example");
  g_assert_cmpstr(signature->body_hash, ==, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
  g_assert_cmpmem(g_bytes_get_data(signature->bytes, NULL), g_bytes_get_size(signature->bytes), "hello", 5);
  g_assert_cmpuint(signature->max_body_bytes, ==, 12);
  g_assert_cmpint(signature->signed_s, ==, 10);
  g_assert_cmpint(signature->expires_s, ==, 11);
  g_assert_cmpuint(dkim_signature_covers(signature, "from"), ==, 2);
  g_assert_cmpuint(dkim_signature_covers(signature, "Subject"), ==, 0);
}

static void what_is_not_said_is_the_usual(void) {
  const char *problem;
  g_autoptr(DkimSignature) signature = dkim_signature_parse(WHOLE, strlen(WHOLE), &problem);

  g_assert_cmpint(signature->algorithm, ==, DKIM_RSA_SHA256);
  g_assert_false(signature->is_header_relaxed || signature->is_body_relaxed);
  g_assert_cmpstr(signature->identity, ==, "b.example");
  g_assert_cmpuint(signature->max_body_bytes, ==, G_MAXUINT64);
  g_assert_cmpint(signature->expires_s, ==, 0);
}

/* A field, and the word of the problem that it has. */
static void what_is_not_well_formed_is_told(void) {
  static const char *const vectors[][2] = {
      {"x", "list of tags"},
      {WHOLE ";v=1", "list of tags"},
      {"v=2;a=rsa-sha256;b=eA==;" HASH "d=b.example;s=s;h=From", "v="},
      {"a=rsa-sha256;b=eA==;" HASH "d=b.example;s=s;h=From", "is missing"},
      {"v=1;a=rsa-sha512;b=eA==;" HASH "d=b.example;s=s;h=From", "a="},
      {"v=1;a=rsa-sha256;b=x;" HASH "d=b.example;s=s;h=From", "b="},
      {"v=1;a=rsa-sha256;b=;" HASH "d=b.example;s=s;h=From", "b="},
      {"v=1;a=rsa-sha256;b=eA==;bh=eA==;d=b.example;s=s;h=From", "bh="},
      {"v=1;a=rsa-sha1;b=eA==;" HASH "d=b.example;s=s;h=From", "bh="},
      {"v=1;a=rsa-sha256;b=eA==;" HASH "d=b_/example;s=s;h=From", "d="},
      {"v=1;a=rsa-sha256;b=eA==;" HASH "d=b.example;s=..;h=From", "s="},
      {"v=1;a=rsa-sha256;b=eA==;" HASH "d=b.example;s=s;h=", "h="},
      {"v=1;a=rsa-sha256;b=eA==;" HASH "d=b.example;s=s;h=From::To", "h="},
      {"v=1;a=rsa-sha256;b=eA==;" HASH "d=b.example;s=s;h=From To", "h="},
      {WHOLE ";c=relax", "c="},
      {WHOLE ";c=relaxed/simple/simple", "c="},
      {WHOLE ";c=", "c="},
      {WHOLE ";i=@c.example", "i="},
      {WHOLE ";i=@ab.example", "i="},
      {WHOLE ";i=b.example", "i="},
      {WHOLE ";l=-1", "l="},
      {WHOLE ";l=", "l="},
      {WHOLE ";t=now", "t="},
      {WHOLE ";t=10;x=10", "x="},
      {WHOLE ";q=http", "q="},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    const char *problem = NULL;
    DkimSignature *signature = dkim_signature_parse(vectors[i][0], strlen(vectors[i][0]), &problem);
    g_assert_null(signature);
    if (!problem || !strstr(problem, vectors[i][1]))
      g_error("\"%s\": %s", vectors[i][0], problem);
  }
}

static void numbers_may_be_long(void) {
  const char *problem;
  static const char text[] = WHOLE ";l=99999999999999999999999999;x=99999999999999999999999999";
  g_autoptr(DkimSignature) signature = dkim_signature_parse(text, strlen(text), &problem);

  g_assert_cmpuint(signature->max_body_bytes, ==, G_MAXUINT64);
  g_assert_cmpint(signature->expires_s, ==, G_MAXINT64);
}

static void so_many_fields_are_read(void) {
  g_autoptr(GString) text = g_string_new(WHOLE);
  const char *problem;

  for (guint i = 2; i < DKIM_FIELDS_MAX; i++)
    g_string_append(text, ":x");
  g_autoptr(DkimSignature) most = dkim_signature_parse(text->str, text->len, &problem);
  g_assert_cmpuint(most->fields->len, ==, DKIM_FIELDS_MAX);
  g_string_append(text, ":x");
  g_assert_null(dkim_signature_parse(text->str, text->len, &problem));
}

/* Each byte taken away, or made another: nothing is to be read that is not there. */
static void every_byte_counts(void) {
  for (gsize i = 0; i <= strlen(WHOLE); i++) {
    for (int c = -1; c < 256; c += 51) {
      g_autofree char *text = g_strdup(WHOLE);
      const char *problem;
      gsize len = c < 0 ? i : strlen(WHOLE);
      if (c >= 0 && i < len)
        text[i] = (char)c;
      g_autofree char *exact = g_malloc(MAX(len, 1));
      memcpy(exact, text, len);
      g_autoptr(DkimSignature) signature = dkim_signature_parse(exact, len, &problem);
      g_assert_true((signature == NULL) == (problem != NULL));
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dkim_signature/all_tags_are_read", all_tags_are_read);
  g_test_add_func("/dkim_signature/what_is_not_said_is_the_usual", what_is_not_said_is_the_usual);
  g_test_add_func("/dkim_signature/what_is_not_well_formed_is_told", what_is_not_well_formed_is_told);
  g_test_add_func("/dkim_signature/numbers_may_be_long", numbers_may_be_long);
  g_test_add_func("/dkim_signature/so_many_fields_are_read", so_many_fields_are_read);
  g_test_add_func("/dkim_signature/every_byte_counts", every_byte_counts);
  return g_test_run();
}
