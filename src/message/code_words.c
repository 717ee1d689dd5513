#include "message/code_words.h"
#include <string.h>

typedef enum {
  WORD_WHOLE,   /* no letters beside it */
  WORD_ENDING,  /* may be the end of a longer word, as in German and Dutch compounds */
  WORD_ANYWHERE /* languages without spaces between words */
} WordForm;

typedef struct Word {
  const char *word; /* in lower case */
  WordForm form;
  int points;
} Word;

/* Speaking for a code, and phrases with a word of these in them that means something else. English first, then German,
 * French, Spanish, Portuguese, Italian, Dutch, the Nordic languages, Polish, Czech, Russian, Turkish, Japanese,
 * Chinese, Korean. */
static const Word words[] = {
    {"code", WORD_ENDING, 40},
    {"codes", WORD_ENDING, 30},
    {"verification code", WORD_WHOLE, 60},
    {"confirmation code", WORD_WHOLE, 55},
    {"security code", WORD_WHOLE, 60},
    {"authentication code", WORD_WHOLE, 60},
    {"login code", WORD_WHOLE, 60},
    {"sign-in code", WORD_WHOLE, 60},
    {"access code", WORD_WHOLE, 55},
    {"activation code", WORD_WHOLE, 55},
    {"one-time", WORD_WHOLE, 50},
    {"one time", WORD_WHOLE, 40},
    {"passcode", WORD_WHOLE, 60},
    {"otp", WORD_WHOLE, 60},
    {"pin", WORD_WHOLE, 45},
    {"2fa", WORD_WHOLE, 40},
    {"verification", WORD_WHOLE, 20},
    {"verify", WORD_WHOLE, 20},
    {"temporary password", WORD_WHOLE, 50},
    {"einmalpasswort", WORD_WHOLE, 60},
    {"einmalkennwort", WORD_WHOLE, 60},
    {"sicherheitsschlüssel", WORD_WHOLE, 40},
    {"tan", WORD_ENDING, 45},
    {"bestätigungsnummer", WORD_WHOLE, 25},
    {"code de vérification", WORD_WHOLE, 60},
    {"mot de passe à usage unique", WORD_WHOLE, 60},
    {"code à usage unique", WORD_WHOLE, 60},
    {"código", WORD_WHOLE, 45},
    {"codigo", WORD_WHOLE, 45},
    {"código de verificación", WORD_WHOLE, 60},
    {"código de verificação", WORD_WHOLE, 60},
    {"contraseña de un solo uso", WORD_WHOLE, 60},
    {"clave", WORD_WHOLE, 35},
    {"senha", WORD_WHOLE, 35},
    {"codice", WORD_WHOLE, 45},
    {"codice di verifica", WORD_WHOLE, 60},
    {"password monouso", WORD_WHOLE, 60},
    {"eenmalig wachtwoord", WORD_WHOLE, 60},
    {"kode", WORD_ENDING, 45},
    {"kod", WORD_ENDING, 45},
    {"koden", WORD_ENDING, 45},
    {"engångskod", WORD_WHOLE, 60},
    {"engangskode", WORD_WHOLE, 60},
    {"kód", WORD_ENDING, 45},
    {"код", WORD_WHOLE, 45},
    {"код подтверждения", WORD_WHOLE, 60},
    {"одноразовый пароль", WORD_WHOLE, 60},
    {"kodu", WORD_ENDING, 45},
    {"kodunuz", WORD_WHOLE, 50},
    {"コード", WORD_ANYWHERE, 45},
    {"認証コード", WORD_ANYWHERE, 60},
    {"確認コード", WORD_ANYWHERE, 60},
    {"認証番号", WORD_ANYWHERE, 60},
    {"確認番号", WORD_ANYWHERE, 45},
    {"暗証番号", WORD_ANYWHERE, 55},
    {"ワンタイムパスワード", WORD_ANYWHERE, 60},
    {"验证码", WORD_ANYWHERE, 60},
    {"校验码", WORD_ANYWHERE, 60},
    {"确认码", WORD_ANYWHERE, 60},
    {"动态密码", WORD_ANYWHERE, 60},
    {"動態密碼", WORD_ANYWHERE, 60},
    {"驗證碼", WORD_ANYWHERE, 60},
    {"確認碼", WORD_ANYWHERE, 60},
    {"인증번호", WORD_ANYWHERE, 60},
    {"인증 번호", WORD_ANYWHERE, 60},
    {"인증코드", WORD_ANYWHERE, 60},
    {"인증 코드", WORD_ANYWHERE, 60},
    {"확인 코드", WORD_ANYWHERE, 55},
    /* other codes */
    {"zip code", WORD_WHOLE, -60},
    {"postal code", WORD_WHOLE, -60},
    {"postcode", WORD_WHOLE, -60},
    {"area code", WORD_WHOLE, -60},
    {"country code", WORD_WHOLE, -60},
    {"error code", WORD_WHOLE, -60},
    {"status code", WORD_WHOLE, -60},
    {"exit code", WORD_WHOLE, -60},
    {"source code", WORD_WHOLE, -60},
    {"qr code", WORD_WHOLE, -30},
    {"qr-code", WORD_WHOLE, -30},
    {"barcode", WORD_WHOLE, -60},
    {"sort code", WORD_WHOLE, -60},
    {"dress code", WORD_WHOLE, -60},
    {"promo code", WORD_WHOLE, -50},
    {"discount code", WORD_WHOLE, -50},
    {"coupon code", WORD_WHOLE, -50},
    {"voucher code", WORD_WHOLE, -50},
    {"tracking code", WORD_WHOLE, -60},
    {"product code", WORD_WHOLE, -60},
    {"rabattcode", WORD_WHOLE, -50},
    {"gutscheincode", WORD_WHOLE, -50},
    {"fehlercode", WORD_WHOLE, -60},
    {"code postal", WORD_WHOLE, -60},
    {"code promo", WORD_WHOLE, -50},
    {"código postal", WORD_WHOLE, -60},
    {"código de barras", WORD_WHOLE, -60},
    {"código de descuento", WORD_WHOLE, -50},
    {"codice postale", WORD_WHOLE, -60},
    {"codice fiscale", WORD_WHOLE, -60},
    {"codice sconto", WORD_WHOLE, -50},
    {"kortingscode", WORD_WHOLE, -50},
    {"クーポンコード", WORD_ANYWHERE, -50},
    {"エラーコード", WORD_ANYWHERE, -60},
    {"郵便番号", WORD_ANYWHERE, -60},
    {"邮政编码", WORD_ANYWHERE, -60},
    /* other numbers */
    {"order", WORD_WHOLE, -45},
    {"invoice", WORD_WHOLE, -45},
    {"receipt", WORD_WHOLE, -45},
    {"reference", WORD_WHOLE, -35},
    {"ticket", WORD_WHOLE, -40},
    {"case", WORD_WHOLE, -25},
    {"account number", WORD_WHOLE, -50},
    {"account ending", WORD_WHOLE, -50},
    {"customer", WORD_WHOLE, -35},
    {"tracking", WORD_WHOLE, -45},
    {"phone", WORD_WHOLE, -50},
    {"telephone", WORD_WHOLE, -50},
    {"tel", WORD_WHOLE, -50},
    {"fax", WORD_WHOLE, -50},
    {"call", WORD_WHOLE, -30},
    {"zip", WORD_WHOLE, -45},
    {"suite", WORD_WHOLE, -40},
    {"street", WORD_WHOLE, -40},
    {"ave", WORD_WHOLE, -40},
    {"box", WORD_WHOLE, -40},
    {"copyright", WORD_WHOLE, -60},
    {"version", WORD_WHOLE, -40},
    {"bestellung", WORD_WHOLE, -45},
    {"bestellnummer", WORD_WHOLE, -45},
    {"rechnung", WORD_WHOLE, -45},
    {"rechnungsnummer", WORD_WHOLE, -45},
    {"kundennummer", WORD_WHOLE, -45},
    {"telefon", WORD_WHOLE, -50},
    {"plz", WORD_WHOLE, -50},
    {"commande", WORD_WHOLE, -45},
    {"facture", WORD_WHOLE, -45},
    {"téléphone", WORD_WHOLE, -50},
    {"pedido", WORD_WHOLE, -45},
    {"factura", WORD_WHOLE, -45},
    {"fatura", WORD_WHOLE, -45},
    {"teléfono", WORD_WHOLE, -50},
    {"telefone", WORD_WHOLE, -50},
    {"ordine", WORD_WHOLE, -45},
    {"fattura", WORD_WHOLE, -45},
    {"telefono", WORD_WHOLE, -50},
    {"bestelling", WORD_WHOLE, -45},
    {"bestelnummer", WORD_WHOLE, -45},
    {"factuur", WORD_WHOLE, -45},
    {"telefoon", WORD_WHOLE, -50},
    {"заказ", WORD_WHOLE, -45},
    {"телефон", WORD_WHOLE, -50},
    {"注文", WORD_ANYWHERE, -45},
    {"電話", WORD_ANYWHERE, -50},
    {"订单", WORD_ANYWHERE, -45},
    {"訂單", WORD_ANYWHERE, -45},
    {"电话", WORD_ANYWHERE, -50},
    {"주문", WORD_ANYWHERE, -45},
    {"전화", WORD_ANYWHERE, -50},
};

