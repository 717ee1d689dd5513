#include "origin/spf_record.h"
#include "origin/spf.h"
#include <arpa/inet.h>
#include <string.h>

enum { IP4_BITS = 32, IP6_BITS = 128 };

/* What may or has to stand behind a name. */
typedef enum { NOTHING = 0, MAY_NAME = 1, HAS_NAME = 2, MAY_LENGTH = 4, HAS_IP = 8 } Shape;

static const struct {
  const char *name;
  guint shape;
} mechanisms[] = {
    [SPF_ALL] = {"all", NOTHING},
    [SPF_INCLUDE] = {"include", HAS_NAME},
    [SPF_A] = {"a", MAY_NAME | MAY_LENGTH},
    [SPF_MX] = {"mx", MAY_NAME | MAY_LENGTH},
    [SPF_PTR] = {"ptr", MAY_NAME},
    [SPF_IP4] = {"ip4", HAS_IP | MAY_LENGTH},
    [SPF_IP6] = {"ip6", HAS_IP | MAY_LENGTH},
    [SPF_EXISTS] = {"exists", HAS_NAME},
};

static void term_free(gpointer data) {
  SpfTerm *term = data;

  g_free(term->text);
  g_free(term->value);
  g_free(term);
}

/* "24", up to the end. */
static gboolean read_bits(const char *text, guint max, guint *out_bits) {
  guint64 bits;

  if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || (*text == '0' && text[1] != '\0') ||
      !g_ascii_string_to_unsigned(text, 10, 0, max, &bits, NULL))
    return FALSE;
  *out_bits = (guint)bits;
  return TRUE;
}

/* "/24", "/24//64" or "//64"; cuts it off. Of an address it is "/24" alone. */
static gboolean take_lengths(SpfTerm *term, char *text) {
  char *slash = strchr(text, '/');
  gboolean is_ip = term->kind == SPF_IP4 || term->kind == SPF_IP6;

  if (!slash)
    return TRUE;
  char *second = is_ip ? NULL : strstr(slash, "//");
  *slash = '\0';
  if (second) {
    if (!read_bits(second + 2, IP6_BITS, &term->n_bits_6))
      return FALSE;
    *second = '\0';
  }
  if (second == slash)
    return TRUE;
  return term->kind == SPF_IP6 ? read_bits(slash + 1, IP6_BITS, &term->n_bits_6)
                               : read_bits(slash + 1, IP4_BITS, &term->n_bits_4);
}

static gboolean is_ip(const SpfTerm *term) {
  guint8 ip[16];

  return inet_pton(term->kind == SPF_IP4 ? AF_INET : AF_INET6, term->value, ip) == 1;
}

/* `rest` is what stands after the name of a mechanism. */
static gboolean read_rest(SpfTerm *term, char *rest) {
  guint shape = mechanisms[term->kind].shape;
  gboolean has_value = *rest == ':';

  if ((shape & MAY_LENGTH) != 0 && !take_lengths(term, rest))
    return FALSE;
  term->value = g_strdup(has_value ? rest + 1 : "");
  if (has_value ? *term->value == '\0' || shape == NOTHING : *rest != '\0' || (shape & (HAS_NAME | HAS_IP)) != 0)
    return FALSE;
  return (shape & HAS_IP) == 0 || is_ip(term);
}

static gboolean read_mechanism(SpfTerm *term, const char *text) {
  static const char qualifiers[] = "+-~?";
  static const OriginResult results[] = {ORIGIN_PASS, ORIGIN_FAIL, ORIGIN_SOFTFAIL, ORIGIN_NEUTRAL};
  const char *qualifier = strchr(qualifiers, *text);

  term->result = qualifier ? results[qualifier - qualifiers] : ORIGIN_PASS;
  g_autofree char *name = g_strdup(qualifier ? text + 1 : text);
  g_autofree char *rest = g_strdup(name + strcspn(name, ":/"));
  name[strcspn(name, ":/")] = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
    if (g_ascii_strcasecmp(name, mechanisms[i].name) == 0) {
      term->kind = (SpfKind)i;
      return read_rest(term, rest);
    }
  }
  return FALSE;
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) */
static gsize modifier_name_len(const char *text) {
  gsize len = g_ascii_isalpha(*text) ? 1 : 0;

  while (len > 0 && (g_ascii_isalnum(text[len]) || (text[len] != '\0' && strchr("-_.", text[len]))))
    len++;
  return len > 0 && text[len] == '=' ? len : 0;
}

static gboolean read_term(SpfTerm *term, const char *text) {
  gsize name_len = modifier_name_len(text);

  term->text = g_strdup(text);
  term->n_bits_4 = IP4_BITS;
  term->n_bits_6 = IP6_BITS;
  if (name_len == 0)
    return read_mechanism(term, text);
  gboolean is_redirect = name_len == strlen("redirect") && g_ascii_strncasecmp(text, "redirect", name_len) == 0;
  term->kind = is_redirect ? SPF_REDIRECT : SPF_OTHER;
  term->value = g_strdup(text + name_len + 1);
  return !is_redirect || *term->value != '\0';
}

GPtrArray *spf_record_parse(const char *record, char **out_broken) {
  g_autoptr(GPtrArray) terms = g_ptr_array_new_with_free_func(term_free);
  g_auto(GStrv) words = g_strsplit(record + strlen("v=spf1"), " ", -1);
  gboolean has_redirect = FALSE;

  *out_broken = NULL;
  for (char **word = words; *word; word++) {
    if (**word == '\0')
      continue;
    SpfTerm *term = g_new0(SpfTerm, 1);
    g_ptr_array_add(terms, term);
    gboolean is_good = read_term(term, *word) && !(has_redirect && term->kind == SPF_REDIRECT);
    has_redirect |= term->kind == SPF_REDIRECT;
    if (!is_good || terms->len > SPF_TERMS_MAX) {
      *out_broken = is_good ? g_strdup("more than 256 terms") : g_strdup(*word);
      return NULL;
    }
  }
  return g_steal_pointer(&terms);
}
