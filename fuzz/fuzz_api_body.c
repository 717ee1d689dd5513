/* JSON bodies: what is within the bounds is read, what is read as a message to be sent is a message that can be made
 * and has just the recipients it was given, and no header more. */
#include "api/api_request.h"
#include "api/send_request.h"
#include "fuzz.h"
#include "message/message.h"
#include <string.h>

static void check_texts(const json_t *body, const char *name) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) texts = api_json_get_strings(body, name, &error);

  g_assert_true(!texts == (error != NULL));
  if (texts)
    g_assert_true(texts->len <= API_IDS_MAX);
}

static void check_sent(const json_t *body) {
  g_autoptr(GError) error = NULL;
  g_autoptr(SendRequest) sent = send_request_read(body, &error);

  g_assert_true(!sent == (error != NULL));
  if (!sent)
    return;
  g_autoptr(GBytes) bytes = compose_print(sent->mail);
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autoptr(GPtrArray) from = message_addresses(message, "From");
  g_autoptr(GPtrArray) bcc = message_addresses(message, "Bcc");
  g_assert_true(sent->recipients->len > 0 && sent->recipients->len <= SEND_RECIPIENTS_MAX);
  g_assert_true(bcc->len == 0);
  g_assert_true(from->len == 1);
  g_assert_true(message_fields(message)->len <= 16 + sent->mail->headers->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autoptr(GBytes) input = g_bytes_new(bytes, len);
  g_autoptr(GError) error = NULL;
  json_t *body = api_json_read(input, &error);

  g_assert_true(!body == (error != NULL));
  if (!body)
    return 0;
  check_texts(body, "IDs");
  check_texts(body, "Tags");
  check_sent(body);
  json_decref(body);
  return 0;
}