/* In the text of a link or in its URL. */
static const Word link_words[] = {
    {"confirm", WORD_ANYWHERE, 45},
    {"verif", WORD_ANYWHERE, 45},
    {"activat", WORD_ANYWHERE, 40},
    {"reset", WORD_WHOLE, 40},
    {"magic", WORD_ANYWHERE, 40},
    {"sign in", WORD_WHOLE, 35},
    {"log in", WORD_WHOLE, 35},
    {"login", WORD_WHOLE, 30},
    {"signin", WORD_WHOLE, 30},
    {"invit", WORD_ANYWHERE, 30},
    {"accept", WORD_WHOLE, 25},
    {"token", WORD_WHOLE, 30},
    {"bestätig", WORD_ANYWHERE, 45},
    {"aktivier", WORD_ANYWHERE, 40},
    {"zurücksetzen", WORD_ANYWHERE, 40},
    {"anmelden", WORD_WHOLE, 30},
    {"vérifi", WORD_ANYWHERE, 45},
    {"activer", WORD_WHOLE, 40},
    {"réinitialis", WORD_ANYWHERE, 40},
    {"connecter", WORD_WHOLE, 30},
    {"activar", WORD_WHOLE, 40},
    {"restablecer", WORD_WHOLE, 40},
    {"iniciar sesión", WORD_WHOLE, 30},
    {"redefinir", WORD_WHOLE, 40},
    {"ativar", WORD_WHOLE, 40},
    {"conferma", WORD_ANYWHERE, 45},
    {"attiva", WORD_ANYWHERE, 40},
    {"reimposta", WORD_ANYWHERE, 40},
    {"accedi", WORD_WHOLE, 30},
    {"bevestig", WORD_ANYWHERE, 45},
    {"activeer", WORD_WHOLE, 40},
    {"inloggen", WORD_WHOLE, 30},
    {"bekräfta", WORD_WHOLE, 45},
    {"bekreft", WORD_ANYWHERE, 45},
    {"bekræft", WORD_ANYWHERE, 45},
    {"potwierd", WORD_ANYWHERE, 45},
    {"подтверд", WORD_ANYWHERE, 45},
    {"активир", WORD_ANYWHERE, 40},
    {"войти", WORD_WHOLE, 30},
    {"onayla", WORD_ANYWHERE, 45},
    {"確認", WORD_ANYWHERE, 40},
    {"認証", WORD_ANYWHERE, 45},
    {"有効", WORD_ANYWHERE, 40},
    {"ログイン", WORD_ANYWHERE, 30},
    {"リセット", WORD_ANYWHERE, 40},
    {"确认", WORD_ANYWHERE, 40},
    {"验证", WORD_ANYWHERE, 45},
    {"激活", WORD_ANYWHERE, 40},
    {"重置", WORD_ANYWHERE, 40},
    {"登录", WORD_ANYWHERE, 30},
    {"確認", WORD_ANYWHERE, 40},
    {"驗證", WORD_ANYWHERE, 45},
    {"인증", WORD_ANYWHERE, 45},
    {"확인", WORD_ANYWHERE, 35},
    {"unsubscribe", WORD_ANYWHERE, -90},
    {"opt-out", WORD_ANYWHERE, -90},
    {"optout", WORD_ANYWHERE, -90},
    {"preferences", WORD_ANYWHERE, -60},
    {"privacy", WORD_ANYWHERE, -80},
    {"terms", WORD_WHOLE, -80},
    {"help", WORD_WHOLE, -60},
    {"support", WORD_WHOLE, -60},
    {"abmelden", WORD_WHOLE, -90},
    {"abbestellen", WORD_WHOLE, -90},
    {"datenschutz", WORD_ANYWHERE, -80},
    {"désabonn", WORD_ANYWHERE, -90},
    {"désinscri", WORD_ANYWHERE, -90},
    {"cancelar suscripción", WORD_WHOLE, -90},
    {"disiscriv", WORD_ANYWHERE, -90},
    {"afmelden", WORD_WHOLE, -90},
    {"配信停止", WORD_ANYWHERE, -90},
    {"退订", WORD_ANYWHERE, -90},
    {"facebook.com", WORD_ANYWHERE, -60},
    {"twitter.com", WORD_ANYWHERE, -60},
    {"instagram.com", WORD_ANYWHERE, -60},
};

