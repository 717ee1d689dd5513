/* The value of a Content- field. Parameters are valid UTF-8, and names made of them are fit for files. */
#include "fuzz.h"
#include "message/file_name.h"
#include "message/mime_field.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  static const char *const names[] = {"filename", "name", "charset", "boundary", "a"};
  g_autofree char *text = g_utf8_make_valid((const char *)bytes, (gssize)len);
  g_autoptr(MimeField) field = mime_field_parse(text);

  g_assert_true(g_utf8_validate(field->value, -1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *value = mime_field_parameter(field, names[i]);
    g_assert_true(!value || (*value && g_utf8_validate(value, -1, NULL)));
    g_autofree char *name = value ? file_name_safe(value) : NULL;
    if (!name)
      continue;
    g_assert_true(g_utf8_validate(name, -1, NULL) && !strpbrk(name, "/\\\r\n"));
    g_assert_cmpuint(strlen(name), <=, FILE_NAME_BYTES_MAX);
    g_assert_cmpuint(strspn(name, "."), <, strlen(name));
  }
  return 0;
}
