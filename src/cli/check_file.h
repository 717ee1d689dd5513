#pragma once
/* The checks of a message that is in a file, without any server.
 *
 * Thread: the main thread.
 * Units and limits: those of api/check_report.h.
 * Source: docs/cli.md, "check". */
#include "origin/dns_records.h"
#include <jansson.h>

/* {FirstLine, Subject, Checks, Authentication, ClientSupport, Links} of a message as a file has it,
 * in which it begins in line FirstLine. Where the first line ends with
 * CRLF the bytes are taken as they are; elsewhere every LF stands for CRLF. A message that dsmtpd stored has its
 * envelope. `records` may be NULL; `html_data` is what html_check_load() gave, and outlives the report. The
 * caller decrefs. */
json_t *check_file_report(GBytes *bytes, const DnsRecords *records, const json_t *html_data);
