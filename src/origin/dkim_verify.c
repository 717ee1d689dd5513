#include "origin/dkim_verify.h"
#include "origin/dkim_canonical.h"
#include "origin/tag_list.h"
#include <string.h>

enum { LF_BYTES_MAX = 1024 * 1024 /* of a body that is tried with line ends of LF as well */ };

const char *dkim_part_name(DkimPart part) {
  static const char *const names[] = {
      [DKIM_PART_UNKNOWN] = "unknown", [DKIM_PART_SAME] = "same", [DKIM_PART_CHANGED] = "changed"};

  return names[part];
}

static const char *form_name(gboolean is_relaxed) {
  return is_relaxed ? "relaxed" : "simple";
}

const char *dkim_canonical_name(const DkimSignature *signature) {
  static const char *const names[2][2] = {{"simple/simple", "simple/relaxed"}, {"relaxed/simple", "relaxed/relaxed"}};

  return names[signature->is_header_relaxed ? 1 : 0][signature->is_body_relaxed ? 1 : 0];
}

/* One verification under way. */
typedef struct Work {
  const Message *message;
  const HeaderField *field;
  const DkimSignature *signature;
  DkimKeyFault fault;
  DkimMatch match;
  gboolean is_test;    /* the key says so */
  gboolean is_short;   /* of the body, there is less than l= */
  gboolean is_lf_body; /* it was signed with line ends of LF */
} Work;

/* --- the body */

static char *hash_body(const Work *work, gboolean has_bare_lf, guint64 *out_bytes) {
  const MessagePart *root = g_ptr_array_index(message_parts(work->message), 0);
  const DkimSignature *signature = work->signature;
  const DkimBodyForm form = {
      .is_relaxed = signature->is_body_relaxed,
      .max_bytes = signature->max_body_bytes,
      .has_bare_lf = has_bare_lf,
  };
  gsize len;
  const char *bytes = (const char *)message_bytes(work->message, &len);

  return dkim_body_hash(bytes + root->body_offset, len - root->body_offset, &form,
                        signature->algorithm == DKIM_RSA_SHA1 ? G_CHECKSUM_SHA1 : G_CHECKSUM_SHA256, out_bytes);
}

static DkimPart check_body(Work *work) {
  const DkimSignature *signature = work->signature;
  guint64 n_bytes;
  g_autofree char *hash = hash_body(work, FALSE, &n_bytes);

  work->is_short = signature->max_body_bytes != G_MAXUINT64 && n_bytes < signature->max_body_bytes;
  if (strcmp(hash, signature->body_hash) == 0)
    return DKIM_PART_SAME;
  if (n_bytes <= LF_BYTES_MAX) {
    g_autofree char *lf_hash = hash_body(work, TRUE, &n_bytes);
    work->is_lf_body = strcmp(lf_hash, signature->body_hash) == 0;
  }
  return DKIM_PART_CHANGED;
}

/* --- the fields */

/* The field itself as it was when it was signed: without the value of b=. */
static void append_unsigned(GString *out, const HeaderField *field, gboolean is_relaxed) {
  g_autoptr(GString) bare = g_string_new_len(field->name, (gssize)(field->raw + field->raw_len - field->name));
  gsize start, end;

  if (tag_list_locate_b(field->raw, field->raw_len, &start, &end))
    g_string_erase(bare, (gssize)(field->raw - field->name) + (gssize)start, (gssize)(end - start));
  dkim_canonical_field(out, bare->str, bare->len, is_relaxed);
}

static void hash_fields(const Work *work, guint8 out_hash[DKIM_HASH_BYTES]) {
  const DkimSignature *signature = work->signature;
  g_autoptr(GString) header = g_string_new(NULL);
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  gsize len = DKIM_HASH_BYTES;

  dkim_canonical_header(header, message_fields(work->message), signature->fields, signature->is_header_relaxed);
  append_unsigned(header, work->field, signature->is_header_relaxed);
  g_checksum_update(checksum, (const guchar *)header->str, (gssize)header->len);
  g_checksum_get_digest(checksum, out_hash, &len);
}

