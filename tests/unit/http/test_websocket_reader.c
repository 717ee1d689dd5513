/* What clients send, read whole and byte by byte. */
#include "http/websocket_reader.h"
#include <string.h>

enum { MESSAGE_MAX = 200 };

/* Frames are masked with 0, which leaves the payload readable, where a case is not about masks. */
#define MASK "\x00\x00\x00\x00"
#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
  const char *name;
  const char *input;
  gsize n_input;
  const char *said; /* as say() prints it */
} cases[] = {
    {"text", BYTES("\x81\x85" MASK "hello"), "text(hello) "},
    {"mask", BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "text(Hello) "}, /* RFC 6455 5.7 */
    {"binary", BYTES("\x82\x81" MASK "\xff"), "binary(\xff) "},
    {"empty", BYTES("\x81\x80" MASK), "text() "},
    {"two", BYTES("\x81\x81" MASK "a\x81\x81" MASK "b"), "text(a) text(b) "},
    {"fragments", BYTES("\x01\x81" MASK "a\x00\x81" MASK "b\x80\x81" MASK "c"), "text(abc) "},
    {"ping_between", BYTES("\x01\x81" MASK "a\x89\x81" MASK "p\x80\x81" MASK "b"), "ping(p) text(ab) "},
    {"pong", BYTES("\x8a\x80" MASK), "pong() "},
    {"utf8_split", BYTES("\x01\x81" MASK "\xc3\x80\x81" MASK "\xa4"), "text(\u00e4) "},
    {"close_without_code", BYTES("\x88\x80" MASK), "close() "},
    {"close_with_reason",
     BYTES("\x88\x85" MASK "\x03\xe8"
           "bye"),
     "close(\x03\xe8"
     "bye) "},
    {"close_code_of_half_a_number", BYTES("\x88\x81" MASK "\x03"), "broken 1002"},
    {"close_code_1005", BYTES("\x88\x82" MASK "\x03\xed"), "broken 1002"},
    {"close_code_2999", BYTES("\x88\x82" MASK "\x0b\xb7"), "broken 1002"},
    {"close_reason_is_not_utf8", BYTES("\x88\x83" MASK "\x03\xe8\xff"), "broken 1007"},
    {"text_is_not_utf8_after_nul", BYTES("\x81\x82" MASK "\x00\xff"), "broken 1007"},
    {"text_is_not_utf8", BYTES("\x81\x81" MASK "\xff"), "broken 1007"},
    {"not_masked",
     BYTES("\x81\x01"
           "a"),
     "broken 1002"},
    {"reserved_bit", BYTES("\xc1\x81" MASK "a"), "broken 1002"},
    {"reserved_opcode", BYTES("\x83\x81" MASK "a"), "broken 1002"},
    {"reserved_control", BYTES("\x8b\x80" MASK), "broken 1002"},
    {"fragmented_ping", BYTES("\x09\x80" MASK), "broken 1002"},
    {"ping_of_126_bytes", BYTES("\x89\xfe\x00\x7e" MASK), "broken 1002"},
    {"continuation_of_nothing", BYTES("\x80\x81" MASK "a"), "broken 1002"},
    {"message_inside_another", BYTES("\x01\x81" MASK "a\x81\x81" MASK "b"), "broken 1002"},
    {"length_of_5_in_16_bits", BYTES("\x81\xfe\x00\x05" MASK), "broken 1002"},
    {"length_of_126_in_64_bits", BYTES("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x7e" MASK), "broken 1002"},
    {"negative_length", BYTES("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00" MASK), "broken 1002"},
    {"too_large", BYTES("\x81\xfe\x00\xc9" MASK), "broken 1009"},
    {"too_large_in_64_bits", BYTES("\x81\xff\x00\x00\x00\x01\x00\x00\x00\x00" MASK), "broken 1009"},
};

static void append_payload(GString *said, const char *name, const WebSocketReader *reader) {
  const GByteArray *payload = websocket_reader_payload(reader);

  g_string_append_printf(said, "%s(", name);
  g_string_append_len(said, (const char *)payload->data, payload->len);
  g_string_append(said, ") ");
}

static WebSocketItem say(WebSocketReader *reader, struct evbuffer *input, GString *said) {
  static const char *const names[] = {[WEBSOCKET_TEXT] = "text",   [WEBSOCKET_BINARY] = "binary",
                                      [WEBSOCKET_PING] = "ping",   [WEBSOCKET_PONG] = "pong",
                                      [WEBSOCKET_CLOSE] = "close", [WEBSOCKET_BROKEN] = NULL};
  WebSocketItem item = websocket_reader_next(reader, input);

  if (item == WEBSOCKET_BROKEN)
    g_string_append_printf(said, "broken %u", websocket_reader_code(reader));
  else if (item != WEBSOCKET_NOTHING)
    append_payload(said, names[item], reader);
  return item;
}

static void test_case(gsize n_at_a_time, gsize i) {
  WebSocketReader *reader = websocket_reader_new(MESSAGE_MAX);
  struct evbuffer *input = evbuffer_new();
  g_autoptr(GString) said = g_string_new(NULL);
  WebSocketItem item = WEBSOCKET_NOTHING;

  for (gsize at = 0; at < cases[i].n_input && item != WEBSOCKET_BROKEN; at += n_at_a_time) {
    evbuffer_add(input, cases[i].input + at, MIN(n_at_a_time, cases[i].n_input - at));
    while ((item = say(reader, input, said)) != WEBSOCKET_NOTHING && item != WEBSOCKET_BROKEN)
      ;
  }
  g_assert_cmpstr(said->str, ==, cases[i].said);
  evbuffer_free(input);
  websocket_reader_free(reader);
}

static void test_read(gconstpointer data) {
  gsize i = GPOINTER_TO_SIZE(data);

  for (gsize n_at_a_time = 1; n_at_a_time <= cases[i].n_input; n_at_a_time++)
    test_case(n_at_a_time, i);
}

/* A message of as many bytes as are allowed, in frames of one byte. */
static void test_limit_holds_for_the_sum_of_fragments(void) {
  WebSocketReader *reader = websocket_reader_new(MESSAGE_MAX);
  struct evbuffer *input = evbuffer_new();

  evbuffer_add(input, BYTES("\x01\x81" MASK "a"));
  for (int i = 1; i < MESSAGE_MAX; i++)
    evbuffer_add(input, BYTES("\x00\x81" MASK "a"));
  g_assert_cmpint(websocket_reader_next(reader, input), ==, WEBSOCKET_NOTHING);
  evbuffer_add(input, BYTES("\x80\x81" MASK "a"));
  g_assert_cmpint(websocket_reader_next(reader, input), ==, WEBSOCKET_BROKEN);
  g_assert_cmpuint(websocket_reader_code(reader), ==, 1009);
  evbuffer_free(input);
  websocket_reader_free(reader);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/websocket_reader/", cases[i].name, NULL);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_read);
  }
  g_test_add_func("/websocket_reader/limit_holds_for_the_sum_of_fragments", test_limit_holds_for_the_sum_of_fragments);
  return g_test_run();
}
