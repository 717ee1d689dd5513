#include "api/origin_json.h"
#include "api/json.h"

/* A result, its reason and who says so: each object begins with these. */
static json_t *print_result(OriginResult result, const char *reason, const char *source) {
  json_t *object = json_object();

  json_object_set_new(object, "Result", json_text(origin_result_name(result)));
  json_object_set_new(object, "Reason", json_text(reason));
  json_object_set_new(object, "Source", json_text(source));
  return object;
}

/* Of one that is not well-formed all texts are empty. */
static json_t *print_signature(const DkimVerdict *verdict, Alignment alignment) {
  const DkimSignature *signature = verdict->signature;
  json_t *object = print_result(verdict->result, verdict->reason, verdict->source);

  json_object_set_new(object, "Domain", json_text(signature ? signature->domain : ""));
  json_object_set_new(object, "Selector", json_text(signature ? signature->selector : ""));
  json_object_set_new(object, "Record", json_text(verdict->record));
  json_object_set_new(object, "Algorithm", json_text(signature ? dkim_algorithm_name(signature->algorithm) : ""));
  json_object_set_new(object, "Canonicalization", json_text(signature ? dkim_canonical_name(signature) : ""));
  json_object_set_new(object, "SignedFields", signature ? json_texts(signature->fields) : json_array());
  json_object_set_new(object, "Fields", json_text(dkim_part_name(verdict->fields)));
  json_object_set_new(object, "Body", json_text(dkim_part_name(verdict->body)));
  json_object_set_new(object, "KeyBits", json_integer(verdict->key_bits));
  json_object_set_new(object, "Alignment", json_text(alignment_name(alignment)));
  return object;
}

static json_t *print_spf(const OriginReport *report) {
  json_t *object = print_result(report->spf.result, report->spf.reason, report->spf.source);

  json_object_set_new(object, "Domain", json_text(report->spf_domain));
  json_object_set_new(object, "Address", json_text(report->spf_address));
  json_object_set_new(object, "Alignment", json_text(alignment_name(report->spf_alignment)));
  return object;
}

static json_t *print_dmarc(const DmarcVerdict *dmarc) {
  json_t *object = print_result(dmarc->result, dmarc->reason, dmarc->source);

  json_object_set_new(object, "Record", json_text(dmarc->record));
  json_object_set_new(object, "Policy", json_text(dmarc->policy));
  return object;
}

json_t *origin_json(const OriginReport *report) {
  json_t *object = json_object();
  json_t *signatures = json_array();

  for (guint i = 0; i < report->signatures->len; i++)
    json_array_append_new(signatures, print_signature(g_ptr_array_index(report->signatures, i),
                                                      g_array_index(report->evidence, DmarcEvidence, i).alignment));
  json_object_set_new(object, "From", json_text(report->from));
  json_object_set_new(object, "DKIM", signatures);
  json_object_set_new(object, "SPF", print_spf(report));
  json_object_set_new(object, "DMARC", print_dmarc(&report->dmarc));
  return object;
}
