#include "syntax/http_field.h"

#include <string.h>

static void test_ranges(void) {
  static const struct {
    const char *value;
    guint64 size;
    HttpRangeStatus status;
    guint64 first, last;
  } rows[] = {
      {"bytes=0-0", 10, HTTP_RANGE_PART, 0, 0},
      {"BYTES=2-5", 10, HTTP_RANGE_PART, 2, 5},
      {"bytes=5-", 10, HTTP_RANGE_PART, 5, 9},
      {"bytes=9-", 10, HTTP_RANGE_PART, 9, 9},
      {"bytes=0-99999999999", 10, HTTP_RANGE_PART, 0, 9},
      {"bytes=-3", 10, HTTP_RANGE_PART, 7, 9},
      {"bytes=-30", 10, HTTP_RANGE_PART, 0, 9},
      {"bytes=10-", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=10-20", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=-0", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=0-", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=-5", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=5-2", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes=0-1,3-4", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes=-", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes=", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes", 10, HTTP_RANGE_NONE, 0, 0},
      {"", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes=a-b", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes= 0-1", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes=0-1 ", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes=--1", 10, HTTP_RANGE_NONE, 0, 0},
      {"bytes=99999999999999999999-", 10, HTTP_RANGE_NONE, 0, 0},
      {"lines=0-1", 10, HTTP_RANGE_NONE, 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint64 first = 0;
    guint64 last = 0;
    HttpRangeStatus status = http_range_parse(rows[i].value, rows[i].size, &first, &last);
    g_assert_cmpint(status, ==, rows[i].status);
    if (status == HTTP_RANGE_PART) {
      g_assert_cmpuint(first, ==, rows[i].first);
      g_assert_cmpuint(last, ==, rows[i].last);
    }
  }
}

static void test_entity_tags(void) {
  static const struct {
    const char *list;
    gboolean has;
  } rows[] = {
      {"\"abc\"", TRUE}, {"W/\"abc\"", TRUE}, {"\"x\", \"abc\"", TRUE}, {" , \"abc\"", TRUE},
      {"*", TRUE},       {"\"ab\"", FALSE},   {"\"abcd\"", FALSE},      {"abc", FALSE},
      {"\"abc", FALSE},  {"", FALSE},         {"w/\"abc\"", FALSE},     {"\"x,abc\"", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(http_etag_list_has(rows[i].list, "abc"), ==, rows[i].has);
}

static void test_accept_encoding(void) {
  static const struct {
    const char *value;
    gboolean accepts;
  } rows[] = {
      {NULL, FALSE},          {"", FALSE},
      {"gzip", TRUE},         {"deflate, GZIP;q=0.5, br", TRUE},
      {"gzip;q=0", FALSE},    {"gzip; q=0.0", FALSE},
      {"gzip;q=0.001", TRUE}, {"*", TRUE},
      {"*, gzip;q=0", FALSE}, {"*;q=0", FALSE},
      {"identity", FALSE},    {"xgzip", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(http_accepts_gzip(rows[i].value), ==, rows[i].accepts);
}

static void test_dispositions(void) {
  static const struct {
    const char *name, *printed;
  } rows[] = {
      {NULL, "inline"},
      {"", "inline"},
      {"a.txt", "inline; filename=\"a.txt\""},
      {"a b;c.txt", "inline; filename=\"a b;c.txt\""},
      {"r\xc3\xa9sum\xc3\xa9.pdf", "inline; filename=\"r_sum_.pdf\"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf"},
      {"a\"b.txt", "inline; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"},
      {"50%.txt", "inline; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"},
      {"../../etc/passwd", "inline; filename=\".._.._etc_passwd\""},
      {"C:\\x", "inline; filename=\"C:_x\""},
      {"a\r\nSet-Cookie: b=c", "inline; filename=\"aSet-Cookie: b=c\""},
      {"a\x1b[31m\x7f\xc2\x85", "inline; filename=\"a[31m\""},
      {"\xe2\x80\xae"
       "fdp.exe",
       "inline; filename=\"fdp.exe\""},
      {"a\xff", "inline; filename=\"a_\"; filename*=UTF-8''a%EF%BF%BD"},
      {"\r\n", "inline"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *printed = http_disposition_print(FALSE, rows[i].name);
    g_assert_cmpstr(printed, ==, rows[i].printed);
  }
  g_autofree char *attachment = http_disposition_print(TRUE, "a");
  g_assert_cmpstr(attachment, ==, "attachment; filename=\"a\"");
}

static void test_long_names_are_cut_between_characters(void) {
  g_autofree char *filling = g_strnfill(HTTP_FILE_NAME_MAX - 1, 'x');
  g_autofree char *name = g_strconcat(filling, "\xc3\xa9", NULL);
  g_autofree char *printed = http_disposition_print(FALSE, name);
  g_autofree char *expected = g_strdup_printf("inline; filename=\"%s\"", filling);

  g_assert_cmpstr(printed, ==, expected);
}

static void test_media_types_of_messages(void) {
  static const struct {
    const char *type, *tame;
  } rows[] = {
      {"image/png", "image/png"},
      {"TEXT/HTML; Charset=\"UTF-8\"", "text/html; charset=UTF-8"},
      {"text/plain;format=flowed; charset=iso-8859-1", "text/plain; charset=iso-8859-1"},
      {"text/plain; charset=a b", "text/plain; charset=a"},
      {"text/plain; charset=\"\r\n", "text/plain"},
      {"application/pdf; name=\"x\r\ny\"", "application/pdf"},
      {"application/json", "application/json"},
      {"message/rfc822", "message/rfc822"},
      {"text/javascript", "text/plain; charset=utf-8"},
      {"application/x-JavaScript; a=b", "text/plain; charset=utf-8"},
      {"application/ecmascript", "text/plain; charset=utf-8"},
      {"text/css", "text/plain; charset=utf-8"},
      {"application/wasm", "text/plain; charset=utf-8"},
      {"multipart/x-mixed-replace", "text/plain; charset=utf-8"},
      {"", "application/octet-stream"},
      {"text", "application/octet-stream"},
      {"text/", "application/octet-stream"},
      {"/html", "application/octet-stream"},
      {"text/html\r\nX: y", "application/octet-stream"},
      {"text/html,x", "application/octet-stream"},
      {"\xc3\xa9/x", "application/octet-stream"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *tame = http_media_type_tame(rows[i].type);
    g_assert_cmpstr(tame, ==, rows[i].tame);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http_field/ranges", test_ranges);
  g_test_add_func("/http_field/entity_tags", test_entity_tags);
  g_test_add_func("/http_field/accept_encoding", test_accept_encoding);
  g_test_add_func("/http_field/dispositions", test_dispositions);
  g_test_add_func("/http_field/long_names_are_cut_between_characters", test_long_names_are_cut_between_characters);
  g_test_add_func("/http_field/media_types_of_messages", test_media_types_of_messages);
  return g_test_run();
}
