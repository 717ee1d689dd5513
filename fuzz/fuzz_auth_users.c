/* The user file. What is read can be looked up, and an error names the line and is one line itself. */
#include "auth/users.h"
#include "fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AuthUsers) users = auth_users_parse((const char *)bytes, n_bytes, AUTH_FORMS_OWN, "users", &error);

  if (!users) {
    g_assert_true(g_str_has_prefix(error->message, "user file users, line "));
    g_assert_null(strchr(error->message, '\n'));
    return 0;
  }
  g_autofree char *name = g_strndup((const char *)bytes, n_bytes);
  char *colon = strchr(name, ':');
  if (colon)
    *colon = '\0';
  const AuthUser *user = auth_users_find(users, name);
  if (user)
    g_assert_true(auth_users_have(users, user->kind));
  g_assert_null(auth_users_find_bearer(users, ""));
  return 0;
}