/* One character for each of `text`, so that positions stay. */
static char *lower_case(const char *text) {
  GString *lower = g_string_sized_new(strlen(text));
  for (; *text; text = g_utf8_next_char(text))
    g_string_append_unichar(lower, g_unichar_tolower(g_utf8_get_char(text)));
  return g_string_free(lower, FALSE);
}

/* Does the word stand at `at`, with no letter of another word beside it? */
static gboolean stands_at(const char *lower, const char *at, const Word *word) {
  const char *behind = at + strlen(word->word);
  if (word->form == WORD_ANYWHERE)
    return TRUE;
  if (*behind && g_unichar_isalnum(g_utf8_get_char(behind)))
    return FALSE;
  return word->form == WORD_ENDING || at == lower || !g_unichar_isalnum(g_utf8_get_char(g_utf8_prev_char(at)));
}

static void add_word(CodeWord *found, guint *n_found, CodeWord word) {
  for (guint i = 0; i < *n_found; i++) {
    gboolean overlaps = word.start < found[i].end && found[i].start < word.end;
    if (!overlaps)
      continue;
    if (word.end - word.start > found[i].end - found[i].start)
      found[i] = word;
    return;
  }
  if (*n_found < CODE_WORDS_MAX)
    found[(*n_found)++] = word;
}

