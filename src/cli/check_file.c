#include "cli/check_file.h"
#include "api/check_report.h"
#include "api/html_check.h"
#include "api/json.h"
#include "syntax/received_bytes.h"
#include <string.h>

/* The message as it was, or would be, received. `*out_envelope` is the caller's; `*out_first_line` is the line of the
 * file in which the message begins. */
static GBytes *received_bytes(GBytes *bytes, Envelope **out_envelope, guint *out_first_line) {
  gsize len, block_len = 0;
  const char *text = g_bytes_get_data(bytes, &len);
  g_autofree char *bare_lf = NULL;
  const char *first_lf = len > 0 ? memchr(text, '\n', len) : NULL;

  *out_envelope = envelope_parse_block(text, len, &block_len, &bare_lf);
  if (!*out_envelope && first_lf && first_lf > text && first_lf[-1] == '\r') {
    *out_envelope = envelope_new();
    return g_bytes_ref(bytes);
  }
  for (gsize i = 0; *out_envelope && i < block_len; i++)
    *out_first_line += text[i] == '\n';
  gsize n_stored = *out_envelope ? len - block_len : len;
  guint8 *received = g_malloc(2 * n_stored + 1);
  ReceivedBytes state;
  if (!*out_envelope)
    *out_envelope = envelope_new();
  received_bytes_init(&state, bare_lf);
  gsize n_received = received_bytes_feed(&state, (const guint8 *)text + (len - n_stored), n_stored, received);
  return g_bytes_new_take(received, n_received);
}

json_t *check_file_report(GBytes *bytes, const DnsRecords *records, const json_t *html_data) {
  Envelope *parsed = NULL;
  guint first_line = 1;
  g_autoptr(GBytes) received = received_bytes(bytes, &parsed, &first_line);
  g_autoptr(Envelope) envelope = parsed;
  g_autoptr(Message) message = message_parse(received, 0);
  const CheckedMessage checked = {
      .message = message,
      .bytes = received,
      .envelope = envelope,
      .received_us = envelope->received_us,
      .records = records,
  };
  g_autofree char *subject = message_header_text(message, "Subject");
  g_autofree char *html = message_html(message);
  json_t *report = checks_report(&checked);

  json_object_set_new(report, "FirstLine", json_integer(first_line));
  json_object_set_new(report, "Subject", json_text(subject));
  json_object_set_new(report, "ClientSupport", html ? html_check(html_data, html) : json_null());
  json_object_set_new(report, "Links", links_report(message));
  return report;
}
