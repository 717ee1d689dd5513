#include "auth/secret.h"
#include <openssl/crypto.h>
#include <string.h>

void auth_wipe(gpointer bytes, gsize n_bytes) {
  OPENSSL_cleanse(bytes, n_bytes);
}

void auth_secret_free(char *text) {
  if (!text)
    return;
  auth_wipe(text, strlen(text));
  g_free(text);
}

gboolean auth_secret_equal(gconstpointer a, gsize a_len, gconstpointer b, gsize b_len) {
  return a_len == b_len && CRYPTO_memcmp(a, b, a_len) == 0;
}

/* RFC 3454 B.1, "commonly mapped to nothing". */
static gboolean vanishes(gunichar c) {
  return c == 0xAD || c == 0x34F || c == 0x1806 || (c >= 0x180B && c <= 0x180D) || (c >= 0x200B && c <= 0x200D) ||
         c == 0x2060 || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
}

/* RFC 3454 C.2 to C.9: control, private use, surrogates and what is no character or changes how others show. */
static gboolean is_prohibited(gunichar c) {
  GUnicodeType type = g_unichar_type(c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_PRIVATE_USE ||
         type == G_UNICODE_SURROGATE || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR ||
         (c & 0xFFFE) == 0xFFFE;
}

static char *prepare_unicode(const char *text, gsize len) {
  char *mapped = g_malloc(len + 1); /* no character grows by being mapped */
  char *end = mapped;
  gboolean allowed = TRUE;

  for (const char *at = text; at < text + len && allowed; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (vanishes(c))
      continue;
    end += g_unichar_to_utf8(g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR ? ' ' : c, end);
    allowed = !is_prohibited(c);
  }
  *end = '\0';
  char *prepared = allowed ? g_utf8_normalize(mapped, end - mapped, G_NORMALIZE_ALL_COMPOSE) : NULL;
  auth_secret_free(mapped);
  return prepared;
}

char *auth_text_prepare(const char *text, gsize len) {
  gboolean is_ascii = TRUE;

  for (gsize i = 0; i < len; i++) {
    if (g_ascii_iscntrl(text[i]))
      return NULL;
    is_ascii = is_ascii && (guchar)text[i] < 0x80;
  }
  if (!is_ascii && !g_utf8_validate(text, (gssize)len, NULL))
    return NULL;
  char *prepared = is_ascii ? g_strndup(text, len) : prepare_unicode(text, len);
  if (prepared && *prepared == '\0')
    g_clear_pointer(&prepared, g_free);
  return prepared;
}
