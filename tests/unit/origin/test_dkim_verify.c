#include "dkim_vectors.h"
#include "origin/dkim_verify.h"
#include <string.h>

static const char *const given[][2] = {
    {"brisbane._domainkey.example.com", "v=DKIM1; p=" BRISBANE_RSA},
    {"brisbane._domainkey.football.example.com", "v=DKIM1; k=ed25519; p=" BRISBANE_ED25519},
    {"test._domainkey.football.example.com", "v=DKIM1; k=rsa; p=" TEST_RSA},
};

static DnsRecords *give_keys(void) {
  DnsRecords *records = dns_records_new();

  for (gsize i = 0; i < G_N_ELEMENTS(given); i++)
    dns_records_add(records, DNS_TXT, given[i][0], given[i][1]);
  return records;
}

/* The verdict on the first signature in a message made of pieces. */
static DkimVerdict *verify(const char *signature, const char *mail, gint64 received_us, const DnsRecords *records) {
  g_autofree char *whole = g_strconcat(signature, mail, NULL);
  g_autoptr(GBytes) bytes = g_bytes_new(whole, strlen(whole));
  g_autoptr(Message) message = message_parse(bytes, 0);

  return dkim_verify(message, header_fields_first(message_fields(message), "DKIM-Signature"), received_us, records);
}

static void assert_cause(const char *signature, const char *mail, const DnsRecords *records, DkimCause cause,
                         const char *words) {
  DkimVerdict *verdict = verify(signature, mail, 0, records);

  if (verdict->cause != cause || !strstr(verdict->reason, words))
    g_error("%s%s: cause %d, \"%s\"", signature, mail, verdict->cause, verdict->reason);
  g_assert_cmpint(verdict->result == ORIGIN_PASS, ==, cause == DKIM_VALID);
  dkim_verdict_free(verdict);
}

static char *replace(const char *text, const char *old, const char *new) {
  g_autoptr(GString) out = g_string_new(text);

  g_assert_cmpuint(g_string_replace(out, old, new, 1), ==, 1);
  return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- messages that others signed */

static void examples_of_the_rfcs_are_good(void) {
  g_autoptr(DnsRecords) keys = give_keys();
  g_autofree char *second = g_strconcat(rfc8463_rsa, rfc8463_mail, NULL);
  DkimVerdict *verdict = verify("", rfc6376_mail, 0, keys);

  g_assert_cmpint(verdict->result, ==, ORIGIN_PASS);
  g_assert_cmpint(verdict->body, ==, DKIM_PART_SAME);
  g_assert_cmpint(verdict->fields, ==, DKIM_PART_SAME);
  g_assert_cmpuint(verdict->key_bits, ==, 1024);
  g_assert_cmpstr(verdict->record, ==, "brisbane._domainkey.example.com");
  g_assert_cmpstr(dkim_canonical_name(verdict->signature), ==, "simple/simple");
  dkim_verdict_free(verdict);
  assert_cause(rfc8463_ed25519, second, keys, DKIM_VALID, "valid");
  assert_cause("", second, keys, DKIM_VALID, "valid");
}

static void every_pair_of_canonical_forms_is_good(void) {
  g_autoptr(DnsRecords) keys = give_keys();

  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
    DkimVerdict *verdict = verify(pairs[i].signature, plain_mail, 0, keys);
    g_assert_cmpint(verdict->cause, ==, DKIM_VALID);
    g_assert_cmpstr(dkim_canonical_name(verdict->signature), ==, pairs[i].canonical);
    dkim_verdict_free(verdict);
  }
}

