#pragma once
/* DNS records out of files: zone files, and public keys of DKIM in PEM form, which are named after their records.
 *
 * Thread: any; it reads files, at the start and when told to read them again.
 * Errors: DNS_RECORDS_ERROR; the message names the file and what to do.
 * Units and limits: DNS_FILE_BYTES_MAX a file, DNS_FILES_MAX files a directory, and those of origin/dns_records.h.
 * Source: RFC 7468 13 (PEM), RFC 6376 3.6.1 and RFC 8463 4 (keys in records). */
#include "origin/dns_records.h"

enum { DNS_FILE_BYTES_MAX = 1024 * 1024, DNS_FILES_MAX = 1000 };

/* Reads files and directories, NULL-terminated. A file called NAME.pem is the key of the name, as in
 * s._domainkey.example.com.pem, any other a zone file; of a directory those called .pem, .txt and .zone are read. */
DnsRecords *dns_files_read(const char *const *paths, GError **error);
