#include "origin/dkim_key.h"
#include "origin/tag_list.h"
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

/* --- reading */

/* RFC 6376 says that p= is an RSAPublicKey, and shows SubjectPublicKeyInfo, which all use; both are taken. */
static EVP_PKEY *read_rsa(const guint8 *der, gsize len) {
  const unsigned char *at = der;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)len);

  if (!key) {
    at = der;
    key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)len);
  }
  if (key && !EVP_PKEY_is_a(key, "RSA"))
    g_clear_pointer(&key, EVP_PKEY_free);
  return key;
}

static EVP_PKEY *read_key(gboolean is_rsa, GBytes *bytes) {
  gsize len;
  const guint8 *data = g_bytes_get_data(bytes, &len);
  EVP_PKEY *key = is_rsa ? read_rsa(data, len) : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, data, len);

  ERR_clear_error();
  return key;
}

static gboolean allows_below(const char *flags, const DkimSignature *signature) {
  return !tag_list_has_word(flags, "s") || strcmp(signature->identity, signature->domain) == 0;
}

DkimKeyFault dkim_key_read(const char *record, const DkimSignature *signature, DkimKey *out_key) {
  g_autoptr(GHashTable) tags = tag_list_parse(record, strlen(record));
  gboolean is_rsa = signature->algorithm != DKIM_ED25519_SHA256;

  *out_key = (DkimKey){0};
  if (!tags)
    return DKIM_KEY_MALFORMED;
  const char *version = tag_list_find(tags, "v");
  const char *kind = tag_list_find(tags, "k");
  const char *hashes = tag_list_find(tags, "h");
  const char *services = tag_list_find(tags, "s");
  const char *flags = tag_list_find(tags, "t");
  const char *data = tag_list_find(tags, "p");
  if (!data || (version && strcmp(version, "DKIM1") != 0))
    return DKIM_KEY_MALFORMED;
  if (*data == '\0')
    return DKIM_KEY_REVOKED;
  if (g_ascii_strcasecmp(kind ? kind : "rsa", is_rsa ? "rsa" : "ed25519") != 0 ||
      (hashes && !tag_list_has_word(hashes, "sha256")))
    return DKIM_KEY_OTHER_ALGORITHM;
  if (services && !tag_list_has_word(services, "email") && !tag_list_has_word(services, "*"))
    return DKIM_KEY_NOT_FOR_MAIL;
  if (!allows_below(flags, signature))
    return DKIM_KEY_NOT_FOR_BELOW;
  g_autoptr(GBytes) bytes = tag_list_bytes(data);
  out_key->is_test = tag_list_has_word(flags, "y");
  out_key->key = bytes ? read_key(is_rsa, bytes) : NULL;
  if (!out_key->key)
    return DKIM_KEY_MALFORMED;
  out_key->bits = is_rsa ? (guint)EVP_PKEY_get_bits(out_key->key) : 0;
  return is_rsa && out_key->bits < DKIM_RSA_BITS_MIN ? DKIM_KEY_SHORT : DKIM_KEY_GOOD;
}

void dkim_key_clear(DkimKey *key) {
  g_clear_pointer(&key->key, EVP_PKEY_free);
}

/* --- matching */

/* An RSA signature gives back the hash it was made of, to its own key alone. */
static gboolean is_by_rsa(EVP_PKEY *key, const guint8 *signature, gsize len) {
  g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new(key, NULL);
  g_autofree guint8 *hash = g_malloc((gsize)EVP_PKEY_get_size(key));
  size_t hash_len = (size_t)EVP_PKEY_get_size(key);

  return context && EVP_PKEY_verify_recover_init(context) > 0 &&
         EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
         EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) > 0 &&
         EVP_PKEY_verify_recover(context, hash, &hash_len, signature, len) > 0;
}

static DkimMatch match_rsa(EVP_PKEY *key, const guint8 *signature, gsize len, const guint8 *hash, gsize hash_len) {
  g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new(key, NULL);

  if (context && EVP_PKEY_verify_init(context) > 0 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
      EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) > 0 &&
      EVP_PKEY_verify(context, signature, len, hash, hash_len) == 1)
    return DKIM_MATCH_YES;
  return is_by_rsa(key, signature, len) ? DKIM_MATCH_OTHER_HASH : DKIM_MATCH_OTHER_KEY;
}

static DkimMatch match_ed25519(EVP_PKEY *key, const guint8 *signature, gsize len, const guint8 *hash, gsize hash_len) {
  g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();

  return context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) > 0 &&
                 EVP_DigestVerify(context, signature, len, hash, hash_len) == 1
             ? DKIM_MATCH_YES
             : DKIM_MATCH_NO;
}

DkimMatch dkim_key_match(const DkimKey *key, GBytes *signature, const guint8 *hash, gsize hash_len) {
  gsize len;
  const guint8 *bytes = g_bytes_get_data(signature, &len);
  DkimMatch match = EVP_PKEY_is_a(key->key, "RSA") ? match_rsa(key->key, bytes, len, hash, hash_len)
                                                   : match_ed25519(key->key, bytes, len, hash, hash_len);

  ERR_clear_error();
  return match;
}
