/* The value of an address field. Names and addresses are valid UTF-8, and there are no more than there may be. */
#include "fuzz.h"
#include "message/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autofree char *text = g_utf8_make_valid((const char *)bytes, (gssize)len);
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);

  mail_address_parse(text, addresses);
  g_assert_cmpuint(addresses->len, <=, MAIL_ADDRESSES_MAX);
  for (guint i = 0; i < addresses->len; i++) {
    const MailAddress *address = g_ptr_array_index(addresses, i);
    g_assert_true(g_utf8_validate(address->name, -1, NULL) && g_utf8_validate(address->address, -1, NULL));
    g_assert_true(*address->name || *address->address);
  }
  return 0;
}
