/* GPGME, by which GMime would sign and decrypt. */
#include "portable/absent.h"

/* GMime calls it when it starts, and ignores the answer. */
const char *gpgme_check_version_internal(const char *wanted, size_t offset);
const char *gpgme_check_version_internal(const char *wanted, size_t offset) {
  return NULL;
}

ABSENT(gpgme_data_new_from_cbs)
ABSENT(gpgme_data_release)
ABSENT(gpgme_engine_check_version)
ABSENT(gpgme_get_key)
ABSENT(gpgme_get_keylist_mode)
ABSENT(gpgme_get_protocol)
ABSENT(gpgme_key_unref)
ABSENT(gpgme_new)
ABSENT(gpgme_op_decrypt)
ABSENT(gpgme_op_decrypt_result)
ABSENT(gpgme_op_decrypt_verify)
ABSENT(gpgme_op_encrypt)
ABSENT(gpgme_op_encrypt_sign)
ABSENT(gpgme_op_export_ext)
ABSENT(gpgme_op_import)
ABSENT(gpgme_op_import_result)
ABSENT(gpgme_op_keylist_end)
ABSENT(gpgme_op_keylist_next)
ABSENT(gpgme_op_keylist_start)
ABSENT(gpgme_op_sign)
ABSENT(gpgme_op_sign_result)
ABSENT(gpgme_op_verify)
ABSENT(gpgme_op_verify_result)
ABSENT(gpgme_release)
ABSENT(gpgme_set_armor)
ABSENT(gpgme_set_ctx_flag)
ABSENT(gpgme_set_keylist_mode)
ABSENT(gpgme_set_offline)
ABSENT(gpgme_set_passphrase_cb)
ABSENT(gpgme_set_protocol)
ABSENT(gpgme_set_textmode)
ABSENT(gpgme_signers_add)
ABSENT(gpgme_signers_clear)
ABSENT(gpgme_strerror)
