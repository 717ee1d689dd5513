/* A corpus of mails as services send them, in many languages, with the code that a person would type in; and of mails
 * full of numbers that are no codes. */
#include "message/codes.h"

#include <string.h>

typedef struct Mail {
  const char *subject;
  const char *text;
  const char *code; /* the surest; NULL: none may be found */
  guint confidence; /* at least */
} Mail;

static const Mail with_codes[] = {
    {"Your verification code", "Your verification code is 482913. It expires in 10 minutes.", "482913", 90},
    {"123456 is your Example code", "Hi,\n\n123456\n\nDon't share this code.", "123456", 60},
    {"Sign in", "Enter this code to sign in:\n\n  739 201\n\nIf you did not ask for it, ignore this mail.", "739201",
     60},
    {"Login", "Your one-time passcode: 90210455", "90210455", 80},
    {"Example", "G-482913 is your Example verification code.", "G-482913", 60},
    {"Confirm", "Use the code ABCD-1234 to confirm.", "ABCD-1234", 50},
    {"Confirm", "Your confirmation code is X7K9Q2.", "X7K9Q2", 70},
    {"Device", "Your code: WXYZ", "WXYZ", 50},
    {"Team", "Here is your temporary team code: ABC-DEF", "ABC-DEF", 50},
    {"Taxi", "Your taxi code: 1234. Never share this code. Reply STOP ALL to +44 7903 561836", "1234", 60},
    {"Games", "Your games code is: R2D2C. Example Inc., 10115 Berlin", "R2D2C", 60},
    {"Access", "Here is your PIN: 4821", "4821", 60},
    {"OTP", "OTP 551 is not it. Your OTP is 004511", "004511", 80},
    {"2FA", "Security code\n604-817\nValid for 5 minutes", "604817", 80},
    {"Order 12345678", "Thanks for order 12345678. Your code is 987654.", "987654", 60},
    {"Welcome", "Copyright 2026 Example Inc.\nCall +1 555 0100 for help.\nYour security code is 2026.", "2026", 60},
    {"Reset", "Hello Ann,\n\nto reset your password enter\n\n183046\n\nas verification code within 15 minutes.",
     "183046", 40},
    {"Bestätigung", "Ihr Bestätigungscode lautet: 482913", "482913", 60},
    {"Anmeldung", "Dein Einmalpasswort ist 73920145.", "73920145", 80},
    {"Sicherheit", "Ihre TAN: 480291\nGeben Sie sie niemandem weiter.", "480291", 70},
    {"Connexion", "Votre code de vérification est le 482913.", "482913", 80},
    {"Connexion", "Voici votre code à usage unique :\n\n482 913", "482913", 80},
    {"Acceso", "Tu código de verificación es 482913", "482913", 80},
    {"Acesso", "O seu código é: 4829", "4829", 60},
    {"Accesso", "Il tuo codice di verifica è 482913.", "482913", 80},
    {"Inloggen", "Je verificatiecode is 482913", "482913", 60},
    {"Inloggning", "Din engångskod är 482913", "482913", 80},
    {"Log ind", "Din bekræftelseskode er 482913", "482913", 60},
    {"Logowanie", "Twój kod weryfikacyjny to 482913", "482913", 60},
    {"Přihlášení", "Váš ověřovací kód je 482913", "482913", 60},
    {"Вход", "Ваш код подтверждения: 482913", "482913", 90},
    {"Giriş", "Doğrulama kodunuz: 482913", "482913", 80},
    {"ログイン", "認証コード：482913", "482913", 90},
    {"確認", "認証番号は482913です。", "482913", 80},
    {"登录", "您的验证码是482913，请勿泄露。", "482913", 80},
    {"登入", "您的驗證碼為：482913", "482913", 80},
    {"로그인", "인증번호 [482913]를 입력해 주세요.", "482913", 80},
};

static const Mail without_codes[] = {
    {"Invoice 20240117", "Invoice number: 20240117\nTotal: $1234.56\nDue 2024-02-17", NULL, 0},
    {"Your order", "Order #483920\nShipped to 94103 San Francisco\nOrder number: 483920", NULL, 0},
    {"Newsletter", "In 2025 we grew by 4500 users. Read more in issue 1234.", NULL, 0},
    {"Address", "Example Inc., 1600 Main Street, Springfield, IL 62704, USA\n© 2026 Example", NULL, 0},
    {"Phone", "Call us: +49 30 123456 or (555) 123-4567, fax 555-4321", NULL, 0},
    {"Prices", "Now 1999 € instead of 2499 €, only EUR 1234, ¥5000, 5000円", NULL, 0},
    {"Rechnung", "Rechnungsnummer 482913, Kundennummer 118822\n10115 Berlin", NULL, 0},
    {"Discount", "Use discount code SAVE2026 for 20% off", NULL, 0},
    {"Postal", "Postal code: 90210. ZIP code 12345.", NULL, 0},
    {"Error", "The build failed with exit code 1234 in module 5678.", NULL, 0},
    {"Times", "The meeting is at 10:30 on 24.11.2026, room 4012.", NULL, 0},
    {"Numbers", "Visit https://x.test/123456 or mail 123456@x.test; ratio 3.141592", NULL, 0},
    {"Commande", "Votre commande 482913 est expédiée. Code postal 75001.", NULL, 0},
    {"注文", "ご注文番号 482913 電話 0312345678 郵便番号 1000001", NULL, 0},
    {"订单", "订单号 482913，电话 01012345678，2026年", NULL, 0},
    {"Source", "Please review the source code in commit 8204913.", NULL, 0},
    {"", "", NULL, 0},
    {"Party", "The dress code is BLACK. Be there at 2000.", NULL, 0},
    {"Tracking", "Your tracking code is 12345678", NULL, 0},
};