static DkimPart check_fields(Work *work, const char *record, guint *out_bits) {
  g_auto(DkimKey) key = {0};
  guint8 hash[DKIM_HASH_BYTES];

  work->fault = dkim_key_read(record, work->signature, &key);
  work->is_test = key.is_test;
  *out_bits = key.bits;
  if (!key.key || work->signature->algorithm == DKIM_RSA_SHA1)
    return DKIM_PART_UNKNOWN;
  hash_fields(work, hash);
  work->match = dkim_key_match(&key, work->signature->bytes, hash, sizeof hash);
  if (work->match == DKIM_MATCH_YES)
    return DKIM_PART_SAME;
  return work->match == DKIM_MATCH_OTHER_HASH ? DKIM_PART_CHANGED : DKIM_PART_UNKNOWN;
}

/* The texts at the key's place that may be one. NULL: none was given. */
static const char *find_key(const DnsRecords *records, const char *name) {
  const GPtrArray *texts = dns_records_find(records, DNS_TXT, name);

  for (guint i = 0; texts && i < texts->len; i++)
    if (strstr(g_ptr_array_index(texts, i), "p="))
      return g_ptr_array_index(texts, i);
  return texts ? g_ptr_array_index(texts, 0) : NULL;
}

/* --- the verdict */

static DkimCause cause_of_match(DkimMatch match) {
  static const DkimCause causes[] = {[DKIM_MATCH_YES] = DKIM_VALID,
                                     [DKIM_MATCH_NO] = DKIM_FIELDS_OR_KEY,
                                     [DKIM_MATCH_OTHER_HASH] = DKIM_FIELDS_CHANGED,
                                     [DKIM_MATCH_OTHER_KEY] = DKIM_OTHER_KEY};

  return causes[match];
}

/* In the order of RFC 6376 6.1, but for what can be told without the key, which comes before it. */
static DkimCause decide(const Work *work, const DkimVerdict *verdict, gint64 received_s, gboolean has_key) {
  const DkimSignature *signature = work->signature;

  if (dkim_signature_covers(signature, "From") == 0)
    return DKIM_FROM_UNSIGNED;
  if (signature->algorithm == DKIM_RSA_SHA1)
    return DKIM_SHA1;
  if (received_s > 0 && signature->expires_s > 0 && signature->expires_s < received_s)
    return DKIM_EXPIRED;
  if (verdict->body != DKIM_PART_SAME)
    return DKIM_BODY_CHANGED;
  if (work->is_short)
    return DKIM_BODY_SHORT;
  if (!has_key)
    return DKIM_NO_KEY;
  return work->fault != DKIM_KEY_GOOD ? DKIM_KEY_UNFIT : cause_of_match(work->match);
}

static const struct {
  OriginResult result;
  const char *reason;
  const char *source;
} causes[] = {
    [DKIM_VALID] = {ORIGIN_PASS, "the signature is valid: signed fields and body are unchanged", "RFC 6376 6.1.3"},
    [DKIM_MALFORMED] = {ORIGIN_PERMERROR, "the field is malformed", "RFC 6376 3.5"},
    [DKIM_FROM_UNSIGNED] = {ORIGIN_PERMERROR, "h= does not contain From", "RFC 6376 5.4"},
    [DKIM_SHA1] = {ORIGIN_PERMERROR, "receivers ignore rsa-sha1: sign with rsa-sha256 or ed25519-sha256",
                   "RFC 8301 3.1"},
    [DKIM_EXPIRED] = {ORIGIN_FAIL, "the signature had expired (x=) when the message was received", "RFC 6376 3.5"},
    [DKIM_BODY_CHANGED] = {ORIGIN_FAIL, "bh= does not match the body: it was changed after it was signed",
                           "RFC 6376 6.1.3"},
    [DKIM_BODY_SHORT] = {ORIGIN_PERMERROR, "l= is larger than the body", "RFC 6376 3.5"},
    [DKIM_NO_KEY] = {ORIGIN_UNKNOWN, "the body is unchanged; verifying the fields needs the key", "RFC 6376 6.1.2"},
    [DKIM_KEY_UNFIT] = {ORIGIN_PERMERROR, "the key cannot be used", "RFC 6376 6.1.2"},
    [DKIM_FIELDS_CHANGED] = {ORIGIN_FAIL, "a signed field was changed", "RFC 6376 6.1.3"},
    [DKIM_OTHER_KEY] = {ORIGIN_FAIL, "the signature was made with another key, or b= is damaged", "RFC 6376 6.1.3"},
    [DKIM_FIELDS_OR_KEY] = {ORIGIN_FAIL, "a signed field was changed, or the signature was made with another key",
                            "RFC 8463 3"},
};