/* What relaxed forms do not mind, and simple ones do. */
static void canonical_forms_take_what_they_should(void) {
  static const struct {
    const char *old, *new;
    gboolean is_body;
  } changes[] = {
      {"subject:  Is", "SUBJECT : \tIs", FALSE}, {"Suzie\r\n <", "Suzie <", FALSE},
      {"ready? \r\n", "ready?\r\n", FALSE},      {"We  lost", "We \tlost", TRUE},
      {"the game. \r\n", "the game.\r\n", TRUE}, {"Hi.\r\n \r\n", "Hi.\r\n\r\n", TRUE},
  };
  g_autoptr(DnsRecords) keys = give_keys();

  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
    g_autofree char *shorter = replace(plain_mail, "\r\n\r\n\r\n", "\r\n");
    g_autofree char *longer = g_strconcat(plain_mail, "\r\n\r\n", NULL);
    assert_cause(pairs[i].signature, shorter, keys, DKIM_VALID, "");
    assert_cause(pairs[i].signature, longer, keys, DKIM_VALID, "");
    for (gsize j = 0; j < G_N_ELEMENTS(changes); j++) {
      g_autofree char *mail = replace(plain_mail, changes[j].old, changes[j].new);
      gboolean is_relaxed = changes[j].is_body ? g_str_has_suffix(pairs[i].canonical, "/relaxed")
                                               : g_str_has_prefix(pairs[i].canonical, "relaxed/");
      assert_cause(pairs[i].signature, mail, keys,
                   is_relaxed           ? DKIM_VALID
                   : changes[j].is_body ? DKIM_BODY_CHANGED
                                        : DKIM_FIELDS_OR_KEY,
                   is_relaxed ? "" : "canonicalization simple");
    }
  }
}

/* --- tampering */

static void each_signed_field_counts(void) {
  static const char *const changes[][2] = {
      {"<joe@", "<eve@"},
      {"Suzie Q", "Suzie R"},
      {"dinner", "supper"},
      {"21:00:37", "21:00:38"},
      {"<20030712040037", "<2003"},
      {"From: Joe", "From:"},
      {"Message-ID", "X-ID"},
      {"Subject: Is", "Subject: x\r\nSubject: Is"},
      {"\r\n\r\n", "\r\nSubject: x\r\n\r\n"},
  };
  g_autoptr(DnsRecords) keys = give_keys();

  for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_autofree char *mail = replace(rfc8463_mail, changes[i][0], changes[i][1]);
    assert_cause(rfc8463_rsa, mail, keys, DKIM_FIELDS_CHANGED, "(canonicalization relaxed; the body is unchanged)");
    assert_cause(rfc8463_ed25519, mail, keys, DKIM_FIELDS_OR_KEY, "(canonicalization relaxed; the body is unchanged)");
  }
  g_autofree char *beside = replace(rfc8463_mail, "Subject", "X-Other: x\r\nReply-To: eve@example.net\r\nSubject");
  assert_cause(rfc8463_rsa, beside, keys, DKIM_VALID, "");
}

static void tags_of_the_signature_count(void) {
  static const char *const changes[][2] = {
      {"t=1528637909", "t=1528637908"}, {"h=from", "h=From"}, {"q=dns/txt", "x=1"}};
  g_autoptr(DnsRecords) keys = give_keys();

  for (gsize i = 0; i < 2; i++) {
    g_autofree char *signature = replace(rfc8463_rsa, changes[i][0], changes[i][1]);
    assert_cause(signature, rfc8463_mail, keys, DKIM_FIELDS_CHANGED, "");
  }
  g_autofree char *damaged = replace(rfc8463_rsa, "b=F45d", "b=F46d");
  assert_cause(damaged, rfc8463_mail, keys, DKIM_OTHER_KEY, "another key");
  g_autofree char *malformed = replace(rfc8463_rsa, "q=dns/txt", "x=1");
  assert_cause(malformed, rfc8463_mail, keys, DKIM_MALFORMED, "x=");
}

