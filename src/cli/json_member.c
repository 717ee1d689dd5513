#include "cli/json_member.h"

const char *json_member_text(const json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));

  return text ? text : "";
}

gint64 json_member_number(const json_t *object, const char *name) {
  return json_integer_value(json_object_get(object, name));
}

const json_t *json_member_recipients(const json_t *mail) {
  const json_t *to = json_object_get(mail, "To");

  return json_array_size(to) > 0 ? to : json_object_get(mail, "Bcc");
}