static void check(const Mail *mail) {
  g_autoptr(GPtrArray) codes = codes_find(mail->subject, mail->text, NULL);
  const MessageCode *first = codes->len > 0 ? g_ptr_array_index(codes, 0) : NULL;
  if (g_strcmp0(first ? first->value : NULL, mail->code) != 0 || (first && first->confidence < mail->confidence)) {
    g_test_message("%s | %s: %s, %u %%", mail->subject, mail->text, first ? first->value : "none",
                   first ? first->confidence : 0);
    g_test_fail();
  }
  /* The surest by far, so that who takes the first is right. */
  for (guint i = 1; i < codes->len; i++)
    g_assert_cmpuint(((MessageCode *)g_ptr_array_index(codes, i))->confidence, <, first->confidence);
  for (guint i = 0; i < codes->len; i++) {
    const MessageCode *code = g_ptr_array_index(codes, i);
    g_assert_true(code->confidence >= CODE_CONFIDENCE_MIN && code->confidence < 100);
    g_assert_nonnull(code->context);
  }
}

static void codes_are_found(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(with_codes); i++)
    check(&with_codes[i]);
}

static void other_numbers_are_no_codes(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(without_codes); i++)
    check(&without_codes[i]);
}

static void code_in_html_is_found_with_its_context(void) {
  static const char mail[] =
      "Subject: Hello\nContent-Type: text/html\n\n<style>.a123456{}</style><p>Your verification code:</p>"
      "<table><tr><td><b>482913</b></td></tr></table><p>Sent to 10115 Berlin</p>";
  g_autoptr(GBytes) octets = g_bytes_new_static(mail, strlen(mail));
  g_autoptr(Message) message = message_parse(octets, 0);
  g_autoptr(GPtrArray) codes = message_codes(message);
  g_assert_cmpuint(codes->len, ==, 1);
  const MessageCode *code = g_ptr_array_index(codes, 0);
  g_assert_cmpstr(code->value, ==, "482913");
  g_assert_cmpuint(code->confidence, >=, 80);
}

static void confirmation_links_are_found(void) {
  static const struct {
    const char *html;
    const char *url; /* NULL: none */
  } rows[] = {
      {"<a href='https://x.test/confirm?token=a8f3b2c19d7e4f60'>Confirm your mail</a>",
       "https://x.test/confirm?token=a8f3b2c19d7e4f60"},
      {"<a href='https://x.test/u/a8f3b2c19d7e4f60'>E-Mail bestätigen</a>", "https://x.test/u/a8f3b2c19d7e4f60"},
      {"<a href='https://x.test/x'>メールアドレスを確認</a>", "https://x.test/x"},
      {"<a href='https://x.test/reset/1'>Choose a new password</a>", "https://x.test/reset/1"},
      {"<a href='https://x.test/unsubscribe?token=a8f3b2c19d7e4f60'>Unsubscribe</a>", NULL},
      {"<a href='https://x.test/privacy'>Privacy</a> <a href='https://x.test/'>Home</a>", NULL},
      {"<img src='https://x.test/confirm.png'>", NULL},
      {"<a href='mailto:confirm@x.test'>confirm</a>", NULL},
      {"Go to https://x.test/verify/a8f3b2c19d7e4f60.", "https://x.test/verify/a8f3b2c19d7e4f60"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GPtrArray) links = links_find(NULL, rows[i].html, NULL);
    g_autoptr(GPtrArray) codes = codes_find(NULL, "", links);
    const MessageCode *code = codes->len > 0 ? g_ptr_array_index(codes, 0) : NULL;
    g_assert_cmpstr(code ? code->value : NULL, ==, rows[i].url);
    g_assert_true(!code || code->kind == MESSAGE_CODE_LINK);
  }
}

static void numbers_of_codes_are_bounded(void) {
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf(text, "code: %06u\n", 100000 + i);
  g_autoptr(GPtrArray) codes = codes_find("code", text->str, NULL);
  g_assert_cmpuint(codes->len, ==, CODES_MAX);
}

static void hostile_text_takes_linear_time(void) {
  static const char *const units[] = {"code ",  "123456 ", "1-", "A1",      "1 1 ",
                                      "code\n", "码",      "a",  "验证码1", "123456\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 4 * CODES_TEXT_OCTETS)
      g_string_append(text, units[i]);
    g_autoptr(GPtrArray) codes = codes_find(text->str, text->str, NULL);
    g_assert_cmpuint(codes->len, <=, CODES_MAX);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/codes/" #name, name)
  ADD(codes_are_found);
  ADD(other_numbers_are_no_codes);
  ADD(code_in_html_is_found_with_its_context);
  ADD(confirmation_links_are_found);
  ADD(numbers_of_codes_are_bounded);
  ADD(hostile_text_takes_linear_time);
#undef ADD
  return g_test_run();
}
