#pragma once
/* DNS records that somebody gave, for nothing is ever looked up: keys of DKIM, the records of SPF and DMARC, and the
 * addresses those point to.
 *
 * A line is one of a zone file, with or without TTL and class: `s._domainkey.example.com. 3600 IN TXT "v=DKIM1;
 * p=..."`. $ORIGIN, parentheses, several strings, comments and the blank that stands for the name before are read as
 * there. Two things are easier than there, because people copy from elsewhere: without $ORIGIN every name is a whole
 * one, and a text without quotes is the rest of its line. Records of other types are skipped.
 *
 * Owns: its records.
 * Thread: any, once made: it does not change, and its references are counted atomically.
 * Errors: DNS_RECORDS_ERROR_LINE, with the source, the line and what is wrong with it.
 * Units and limits: DNS_RECORDS_MAX records of DNS_RECORD_BYTES_MAX bytes each, of up to DNS_STRINGS_MAX words.
 * Source: RFC 1035 3.3 (data), 5.1 (zone files); RFC 6376 3.6.2.2 (strings are put together). */
#include <glib.h>

enum { DNS_RECORDS_MAX = 10000, DNS_RECORD_BYTES_MAX = 4096, DNS_STRINGS_MAX = 256, DNS_NAME_BYTES_MAX = 253 };

#define DNS_RECORDS_ERROR (dns_records_error_quark())
GQuark dns_records_error_quark(void);

typedef enum { DNS_RECORDS_ERROR_FILE, DNS_RECORDS_ERROR_LINE } DnsRecordsError;

typedef enum { DNS_TXT, DNS_A, DNS_AAAA, DNS_MX, DNS_CNAME, DNS_N_TYPES } DnsType;

typedef struct DnsRecords DnsRecords;

DnsRecords *dns_records_new(void);
DnsRecords *dns_records_ref(DnsRecords *records); /* NULL is fine */
void dns_records_unref(DnsRecords *records);      /* NULL is fine */

/* Adds what is in `text`; `source` names it in errors. On error some of it may have been added. */
gboolean dns_records_parse(DnsRecords *records, const char *text, gsize len, const char *source, GError **error);

/* Adds one record. FALSE: there are too many. */
gboolean dns_records_add(DnsRecords *records, DnsType type, const char *name, const char *data);

/* The data of all records of a type and a name, in either case, also through CNAMEs: char *, valid UTF-8, of a TXT
 * record its text, of an MX record its host. NULL: none was given. `records` may be NULL. */
const GPtrArray *dns_records_find(const DnsRecords *records, DnsType type, const char *name);

/* The first text of a name that begins with this word ("v=spf1"), in either case and not as part of a longer one, and
 * how many there are. NULL: none was given. */
const char *dns_records_find_text(const DnsRecords *records, const char *name, const char *version, guint *out_n);

/* As the name of a domain: lower case, no dot at its end, other than ASCII as Punycode. NULL: it is none. The caller
 * frees. */
char *dns_name_normalize(const char *name);

/* Of two such names. */
gboolean dns_name_is_below(const char *domain, const char *above);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DnsRecords, dns_records_unref)
