/* The values of single headers and what is printed into them: each part of the input, cut at NUL, is read as one of
 * each. What is printed must be fit for a header, whatever went in. */
#include "fuzz.h"
#include "syntax/http_field.h"
#include "syntax/http_target.h"

#include <string.h>

static void check_printed(const char *text) {
  g_assert_true(g_str_is_ascii(text));
  for (; *text != '\0'; text++)
    g_assert_false(g_ascii_iscntrl(*text));
}

static void print(const char *text) {
  g_autofree char *disposition = http_disposition_print(TRUE, text);
  g_autofree char *type = http_media_type_tame(text);

  check_printed(disposition);
  check_printed(type);
  g_assert_null(g_strstr_len(type, (gssize)strcspn(type, ";"), "javascript"));
}

static void read_range(const char *text) {
  guint64 first;
  guint64 last;
  guint64 size = strlen(text) % 11;

  if (http_range_parse(text, size, &first, &last) == HTTP_RANGE_PART)
    g_assert_true(first <= last && last < size);
}

static void read_host(const char *text) {
  HttpHost host;
  HttpHost again;

  http_origin_parse(text, &host);
  if (http_host_pattern_is_valid(text) && *text != '*') {
    g_assert_true(http_host_parse(text, strlen(text), &host));
    g_assert_true(http_host_matches(&host, text));
  }
  if (http_host_parse(text, strlen(text), &host) && host.kind != HTTP_HOST_IP6) {
    g_assert_true(http_host_parse(host.name, strlen(host.name), &again));
    g_assert_true(strcmp(host.name, again.name) == 0 || g_str_has_suffix(host.name, "."));
  }
}

static void read_target(const char *text) {
  HttpRejection rejection = {0};
  g_auto(GStrv) segments = http_target_split(text, &rejection);
  g_auto(GStrv) query = http_query_parse(text, &rejection);

  for (char **segment = segments; segment && *segment; segment++)
    g_assert_true(g_utf8_validate(*segment, -1, NULL) && !strchr(*segment, '/') && strcmp(*segment, "..") != 0);
  for (char **part = query; part && *part; part++)
    g_assert_true(g_utf8_validate(*part, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  for (size_t at = 0; at < len;) {
    g_autofree char *text = g_strndup((const char *)bytes + at, len - at);
    print(text);
    read_range(text);
    read_host(text);
    read_target(text);
    http_etag_list_has(text, "tag");
    http_accepts_gzip(text);
    at += strlen(text) + 1;
  }
  return 0;
}