static void the_body_counts(void) {
  g_autoptr(DnsRecords) keys = give_keys();
  g_autofree char *changed = replace(rfc8463_mail, "lost", "won");
  g_autofree char *both = replace(changed, "dinner", "supper");
  g_autofree char *longer = g_strconcat(rfc8463_mail, "x\r\n", NULL);

  assert_cause(rfc8463_rsa, changed, keys, DKIM_BODY_CHANGED,
               "(canonicalization relaxed; the signed fields are unchanged");
  assert_cause(rfc8463_rsa, longer, keys, DKIM_BODY_CHANGED, "signed fields are");
  assert_cause(rfc8463_rsa, both, keys, DKIM_BODY_CHANGED, "(canonicalization relaxed)");
  assert_cause(rfc8463_rsa, changed, NULL, DKIM_BODY_CHANGED, "(canonicalization relaxed)");
}

static void a_body_may_be_signed_in_part(void) {
  g_autoptr(DnsRecords) keys = give_keys();
  g_autofree char *longer = g_strconcat(plain_mail, "added\r\n", NULL);
  g_autofree char *shorter = replace(plain_mail, "We", "");
  g_autofree char *too_long = replace(limited, "l=29", "l=30");

  assert_cause(limited, plain_mail, keys, DKIM_VALID, "");
  assert_cause(limited, longer, keys, DKIM_VALID, ""); /* which is why it is warned of */
  assert_cause(limited, shorter, keys, DKIM_BODY_CHANGED, "");
  assert_cause(too_long, plain_mail, keys, DKIM_BODY_SHORT, "l=");
}

static void line_ends_of_lf_are_recognized(void) {
  static const char body[] = "From: a@b.example\r\n\r\nx\r\n";
  g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "x\n", -1);
  guint8 bytes[32];

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)(g_ascii_xdigit_value(digest[2 * i]) * 16 + g_ascii_xdigit_value(digest[2 * i + 1]));
  g_autofree char *hash = g_base64_encode(bytes, sizeof bytes);
  g_autofree char *signature =
      g_strdup_printf("DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; h=From; b=eA==; bh=%s\r\n", hash);
  assert_cause(signature, body, NULL, DKIM_BODY_CHANGED, "LF line ends");
}

/* --- what is told without a key, and of keys that do not serve */

static void without_the_key_the_record_is_named(void) {
  assert_cause(rfc8463_rsa, rfc8463_mail, NULL, DKIM_NO_KEY, "TXT test._domainkey.football.example.com");
}

static void signatures_expire(void) {
  g_autofree char *signature = replace(rfc8463_rsa, "t=1528637909", "x=1528637909");
  static const struct {
    gint64 received_s;
    DkimCause cause;
  } vectors[] = {{0, DKIM_NO_KEY}, {1528637909, DKIM_NO_KEY}, {1528637910, DKIM_EXPIRED}};

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    DkimVerdict *verdict = verify(signature, rfc8463_mail, vectors[i].received_s * G_USEC_PER_SEC, NULL);
    g_assert_cmpint(verdict->cause, ==, vectors[i].cause);
    dkim_verdict_free(verdict);
  }
}

static void what_counts_for_nothing_is_told(void) {
  g_autofree char *no_from = replace(rfc8463_rsa, "h=from : to : subject :\r\n date : message-id : from",
                                     "h=to : subject :\r\n date : message-id");

  assert_cause(no_from, rfc8463_mail, NULL, DKIM_FROM_UNSIGNED, "From");
  assert_cause("DKIM-Signature: v=1; a=rsa-sha1; d=b.example; s=s; h=From; b=eA==; bh=uoq1oCgLlTqpdDX/iUbLy7J1Wic=\r\n",
               "From: a@b.example\r\n\r\n", NULL, DKIM_SHA1, "rsa-sha1");
}

