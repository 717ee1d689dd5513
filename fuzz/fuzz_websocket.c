/* What a WebSocket client sends after the handshake. Read whole and byte by byte it is the same, and no payload is
 * larger than the reader's limits. */
#include "fuzz.h"
#include "http/websocket_reader.h"
#include <string.h>

enum { MESSAGE_MAX = 512, CONTROL_MAX = 125 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebSocketReader, websocket_reader_free)

/* Appends to `log` each item and its payload. FALSE when nothing may be read any more. */
static gboolean read_all(WebSocketReader *reader, struct evbuffer *input, GByteArray *log) {
  while (TRUE) {
    guint8 item = (guint8)websocket_reader_next(reader, input);
    const GByteArray *payload = websocket_reader_payload(reader);

    if (item == WEBSOCKET_NOTHING)
      return TRUE;
    g_byte_array_append(log, &item, 1);
    if (item == WEBSOCKET_BROKEN) {
      guint16 code = websocket_reader_code(reader);
      g_assert_true(code == 1002 || code == 1007 || code == 1009);
      return FALSE;
    }
    g_assert_cmpuint(payload->len, <=, item <= WEBSOCKET_BINARY ? MESSAGE_MAX : CONTROL_MAX);
    if (payload->len > 0)
      g_byte_array_append(log, payload->data, payload->len);
  }
}

static GByteArray *log_of(const guint8 *bytes, size_t n_bytes, size_t step) {
  g_autoptr(WebSocketReader) reader = websocket_reader_new(MESSAGE_MAX);
  struct evbuffer *input = evbuffer_new();
  GByteArray *log = g_byte_array_new();

  for (size_t i = 0; i < n_bytes; i += step) {
    evbuffer_add(input, bytes + i, MIN(step, n_bytes - i));
    if (!read_all(reader, input, log))
      break;
  }
  evbuffer_free(input);
  return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  g_autoptr(GByteArray) whole = log_of(bytes, n_bytes, MAX(n_bytes, 1));
  g_autoptr(GByteArray) in_bytes = log_of(bytes, n_bytes, 1);

  g_assert_cmpmem(whole->data, whole->len, in_bytes->data, in_bytes->len);
  return 0;
}
