/* A corpus of messages as services send them, in many languages, with the code that a person would type in; and of
 * messages full of numbers that are no codes. */
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
    {"Your passcode", "Your one-time passcode for the payment of $129.00 with card ending in 4417 is 902881.", "902881",
     40},
    {"Payment", "Card ending 4417: your code is 902881", "902881", 60},
    {"Payment", "902881 is the passcode for your card ending in 4417.", "902881", 60},
    {"Payment", "Use 902881 to confirm the payment with card **** 4417. It is your one-time passcode.", "902881", 40},
    {"Your passcode", "Use 902881 to confirm the payment with the card ending in 4417.", "902881", 30},
    {"Order 20260117", "Order 48291 for 120 EUR, phone 5550100. The code to collect it is 7733.", "7733", 50},
    {"Code", "Invoice 556677, customer 8812. Code: 902881. Reference 112233.", "902881", 60},
    {"验证码", "您尾号4417的银行卡正在支付129.00元，验证码902881，5分钟内有效。", "902881", 60},
    {"認証", "下4桁4417のカードのお支払い。認証コードは902881です。", "902881", 60},
    {"Код", "Код 902881 для оплаты картой, номер которой оканчивается на 4417", "902881", 60},
    {"Kod", "5512 ile biten kartınızla 249,90 TL için kod: 730164", "730164", 60},
    {"Kod", "4417 ile biten kartınız için doğrulama kodu: 902881", "902881", 60},
    {"Boxes", "Enter this code:\n4 8 2 9 1 3", "482913", 60},
    {"Boxes", "Your code is 4 8 2 9 1 3.", "482913", 60},
    {"Boxes", "Your code: 4-8-2-9-1-3", "482913", 60},
    {"Boxes", "Your code: | 4 | 8 | 2 | 9 | 1 | 3 |", "482913", 60},
    {"Boxes", "Verification code\n\n4\n\n8\n\n2\n\n9\n\n1\n\n3\n\nIt is valid for 10 minutes.", "482913", 60},
    {"Boxes", "Verification code: 1 2 3 4 5 6", "123456", 60},
    {"Boxes", "Your code: A 7 K 9 Q 2", "A7K9Q2", 50},
    {"Boxes", "Your code: 4\u00A08\u00A02\u00A09\u00A01\u00A03", "482913", 60},
    {"認証コード", "・認証コード：vM8xw", "vM8xw", 60},
    {"Sign in", "Your code is aB3dE9", "aB3dE9", 60},
    {"Sign in", "Your verification code:\nxKwQvB", "xKwQvB", 60},
    {"Sign in", "Your login code is: 7f3a-9c2e", "7f3a-9c2e", 50},
    {"Blanks", "Your code is 482\u00A0913", "482913", 60},
    {"Blanks", "Your code is 482\u2009913", "482913", 60},
    {"Blanks", "Your code is 482\u202F913.", "482913", 60},
    {"Blanks", "Your code is 482\u2013913", "482913", 60},
    {"Blanks", "Your code is \u200B482\u200B913\u200B", "482913", 60},
    {"Wide", "認証コードは４８２９１３です", "482913", 60},
    {"Wide", "認証コード：ＡＢ１２ＣＤ", "AB12CD", 50},
    {"رمز", "رمز التحقق الخاص بك هو ٤٨٢٩١٣", "482913", 60},
    {"رمز", "رمز التحقق: 482913", "482913", 80},
    {"کد", "کد تأیید شما: ۴۸۲۹۱۳", "482913", 60},
    {"ओटीपी", "आपका सत्यापन कोड ४८२९१३ है", "482913", 60},
    {"OTP", "आपका ओटीपी 482913 है। इसे किसी के साथ साझा न करें।", "482913", 60},
    {"รหัส", "รหัส OTP ของคุณคือ 482913 ใช้ได้ 5 นาที", "482913", 60},
    {"אימות", "קוד האימות שלך הוא 482913", "482913", 60},
    {"Mã", "Mã xác nhận của bạn là 482913", "482913", 60},
    {"Kode", "Kode verifikasi Anda: 482913", "482913", 60},
    {"Κωδικός", "Ο κωδικός επαλήθευσης είναι 482913", "482913", 60},
    {"Cod", "Codul tău este 482913", "482913", 60},
    {"Koodi", "Vahvistuskoodisi on 482913", "482913", 60},
    {"Kód", "A megerősítő kódod: 482913", "482913", 60},
    {"Код", "Ваш код підтвердження: 482913", "482913", 60},
    {"Steam", "Here is the Steam Guard code you need to login to account bob:\n\nR7K2D", "R7K2D", 60},
    {"인증", "[Example] 인증번호 [482913]를 입력하세요. 고객센터 1588-1234", "482913", 60},
    {"Bold", "Your code is **482913**.", "482913", 60},
    {"Dash", "Your code: 482913 \u2014 do not share it", "482913", 60},
    {"Dash", "482913\u2014your code", "482913", 60},
    {"Date", "On 2026-03-02 at 10:30, 02-03-26: your code is 482913. Expires 20260303.", "482913", 60},
    {"Code", "Code: #482913", "482913", 60},
    {"Zoom", "Your verification code\n\n123 456 789", "123456789", 60},
    {"Payment", "Transaction 88213344 of 45.00 EUR. Confirm with 119933 (SMS code).", "119933", 60},
    {"Payment", "Your account ending in 1234 was charged. To confirm, enter 654321.", "654321", 30},
    {"Payment", "Your code for this transaction is 482913", "482913", 60},
    {"Code", "Your code is below.\n\nABCD-EFGH", "ABCD-EFGH", 50},
    {"Device", "Enter this code on your device: BDWP-HQPK", "BDWP-HQPK", 40},
    {"Ref", "739204 is your verification code. Ref 4417.", "739204", 60},
    {"Sign in", "vM8xw is your Example verification code", "vM8xw", 60},
    {"Sign in", "Use vM8xw as your verification code.", "vM8xw", 60},
    {"Boxes", "Your code: a 7 K 9", "a7K9", 50},
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
    {"Pages", "Pages: 1 2 3 4 5 6 7 8", NULL, 0},
    {"Stars", "5 4 3 2 1 stars", NULL, 0},
    {"Card", "Your card ending in 4417 was charged 902.88", NULL, 0},
    {"Colours", "Use color code FF5733 or #1A2B3C.", NULL, 0},
    {"Dates", "From 20260302 to 20260309, 02-03-26.", NULL, 0},
    {"Receipt", "Receipt 482913, table 4, 12 000 kr, 482 913 ₽, 482913원, ₹ 482913", NULL, 0},
    {"Names", "Your code from YouTube and GitHub is ready: see LinkedIn.", NULL, 0},
    {"银行", "您尾号4417的银行卡消费1290元，余额48291元。", NULL, 0},
    {"طلب", "رقم الطلب 482913 هاتف 0501234567", NULL, 0},
    {"สั่งซื้อ", "คำสั่งซื้อ 482913 โทร 021234567", NULL, 0},
    {"Hex", "commit 8f3a9c2e in repository example7", NULL, 0},
    {"Done", "Your verification is complete. Total 482913 RUB, balance 482913.", NULL, 0},
    {"Heading", "Your code is on its way.\nWELCOME\nORDER NUMBER: 482913", NULL, 0},
    {"Phone", "Your iPhone15 needs a code. An mp3player5 is not in this mail.", NULL, 0},
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
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autoptr(GPtrArray) codes = message_codes(message);

  g_assert_cmpuint(codes->len, ==, 1);
  const MessageCode *code = g_ptr_array_index(codes, 0);
  g_assert_cmpstr(code->value, ==, "482913");
  g_assert_cmpuint(code->confidence, >=, 80);
}