guint code_words_find(const char *line, CodeWord *found) {
  guint n_found = 0;
  g_autofree char *lower = lower_case(line);
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
    const char *at = strstr(lower, words[i].word);
    for (guint n_tries = 0; at && n_tries < CODE_WORDS_MAX; n_tries++) {
      if (stands_at(lower, at, &words[i])) {
        guint start = (guint)g_utf8_strlen(lower, at - lower);
        guint len = (guint)g_utf8_strlen(words[i].word, -1);
        add_word(found, &n_found, (CodeWord){start, start + len, words[i].points});
      }
      at = strstr(at + strlen(words[i].word), words[i].word);
    }
  }
  return n_found;
}

static int rate(const char *text) {
  int best = 0;
  int worst = 0;
  g_autofree char *lower = lower_case(text);
  for (gsize i = 0; i < G_N_ELEMENTS(link_words); i++) {
    const char *at = strstr(lower, link_words[i].word);
    if (!at || !stands_at(lower, at, &link_words[i]))
      continue;
    best = MAX(best, link_words[i].points);
    worst = MIN(worst, link_words[i].points);
  }
  return best + worst;
}

int code_words_rate_link(const char *text, const char *url) {
  int of_text = rate(text);
  int of_url = rate(url);
  return of_text < 0 || of_url < 0 ? MIN(of_text, of_url) : of_text + of_url;
}