/* A record, and what is said of it. RSA of 1024 bits and more counts. */
static void keys_have_to_fit(void) {
  static const char *const vectors[][2] = {
      {"p=" TEST_RSA, NULL},
      {"v=DKIM1; h=sha1:sha256; s=email; t=s; n=note; p=" TEST_RSA ";", NULL},
      {"v=DKIM1; t=y:s; s=tlsrpt:*; p=" TEST_RSA, NULL},
      {"v=DKIM1; p=", "revoked"},
      {"v=DKIM1; p=x", "malformed"},
      {"v=DKIM1; p=eA==", "malformed"},
      {"v=DKIM2; p=" TEST_RSA, "malformed"},
      {"v=DKIM1", "malformed"},
      {"v=DKIM1; p=" TEST_RSA "; p=x", "malformed"},
      {"v=DKIM1; k=ed25519; p=" BRISBANE_ED25519, "another algorithm"},
      {"v=DKIM1; p=" BRISBANE_ED25519, "malformed"},
      {"v=DKIM1; h=sha1; p=" TEST_RSA, "another algorithm"},
      {"v=DKIM1; s=tlsrpt; p=" TEST_RSA, "s="},
      {"p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALr46oQoQiT3PkJ4Qjvzt3e2NFCp8Oydp0v5pOAKS4IqvEYpTQ8sQPc"
       "8pTfMFvuXkMbbkkX7Uuu5lVvPhAUMGjMCAwEAAQ==",
       "less than 1024 bits"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(DnsRecords) records = dns_records_new();
    dns_records_add(records, DNS_TXT, "test._domainkey.football.example.com", vectors[i][0]);
    assert_cause(rfc8463_rsa, rfc8463_mail, records, vectors[i][1] ? DKIM_KEY_UNFIT : DKIM_VALID,
                 vectors[i][1] ? vectors[i][1] : "");
  }
}

static void identities_below_may_be_forbidden(void) {
  g_autoptr(DnsRecords) records = dns_records_new();

  dns_records_add(records, DNS_TXT, "brisbane._domainkey.example.com", "v=DKIM1; t=s; p=" BRISBANE_RSA);
  assert_cause("", rfc6376_mail, records, DKIM_KEY_UNFIT, "t=s");
}

static void another_key_is_told_from_other_fields(void) {
  g_autoptr(DnsRecords) records = dns_records_new();

  dns_records_add(records, DNS_TXT, "test._domainkey.football.example.com", "not a key");
  dns_records_add(records, DNS_TXT, "test._domainkey.football.example.com", "v=DKIM1; p=" BRISBANE_RSA);
  assert_cause(rfc8463_rsa, rfc8463_mail, records, DKIM_OTHER_KEY, "another key");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dkim_verify/examples_of_the_rfcs_are_good", examples_of_the_rfcs_are_good);
  g_test_add_func("/dkim_verify/every_pair_of_canonical_forms_is_good", every_pair_of_canonical_forms_is_good);
  g_test_add_func("/dkim_verify/canonical_forms_take_what_they_should", canonical_forms_take_what_they_should);
  g_test_add_func("/dkim_verify/each_signed_field_counts", each_signed_field_counts);
  g_test_add_func("/dkim_verify/tags_of_the_signature_count", tags_of_the_signature_count);
  g_test_add_func("/dkim_verify/the_body_counts", the_body_counts);
  g_test_add_func("/dkim_verify/a_body_may_be_signed_in_part", a_body_may_be_signed_in_part);
  g_test_add_func("/dkim_verify/line_ends_of_lf_are_recognized", line_ends_of_lf_are_recognized);
  g_test_add_func("/dkim_verify/without_the_key_the_record_is_named", without_the_key_the_record_is_named);
  g_test_add_func("/dkim_verify/signatures_expire", signatures_expire);
  g_test_add_func("/dkim_verify/what_counts_for_nothing_is_told", what_counts_for_nothing_is_told);
  g_test_add_func("/dkim_verify/keys_have_to_fit", keys_have_to_fit);
  g_test_add_func("/dkim_verify/identities_below_may_be_forbidden", identities_below_may_be_forbidden);
  g_test_add_func("/dkim_verify/another_key_is_told_from_other_fields", another_key_is_told_from_other_fields);
  return g_test_run();
}
