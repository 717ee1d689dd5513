#include "message/header_text.h"
#include "message/summary.h"
#include <gmime/gmime.h>

static void read_addresses(GMimeMessage *message, GMimeAddressType type, GPtrArray *out) {
  InternetAddressList *list = g_mime_message_get_addresses(message, type);
  for (int i = 0; list && i < internet_address_list_length(list) && out->len < SUMMARY_LIST_MAX; i++) {
    InternetAddress *address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(address))
      g_ptr_array_add(out, mail_address_new(internet_address_get_name(address),
                                            internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))));
  }
}

static void read_headers(GMimeMessage *message, MailSummary *summary) {
  static const GMimeAddressType types[SUMMARY_ADDRESSES_N] = {
      [SUMMARY_FROM] = GMIME_ADDRESS_TYPE_FROM,
      [SUMMARY_TO] = GMIME_ADDRESS_TYPE_TO,
      [SUMMARY_CC] = GMIME_ADDRESS_TYPE_CC,
      [SUMMARY_BCC] = GMIME_ADDRESS_TYPE_BCC,
      [SUMMARY_REPLY_TO] = GMIME_ADDRESS_TYPE_REPLY_TO,
  };
  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    read_addresses(message, types[i], summary->addresses[i]);
  GMimeReferences *references = NULL;
  const char *const names[] = {"References", "In-Reply-To"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *value = g_mime_object_get_header(GMIME_OBJECT(message), names[i]);
    references = value ? g_mime_references_parse(NULL, value) : NULL;
    for (int j = 0; references && j < g_mime_references_length(references); j++)
      if (summary->references->len < SUMMARY_LIST_MAX)
        g_ptr_array_add(summary->references, g_utf8_make_valid(g_mime_references_get_message_id(references, j), -1));
    g_clear_pointer(&references, g_mime_references_free);
  }
  GDateTime *date = g_mime_message_get_date(message);
  summary->date_us = date ? g_date_time_to_unix(date) * G_USEC_PER_SEC : 0;
}

MailSummary *mail_summary_read(GBytes *octets) {
  static gsize is_ready = 0;
  if (g_once_init_enter(&is_ready)) {
    g_mime_init();
    g_once_init_leave(&is_ready, 1);
  }
  MailSummary *summary = mail_summary_new();
  gsize n_octets;
  const char *data = g_bytes_get_data(octets, &n_octets);
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, n_octets);
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
  if (message)
    read_headers(message, summary);
  const char *subject = message ? g_mime_message_get_subject(message) : NULL;
  const char *message_id = message ? g_mime_message_get_message_id(message) : NULL;
  summary->subject = g_utf8_make_valid(subject ? subject : "", -1);
  summary->has_message_id = message_id != NULL;
  summary->message_id = g_utf8_make_valid(message_id ? message_id : "", -1);
  summary->username = g_strdup("");
  summary->snippet = g_strdup("");
  summary->size_octets = n_octets;
  summary->text = g_utf8_make_valid(data ? data : "", (gssize)MIN(n_octets, SUMMARY_TEXT_OCTETS_MAX));
  g_clear_object(&message);
  g_object_unref(parser);
  g_object_unref(stream);
  return summary;
}