static void codes_in_boxes_are_found(void) {
  static const char *const boxes[] = {
      "<table><tr><td>4</td><td>8</td><td>2</td><td>9</td><td>1</td><td>3</td></tr></table>",
      "<table><tr><td><p>4</p></td><td><p>8</p></td><td><p>2</p></td><td><p>9</p></td><td><p>1</p></td><td><p>3</p></"
      "td>",
      "<span>4</span><span>8</span><span>2</span><span>9</span><span>1</span><span>3</span>",
      "<span>4</span> <span>8</span> <span>2</span> <span>9</span> <span>1</span> <span>3</span>",
      "<div>4</div><div>8</div><div>2</div><div>9</div><div>1</div><div>3</div>",
      "<ul><li>4</li><li>8</li><li>2</li><li>9</li><li>1</li><li>3</li></ul>",
      "<b>4&nbsp;8&nbsp;2&nbsp;9&nbsp;1&nbsp;3</b>",
      "<b>4&thinsp;8&thinsp;2</b> - <b>9&thinsp;1&thinsp;3</b>",
      "<p><b>482</b>&nbsp;<b>913</b></p>",
      "<p>482&shy;913</p>",
      "<p>&#x664;&#x668;&#x662;&#x669;&#x661;&#x663;</p>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(boxes); i++) {
    g_autofree char *mail = g_strconcat("Subject: Hi\nContent-Type: text/html\n\n<p>Enter this verification code:</p>",
                                        boxes[i], "<p>It is valid for 10 minutes. Room 4012</p>", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(mail, strlen(mail));
    g_autoptr(Message) message = message_parse(bytes, 0);
    g_autoptr(GPtrArray) codes = message_codes(message);
    if (codes->len != 1 || strcmp(((MessageCode *)g_ptr_array_index(codes, 0))->value, "482913") != 0)
      g_error("%s: %u codes", boxes[i], codes->len);
  }
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
      {"<a href='myapp://verify?token=a8f3b2c19d7e4f60'>Open</a>", "myapp://verify?token=a8f3b2c19d7e4f60"},
      {"<a href='com.example.app:/oauth?code=a8f3b2c19d7e4f60'>Log in</a>",
       "com.example.app:/oauth?code=a8f3b2c19d7e4f60"},
      {"<base href='https://x.test/u/'><a href='confirm?t=1'>Confirm</a>", "https://x.test/u/confirm?t=1"},
      {"<a href='tel:+4930123'>verify by phone</a><a href='sms:1?body=confirm'>confirm</a>", NULL},
      {"<a href='javascript:verify()'>verify</a><a href='data:text/html,confirm'>confirm</a>", NULL},
      {"<a href='https://x.test/x'>تأكيد البريد</a>", "https://x.test/x"},
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
  static const char *const units[] = {"code ",   "123456 ",  "1-", "A1",  "1 1 ", "code\n", "码", "a",
                                      "验证码1", "123456\n", "1 ", "1\n", "A 1 ", "१ ",     "1|", "code is aB1x "};

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 4 * CODES_TEXT_BYTES)
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
  ADD(codes_in_boxes_are_found);
  ADD(confirmation_links_are_found);
  ADD(numbers_of_codes_are_bounded);
  ADD(hostile_text_takes_linear_time);
#undef ADD
  return g_test_run();
}