static const char *const faults[] = {
    [DKIM_KEY_GOOD] = "",
    [DKIM_KEY_MALFORMED] = "it is malformed",
    [DKIM_KEY_REVOKED] = "it is revoked: p= is empty",
    [DKIM_KEY_OTHER_ALGORITHM] = "it is for another algorithm than a=",
    [DKIM_KEY_NOT_FOR_MAIL] = "s= does not allow email",
    [DKIM_KEY_NOT_FOR_BELOW] = "t=s does not allow a subdomain of d= in i=",
    [DKIM_KEY_SHORT] = "receivers ignore RSA keys of less than 1024 bits (RFC 8301 3.2)",
};

/* What else is known, behind the cause. The caller frees. */
static char *print_beside(const Work *work, const DkimVerdict *verdict) {
  const DkimSignature *signature = work->signature;

  switch (verdict->cause) {
  case DKIM_BODY_CHANGED:
    return g_strdup_printf("canonicalization %s%s%s", form_name(signature->is_body_relaxed),
                           work->is_lf_body ? "; it was signed with LF line ends instead of CRLF" : "",
                           verdict->fields == DKIM_PART_SAME ? "; the signed fields are unchanged" : "");
  case DKIM_FIELDS_CHANGED:
  case DKIM_FIELDS_OR_KEY:
    return g_strdup_printf("canonicalization %s; the body is unchanged", form_name(signature->is_header_relaxed));
  case DKIM_NO_KEY:
    return g_strdup_printf("TXT %s", verdict->record);
  case DKIM_KEY_UNFIT:
    return g_strdup_printf("TXT %s: %s", verdict->record, faults[work->fault]);
  default:
    return g_strdup(work->is_test ? "test key (t=y): receivers may ignore the signature" : "");
  }
}

static void explain(const Work *work, DkimVerdict *verdict) {
  g_autofree char *beside = print_beside(work, verdict);

  verdict->result = causes[verdict->cause].result;
  verdict->source = causes[verdict->cause].source;
  verdict->reason = *beside != '\0' ? g_strdup_printf("%s (%s)", causes[verdict->cause].reason, beside)
                                    : g_strdup(causes[verdict->cause].reason);
}

static DkimVerdict *make_malformed(const char *problem) {
  DkimVerdict *verdict = g_new0(DkimVerdict, 1);

  verdict->cause = DKIM_MALFORMED;
  verdict->result = causes[DKIM_MALFORMED].result;
  verdict->source = causes[DKIM_MALFORMED].source;
  verdict->reason = g_strdup_printf("%s: %s", causes[DKIM_MALFORMED].reason, problem);
  verdict->record = g_strdup("");
  return verdict;
}

DkimVerdict *dkim_verify(const Message *message, const HeaderField *field, gint64 received_us,
                         const DnsRecords *records) {
  const char *problem;
  DkimSignature *signature = dkim_signature_parse(field->raw, field->raw_len, &problem);

  if (!signature)
    return make_malformed(problem);
  DkimVerdict *verdict = g_new0(DkimVerdict, 1);
  Work work = {.message = message, .field = field, .signature = signature};
  verdict->signature = signature;
  verdict->record = g_strdup_printf("%s._domainkey.%s", signature->selector, signature->domain);
  const char *key = find_key(records, verdict->record);
  verdict->body = check_body(&work);
  if (key)
    verdict->fields = check_fields(&work, key, &verdict->key_bits);
  verdict->cause = decide(&work, verdict, received_us / G_USEC_PER_SEC, key != NULL);
  explain(&work, verdict);
  return verdict;
}

void dkim_verdict_free(DkimVerdict *verdict) {
  if (!verdict)
    return;
  dkim_signature_free(verdict->signature);
  g_free(verdict->reason);
  g_free(verdict->record);
  g_free(verdict);
}
