#include "message/compose.h"
#include "message/message.h"
#include "message/sniff.h"
#include <string.h>

static Compose *make(const char *text, const char *html) {
  Compose *mail = compose_new();

  mail->from = mail_address_new("Ä, From", "from@example.com");
  g_ptr_array_add(mail->to, mail_address_new("", "to@example.com"));
  mail->subject = g_strdup("größe");
  mail->text = g_strdup(text);
  mail->html = g_strdup(html);
  return mail;
}

static void attach(Compose *mail, const char *content, const char *content_id) {
  ComposeAttachment *attachment = g_new0(ComposeAttachment, 1);

  attachment->content = g_bytes_new(content, strlen(content));
  attachment->file_name = g_strdup("größe.txt");
  attachment->content_id = g_strdup(content_id);
  g_ptr_array_add(mail->attachments, attachment);
}

/* The kinds of its parts, outermost first: "Ctha". */
static char *shape_of(const Message *message) {
  static const char letters[] = {'C', 't', 'h', 'o', 'i', 'a'};
  GString *shape = g_string_new(NULL);
  const GPtrArray *parts = message_parts(message);

  for (guint i = 0; i < parts->len; i++)
    g_string_append_c(shape, letters[((const MessagePart *)g_ptr_array_index(parts, i))->kind]);
  return g_string_free(shape, FALSE);
}

static void parts_are_put_where_they_belong(void) {
  static const struct {
    const char *text;
    const char *html;
    const char *content_id; /* of an attachment; "": none; NULL: no attachment */
    const char *shape;
  } vectors[] = {
      {"x", "", NULL, "t"}, {"", "", NULL, "t"},       {"", "<b>", NULL, "h"},      {"x", "<b>", NULL, "Cth"},
      {"x", "", "", "Cta"}, {"x", "<b>", "", "CCtha"}, {"x", "<b>", "id", "CtChi"}, {"", "<b>", "id", "Chi"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(Compose) mail = make(vectors[i].text, vectors[i].html);
    if (vectors[i].content_id)
      attach(mail, "content", *vectors[i].content_id != '\0' ? vectors[i].content_id : NULL);
    g_autoptr(GBytes) bytes = compose_print(mail);
    g_autoptr(Message) message = message_parse(bytes, 0);
    g_autofree char *shape = shape_of(message);
    g_assert_cmpstr(shape, ==, vectors[i].shape);
  }
}

static void what_is_written_is_read_again(void) {
  g_autoptr(Compose) mail = make("größer\n", "");

  attach(mail, "\x01 content", NULL);
  g_autoptr(GBytes) bytes = compose_print(mail);
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autofree char *subject = message_header_text(message, "Subject");
  g_autofree char *text = message_text(message);
  g_autoptr(GPtrArray) from = message_addresses(message, "From");
  const MailAddress *address = g_ptr_array_index(from, 0);
  const MessagePart *part = message_part_find(message, "2");

  g_assert_cmpstr(subject, ==, "größe");
  g_assert_cmpstr(g_strchomp(text), ==, "größer");
  g_assert_cmpuint(from->len, ==, 1);
  g_assert_cmpstr(address->name, ==, "Ä, From");
  g_assert_cmpstr(address->address, ==, "from@example.com");
  g_assert_cmpstr(part->file_name, ==, "größe.txt");
  g_autoptr(GBytes) content = message_part_decode(message, part);
  g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), "\x01 content", 9);
}

#define TEN "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN

static void long_headers_are_folded_at_spaces(void) {
  g_autofree char *too_long = g_strnfill(1200, 'x');
  const struct {
    const char *value;
    const char *line; /* NULL: it is encoded */
  } vectors[] = {
      {"short", "X: short\n"},
      {"<https://example.com/?" FIFTY FIFTY ">", "X: <https://example.com/?" FIFTY FIFTY ">\n"},
      {"<https://" FIFTY ">, <mailto:" FIFTY ">", "X: <https://" FIFTY ">,\n <mailto:" FIFTY ">\n"},
      {FIFTY " " FIFTY "  " FIFTY, "X: " FIFTY "\n " FIFTY " \n " FIFTY "\n"},
      {FIFTY " " FIFTY "   ", "X: " FIFTY "\n " FIFTY "   \n"},
      {"größe", NULL},
      {too_long, NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(Compose) mail = make("x", "");
    ComposeHeader *header = g_new0(ComposeHeader, 1);
    *header = (ComposeHeader){.name = g_strdup("X"), .value = g_strdup(vectors[i].value)};
    g_ptr_array_add(mail->headers, header);
    g_autoptr(GBytes) bytes = compose_print(mail);
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_assert_nonnull(strstr(text, vectors[i].line ? vectors[i].line : "\nX: =?"));
    g_autoptr(Message) message = message_parse(bytes, 0);
    g_autofree char *read = message_header_text(message, "X");
    g_assert_cmpstr(g_strchomp(read), ==, g_strchomp(header->value));
  }
}

static void headers_that_would_break_out_are_rejected(void) {
  static const struct {
    const char *name;
    const char *value;
    gboolean is_taken;
  } vectors[] = {
      {"X-A", "b", TRUE},           {"X-A", "tab\tin it", TRUE}, {"Message-ID", "<a@b>", TRUE},
      {"X-A", "ö", TRUE},           {"X-A", "b\nX-B: c", FALSE}, {"X-A", "b\r", FALSE},
      {"X A", "b", FALSE},          {"X:A", "b", FALSE},         {"", "b", FALSE},
      {"X-Ö", "b", FALSE},          {"from", "b", FALSE},        {"Content-X", "b", FALSE},
      {"MIME-version", "b", FALSE}, {"X-A\n", "b", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    g_assert_cmpint(compose_header_problem(vectors[i].name, vectors[i].value) == NULL, ==, vectors[i].is_taken);
}

static void types_are_guessed(void) {
  static const struct {
    const char *bytes;
    const char *type;
  } vectors[] = {
      {"", "text/plain; charset=utf-8"},
      {"words\n", "text/plain; charset=utf-8"},
      {" \n<HTML>", "text/html; charset=utf-8"},
      {"<?xml", "text/xml; charset=utf-8"},
      {"%PDF-", "application/pdf"},
      {"%PDF", "text/plain; charset=utf-8"},
      {"RIFF1234WEBPVP8", "image/webp"},
      {"\x01", "application/octet-stream"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    gsize len = strlen(vectors[i].bytes);
    g_autofree char *copy = g_memdup2(vectors[i].bytes, len); /* not terminated */
    g_assert_cmpstr(sniff_content_type(copy, len), ==, vectors[i].type);
  }
  g_assert_cmpstr(sniff_content_type("a\0b", 3), ==, "application/octet-stream");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/compose/parts_are_put_where_they_belong", parts_are_put_where_they_belong);
  g_test_add_func("/compose/what_is_written_is_read_again", what_is_written_is_read_again);
  g_test_add_func("/compose/long_headers_are_folded_at_spaces", long_headers_are_folded_at_spaces);
  g_test_add_func("/compose/headers_that_would_break_out_are_rejected", headers_that_would_break_out_are_rejected);
  g_test_add_func("/sniff/types_are_guessed", types_are_guessed);
  return g_test_run();
}
