#include "checks/checks.h"
#include <string.h>

#define HEAD                                                                                                           \
  "From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nDate: Thu, 01 Jan 1970 00:00:10 +0000\r\n"                    \
  "Message-ID: <1@b.example>\r\n"
#define MIME "MIME-Version: 1.0\r\n"
#define HTML_HEAD HEAD MIME "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define SIGNED_FIELDS "From:from:To:Subject:Date"
#define SIGNATURE_OF(fields)                                                                                           \
  "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; h=" fields "; b=eA==;\r\n"                                     \
  " bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
#define SIGNATURE SIGNATURE_OF(SIGNED_FIELDS)
#define MANY(text) text text text text text text text text text text /* ORIGIN_SIGNATURES_MAX */

/* What is told of any message without a signature or HTML. */
#define USUAL "dkim-none spf-offline dmarc-offline"

static GPtrArray *run(const char *mail) {
  g_autoptr(GBytes) bytes = g_bytes_new(mail, strlen(mail));
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autoptr(Envelope) envelope = envelope_new();

  g_free(envelope->reverse_path);
  envelope->reverse_path = g_strdup("bounce@b.example");
  g_autoptr(OriginReport) origin = origin_report_new(message, envelope, 20 * G_USEC_PER_SEC, NULL);
  return checks_run(message, envelope, 20 * G_USEC_PER_SEC, origin);
}

/* What is found that is not told of every such mail; names with spaces between. */
static char *find(const char *mail, const char *usual) {
  g_autoptr(GPtrArray) checks = run(mail);
  GString *names = g_string_new(NULL);

  for (guint i = 0; i < checks->len; i++) {
    const MailCheck *check = g_ptr_array_index(checks, i);
    g_assert_true(*check->text != '\0' && *check->source != '\0' && *check->group != '\0');
    g_assert_null(strchr(check->text, '#'));
    g_assert_cmpuint(strlen(check->detail), <=, CHECK_DETAIL_BYTES_MAX);
    g_assert_true(g_utf8_validate(check->detail, -1, NULL) && !strpbrk(check->detail, "\r\n"));
    if (!strstr(usual, check->name))
      g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", check->name);
  }
  return g_string_free(names, FALSE);
}

typedef struct Vector {
  const char *mail;
  const char *found;
} Vector;

static void assert_found(const Vector *vectors, gsize n, const char *head, const char *usual) {
  for (gsize i = 0; i < n; i++) {
    g_autofree char *mail = g_strconcat(head, vectors[i].mail, NULL);
    g_autofree char *found = find(mail, usual);
    if (strcmp(found, vectors[i].found) != 0)
      g_error("\"%s\": \"%s\", not \"%s\"", mail, found, vectors[i].found);
  }
}

static void headers_are_checked(void) {
  static const Vector vectors[] = {
      {HEAD "\r\n", ""},
      {HEAD "Subject: y\r\nto: z@z\r\n\r\n", "field-twice"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nDate: soon\r\n\r\n", "date-unreadable"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nDate: Thu, 01 Jan 1970 23:00:00 +0000\r\n\r\n", ""},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nDate: Fri, 02 Jan 1970 00:00:20 +0000\r\n\r\n", "date-far"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nMessage-ID: 1@b\r\n\r\n", "message-id-form"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nMessage-ID: <1>\r\n\r\n", "message-id-form"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nMessage-ID: <1@b> <2@b>\r\n\r\n", "message-id-form"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nMessage-ID: <1@localhost>\r\n\r\n", "message-id-local"},
      {"From: nobody\r\nTo: c@d\r\nSubject: x\r\n\r\n", "from-unreadable"},
      {"From: a@b.example, b@b.example\r\nTo: c@d\r\nSubject: x\r\n\r\n", "no-sender"},
      {"From: a@b.example, b@b.example\r\nSender: a@b.example\r\nTo: c@d\r\nSubject: x\r\n\r\n", ""},
      {"From: a@b.example\r\nSubject: x\r\n\r\n", "no-recipient"},
      {HEAD "Bcc: \r\n\r\n", ""},
      {HEAD "Bcc: z@z\r\n\r\n", "bcc-shown"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: \r\n\r\n", "no-subject"},
      {HEAD "X: =?utf-8?Q?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?=\r\n\r\n", ""},
      {HEAD "X: =?utf-8?Q?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?=\r\n\r\n",
       "encoded-word-long"},
      {HEAD "Return-Path: <x@y>\r\n\r\n", "return-path"},
      {HEAD "Content-Type: text/plain\r\n\r\n", "no-mime-version"},
      {"From: a@c.example\r\nTo: c@d\r\nSubject: x\r\n\r\n", "senders-differ"},
      {"From: a@sub.b.example\r\nTo: c@d\r\nSubject: x\r\n\r\n", ""},
      {"From: a@ab.example\r\nTo: c@d\r\nSubject: x\r\n\r\n", "senders-differ"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), "", USUAL);
}

#define HEAD_BUT(field, value)                                                                                         \
  "From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMessage-ID: <1@b.example>\r\n" field ": " value "\r\n\r\n"

static void what_is_read_leniently_is_told(void) {
  static const Vector vectors[] = {
      {"\xEF\xBB\xBF" HEAD "\r\n", "byte-order-mark"},
      {"\r\n" HEAD "\r\n", "before-header"},
      {"From a@b Thu Jan  1 00:00:10 1970\r\n" HEAD "\r\n", "before-header"},
      {HEAD_BUT("Date", "Thu, 01 Jan 1970 02:00:10 +02:00"), "date-form"},
      {HEAD_BUT("Date", "1970-01-01T00:00:10Z"), "date-form"},
      {HEAD_BUT("Date", "Thu, 01 Jan 1970 00:00:10 GMT"), "date-form"},
      {HEAD_BUT("Date", "Fri, 01 Jan 1970 00:00:10 +0000"), "date-weekday"},
      {HEAD_BUT("Date", "Thu, 01 Jan 1970 00:00:10 IST"), "date-unreadable"},
      {HEAD_BUT("Cc", "a@b.example; c@d.example"), "address-separator"},
      {HEAD_BUT("Cc", "Ed <a@b.example> Al <c@d.example>"), "address-separator"},
      {HEAD_BUT("Cc", "Friends: a@b.example;"), ""},
      {HEAD_BUT("Cc", "a@b.example via Shop <c@d.example>"), "address-unquoted"},
      {HEAD_BUT("Cc", "\"a@b.example via Shop\" <c@d.example>"), ""},
      {HEAD_BUT("Cc", "Ed <<c@d.example>>"), "address-form"},
      {HEAD_BUT("Cc", "a@b.example,"), "address-form"},
      {HEAD_BUT("Cc", "root"), "address-form"},
      {HEAD_BUT("Cc", "\"=?utf-8?q?=C3=BC?=\" <a@b.example>"), "encoded-word-quoted"},
      {HEAD_BUT("X", "=?utf-8?q?=C3=BC a?="), "encoded-word-form"},
      {HEAD_BUT("X", "=?utf-8?q?=C3=BC"), "encoded-word-form"},
      {HEAD_BUT("X", "a=?utf-8?q?=C3=BC?="), "encoded-word-glued"},
      {HEAD_BUT("X", "=?utf-8?q?=C3=BC?==?utf-8?q?=C3=BC?="), "encoded-word-glued"},
      {HEAD_BUT("X", "(=?utf-8?q?=C3=BC?=) =?utf-8?q?=C3=BC?="), ""},
      {HEAD_BUT("X", "=?utf-8?q?=C3?= =?utf-8?q?=BC?="), "encoded-word-cut"},
      {HEAD_BUT("X", "=?utf-8?q?=C3?="), "charset-wrong"},
      {HEAD_BUT("X", "=?klingon?q?=C3?="), "charset-unknown"},
      {HEAD_BUT("X", "=?iso-2022-jp?B?GyRCLSEbKEI=?="), "charset-extension"},
      {HEAD_BUT("X", "=?iso-2022-jp?B?GyRCRnxLXA==?="), "charset-open"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), "", USUAL);
}

#define ATTACHED(fields)                                                                                               \
  "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\n" fields        \
  "\r\n\r\nx\r\n--b--\r\n"

static void what_is_read_leniently_in_parts_is_told(void) {
  static const Vector vectors[] = {
      {"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x80",
       "charset-extension"},
      {"Content-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x80", ""},
      {"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B-!\x1b(B\r\n", "charset-extension"},
      {"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$BF|\r\n", "charset-open"},
      {"Content-Type: text/plain; charset=shift_jis\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x85\x9f\r\n",
       "charset-wrong"},
      {"Content-Transfer-Encoding: base64\r\n\r\naA==\r\naA==\r\n", "base64-form"},
      {"Content-Transfer-Encoding: base64\r\n\r\naA==\r\n", ""},
      {"Content-Transfer-Encoding: "
       "quoted-printable\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
       "encoded-line-long"},
      {"Content-Transfer-Encoding: base-64\r\n\r\naA==\r\n", "encoding-unknown"},
      {"Content-Transfer-Encoding: quoted-printable\r\n\r\na= \r\nb\r\n", "quoted-printable-form"},
      {"Content-Transfer-Encoding: quoted-printable\r\n\r\na=\r\nb=3D\r\n", ""},
      {"Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
       "boundary-missing"},
      {"Content-Type: multipart/mixed; boundary=c\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n", "boundary-missing"},
      {"\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", "multipart-undeclared"},
      {"Content-Type: text/plain; name=a.txt\r\n\r\nx", "body-named"},
      {"Content-Type: text/plain; charset=utf-8; charset=utf-8\r\n\r\nx", "parameter-form"},
      {ATTACHED("Content-Disposition: attachment; filename=a b.pdf"), "parameter-form"},
      {ATTACHED("Content-Disposition: attachment; filename=\"=?utf-8?q?=C3=BC?=\""), "parameter-word"},
      {ATTACHED("Content-Disposition: attachment; filename=\"\xC3\xBC\""), "parameter-8bit"},
      {ATTACHED("Content-Disposition: attachment; filename*=utf-8''%C3%BC"), ""},
      {ATTACHED("Content-Disposition: attachment; filename=\"1/2.pdf\""), "file-name-unsafe"},
      {ATTACHED("Content-Disposition: attachment; filename*=utf-8''a%E2%80%8C.pdf"), ""},
      {ATTACHED("Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEfdp.exe"),
       "file-name-unsafe file-refused"},
      {ATTACHED("Content-Type: a/b; name=a.pdf\r\nContent-Disposition: attachment; filename=b.pdf"),
       "file-names-differ"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HEAD MIME, USUAL " html-doctype");
}

static void parts_are_checked(void) {
  static const Vector vectors[] = {
      {"Content-Type: text/plain; charset=utf-8\r\n\r\nx", ""},
      {"Content-Type: what\r\n\r\n", "content-type-unreadable"},
      {"Content-Type: multipart/mixed\r\n\r\nx", "boundary-missing"},
      {"Content-Type: multipart/mixed; boundary=b\r\n\r\nx", "boundary-missing"},
      {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n", "multipart-open"},
      {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n", ""},
      {"Content-Transfer-Encoding: 9bit\r\n\r\nx", "encoding-unknown"},
      {"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: "
       "base64\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
       "multipart-encoded"},
      {"Content-Type: text/plain; charset=utf-8\r\n\r\n\xC3\xA4", "8bit-undeclared"},
      {"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xC3\xA4", ""},
      {"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xE4", "charset-wrong"},
      {"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xE4", "charset-wrong"},
      {"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xE4", ""},
      {"Content-Type: text/plain; charset=klingon\r\n\r\nx", "charset-unknown"},
      {"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p lang=en>x\r\n"
       "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
       "text-after-html no-lang"},
      {"Content-Type: application/zip; name=x.EXE\r\n\r\nx", "file-refused"},
      {"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
       "<html lang=en><p style='x:url(cid:a)'>text that is long enough to be called a text\r\n"
       "--b\r\nContent-Type: image/png\r\nContent-ID: <b>\r\n\r\nx\r\n--b--\r\n",
       "no-text-part picture-missing picture-unused"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HEAD MIME, USUAL " html-doctype");
}

#define RELATED(html, part)                                                                                            \
  "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<html lang=en>"            \
  "text that is long enough to be called a text, is it not<img alt=x width=1 src='" html                               \
  "'>\r\n--b\r\nContent-Type: image/png\r\n" part "\r\n\r\nx\r\n--b--\r\n"

static void pictures_are_to_be_named_by_their_id(void) {
  static const Vector vectors[] = {
      {RELATED("cid:a@b", "Content-ID: <a@b>"), ""},
      {RELATED("cid:a%40b", "Content-ID: <a@b>"), ""},
      {RELATED("cid:A@B", "Content-ID: <a@b>"), "picture-like-id"},
      {RELATED("cid:a", "Content-ID: <a@b>"), "picture-like-id"},
      {RELATED("a.png", "Content-Disposition: inline; filename=a.png"), "picture-by-name"},
      {RELATED("i/a.png", "Content-Location: i/a.png"), "picture-by-name"},
      {RELATED("https://c.example/a.png", "Content-Location: https://c.example/a.png"), "picture-by-name"},
      {RELATED("b.png", "Content-Disposition: inline; filename=a.png"), "relative-address"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HEAD MIME, USUAL " no-text-part html-doctype");
}

static void links_are_to_lead_somewhere_everywhere(void) {
  static const Vector vectors[] = {
      {"<base href=https://a.example/><a href=x>x</a>", "base-needed"},
      {"<base href=https://a.example/><a href=https://a.example/x>x</a>", ""},
      {"<a href=x>x</a><base href=javascript:1>", "relative-address"},
      {"<a href='myapp://x'>x</a><a href='com.example.app:/x'>x</a>", "link-into-app"},
      {"<a href='tel:+1'>x</a><a href='sms:1'>x</a><a href='mailto:a@b.example'>x</a>", ""},
  };
  static const Vector texts[] = {
      {"https://a.example/x\xEF\xBC\x8C", "link-glued"},
      {"https://a.example/x\xE8\xAF\xB7", "link-glued"},
      {"https://a.example/x. https://a.example/y\xC2\xA0z https://a.example/z\xE3\x80\x80", ""},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HTML_HEAD "<html lang=en>", USUAL " no-text-part html-doctype");
  assert_found(texts, G_N_ELEMENTS(texts),
               HEAD MIME "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n", USUAL);
}

#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
#define PART(type) "--b\r\nContent-Type: " type "\r\n\r\n<html lang=en>x\r\n"

static void amp_has_other_forms_after_it(void) {
  static const Vector vectors[] = {
      {ALTERNATIVE PART("text/plain") PART("text/x-amp-html") PART("text/html") "--b--\r\n", ""},
      {ALTERNATIVE PART("text/plain") PART("text/html") PART("text/x-amp-html") "--b--\r\n", "amp-after-html"},
      {ALTERNATIVE PART("text/plain") PART("text/x-amp-html") "--b--\r\n", ""},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HEAD MIME, USUAL " html-doctype");
}

static void html_is_checked(void) {
  static const Vector vectors[] = {
      {"<html lang=en><p>x", ""},
      {"<p>x", "no-lang"},
      {"<html lang=''>x", "no-lang"},
      {"<html lang=en><script>x</script>", "html-script"},
      {"<html lang=en><p onclick=x()>", "html-script"},
      {"<html lang=en><p title='on and on'>", ""},
      {"<html lang=en><form></form>", "html-form"},
      {"<html lang=en><iframe></iframe><object></object>", "html-frame"},
      {"<html lang=en>text that is long enough to be called a text, is it not<img src=data:x width=1>", "img-no-alt"},
      {"<html lang=en>text that is long enough to be called a text, is it not<img src=data:x alt=''>", "img-no-size"},
      {"<html lang=en><img src=data:x alt='' style='width:2px'>short", "little-text"},
      {"<html lang=en><table><tr><td><table role=none></table></table>", "layout-table"},
      {"<html lang=en><table><tr><th>x</table><table role=presentation></table>", ""},
      {"<html lang=en><a href=/x>x</a><a href='#x'>x</a><a href='mailto:x'>x</a>", "relative-address"},
      {"<html lang=en><p style='background:url(http://a.example/b)'>", "remote-plain"},
      {"<html lang=en>text that is long enough to be called a text, is it not<img src=https://a alt='' width=1 "
       "height=1>",
       "tracking-pixel"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HTML_HEAD, USUAL " no-text-part html-doctype");
}

#define WELL "<!doctype html><html lang=en>"
#define PLAIN_TABLE "<table role=none>"

static void well_formed_html_is_not_objected_to(void) {
  static const Vector vectors[] = {
      {WELL "<head><title>a & b</title><style>p > a{}</style><meta charset=utf-8 /></head><body><p>x</body></html>",
       ""},
      {"<?xml version='1.0'?> <!-- x --> <!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" "
       "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\"><html lang=en><br/></html>",
       ""},
      {"<!DOCTYPE html SYSTEM 'about:legacy-compat'><html lang=en>x", ""},
      {"<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://www.w3.org/TR/html4/loose.dtd\">"
       "<html lang=en>x",
       ""},
      {WELL "<p>a<p>b<div>c</div><ul><li>d<ul><li>e</ul><li>f</ul><dl><dt>g<dd>h</dl>", ""},
      {WELL PLAIN_TABLE "<caption>x<colgroup><col><col><thead><tr><td>a<td>b<tbody><tr><td>c" PLAIN_TABLE
                        "<tr><td>d</table><tr><td>e</table>",
       ""},
      {WELL PLAIN_TABLE "<!-- x --><tr><script></script><td>x</td><!--[if mso]><td>y</td><![endif]--></tr></table>",
       "html-script"},
      {WELL "<!--[if mso]>" PLAIN_TABLE "<tr><td><![endif]--><div>x</div><!--[if mso]></td></tr></table><![endif]-->",
       ""},
      {WELL "<!--[if !mso]><!--><div><!--<![endif]-->x</div><![if !mso]><b>y</b><![endif]>", ""},
      {WELL "<o:p>x<v:rect/><svg><path/><g><title>x</title></g></svg><math/>", ""},
      {WELL "<textarea><div></p>&</textarea><a href=https://a.example/x/>x</a>", ""},
      {WELL "<select><optgroup><option>a<option>b<optgroup><option>c</select><ruby>x<rt>y</ruby>", ""},
      {WELL "a &amp; b &check; &NotEqualTilde; &#8203; &unknown & AT&T; &x", ""},
      {WELL "<p id=a class='x y' title='<b> \"q\"' hidden>x<p id=b class=z xmlns=x XMLNS=x>y", ""},
      {WELL "<a href=x://y>a</a>" PLAIN_TABLE "<tr><td><a href=x://z>b</a></table>", "link-into-app"},
      {WELL "<div>x</body></html></div>", ""},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HTML_HEAD, USUAL " no-text-part");
}

static void malformed_html_is_found(void) {
  static const Vector vectors[] = {
      {"<html lang=en>x", "html-doctype"},
      {"x < y > <html lang=en>x<!doctype html>", "html-doctype"},
      {"<!doctype><html lang=en>x", "html-doctype"},
      {"<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\"><html lang=en>x", "html-doctype"},
      {"<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\"><html lang=en>x", "html-doctype"},
      {WELL "<div>x<b title='>y</b>", "html-cut html-unclosed"},
      {WELL "<p>x<!--[if mso]>y<![endif]>z", "html-cut"},
      {WELL "<div><p>x", "html-unclosed"},
      {WELL "<p><span>x<p>y", "html-unclosed"},
      {WELL "<a href='#x'>x <a href='#y'>y</a>", "html-unclosed"},
      {WELL PLAIN_TABLE "<tr><td><div>x</td></tr></table>", "html-unclosed"},
      {WELL "<style>p{}", "html-unclosed"},
      {WELL "<svg><g>x", "html-unclosed"},
      {WELL "<b><i>x</b></i>", "html-order"},
      {WELL "<b><p>x</b></p>", "html-order"},
      {WELL "<span><div>x</span></div>", "html-order"},
      {WELL "<div>" PLAIN_TABLE "<tr><td>x</div></td></tr></table>", "html-order"},
      {WELL PLAIN_TABLE "<tr><td><b>x</td></b></tr></table>", "html-order"},
      {WELL "<ul><li>x<ul></li></ul></ul>", "html-order"},
      {WELL "x</div>", "html-stray-end"},
      {WELL "x</br>", "html-void-end"},
      {WELL "<div/>x", "html-self-closed"},
      {WELL "<p>x<div>y</div></p>", "html-nesting"},
      {WELL "<p><b>x<ul><li>y</ul></b></p>", "html-nesting"},
      {WELL "<ul><li>x<li>y</li></li></ul>", "html-nesting"},
      {WELL "<a href='#x'>x<a href='#y'>y</a></a>", "html-nesting"},
      {WELL PLAIN_TABLE "<td>x</table>", "html-table"},
      {WELL PLAIN_TABLE "<tr>&nbsp;<td>x</table>", "html-table"},
      {WELL PLAIN_TABLE "<tr><td>x</td><br></table>", "html-table"},
      {WELL "<tr><td>x</tr>", "html-table"},
      {WELL "<p id=a>x<p id=a>y", "html-id-twice"},
      {WELL "<p style='color:red' class=x STYLE='margin:0'>x", "html-attribute-twice"},
      {WELL "<p style=\"font-family:\"Arial\"\">x", "html-quotes"},
      {WELL "<p class=x'>x", "html-quotes"},
      {WELL "<p class=x <b>y</b>", "html-stray-end html-quotes"},
      {WELL "<a href=https://a.example/?b=c>x</a>", "html-unquoted"},
      {WELL "x &nsbp; y", "html-reference"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HTML_HEAD, USUAL " no-text-part");
}

/* Without limits each of these would take quadratic time, or report what is not so. */
static void html_without_end_is_found_in_bounded_time(void) {
  static const struct {
    const char *piece;
    const char *found;
  } vectors[] = {
      {"<div>", ""}, /* too deep to tell */
      {"<p>x<div></div>", ""},
      {"</b>", "html-stray-end"},
      {"<p><b>x<div></div>", "html-unclosed"},
      {"<b></i>", "html-stray-end"},
      {"<!--", "html-cut"},
      {"<a '", "html-cut"},
      {"<p id=a a=b a=c>&xx;</p>", "html-id-twice html-attribute-twice html-reference"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(GString) mail = g_string_new(HTML_HEAD WELL "text\r\n");
    for (guint n = 0; n < 20 * 1000; n++)
      g_string_append(mail, vectors[i].piece);
    g_autofree char *found = find(mail->str, USUAL " no-text-part html-clipped");
    g_assert_cmpstr(found, ==, vectors[i].found);
  }
}

/* GIFs, of which the size is in the first ten bytes: 10 by 20, 1 by 1, and with the bytes of more, 400 by 800. */
#define GIF_10_20 "data:image/gif;base64,R0lGODlhCgAUAA=="
#define GIF_1_1 "DATA:image/gif;BASE64,R0lGODlhAQABAA=="
#define GIF_400_800_START "R0lGODlhkAEgAw"
#define IMAGE(source, size) "<img alt=x src='" source "' " size ">"

static void pictures_are_compared_with_how_they_are_shown(void) {
  static const Vector vectors[] = {
      {IMAGE(GIF_10_20, "width=10 height=20"), ""},
      {IMAGE(GIF_10_20, "width=5"), ""},
      {IMAGE(GIF_10_20, "width=11"), "picture-blurred"},
      {IMAGE(GIF_10_20, "width=10.9px height=20"), ""},
      {IMAGE(GIF_10_20, "height=' 21 ' style='width:auto'"), "picture-blurred"},
      {IMAGE(GIF_10_20, "width=100%"), ""},
      {IMAGE(GIF_10_20, "width=100 style='width:100%'"), ""},
      {IMAGE(GIF_10_20, "width=10 style='color:red; WIDTH : 12PX'"), "picture-blurred"},
      {IMAGE(GIF_10_20, "width=10 style='max-width:100px;width:1e3em'"), ""},
      {IMAGE(GIF_10_20, "width=1e999"), ""},
      {IMAGE(GIF_10_20, "width=nan"), ""},
      {IMAGE(GIF_10_20, "width=10 height=10"), "picture-distorted"},
      {IMAGE(GIF_10_20, "width=10 height=18"), ""},
      {IMAGE(GIF_10_20, "width=1 height=2"), ""}, /* there is nothing to be saved */
      {IMAGE(GIF_1_1, "width=600 height=2"), ""},
      {IMAGE("data:image/gif,GIF89a", "width=600"), ""},
      {IMAGE("data:", "width=600"), ""},
      {IMAGE("data:;base64,", "width=600"), ""},
      {IMAGE("cid:", "width=600"), "picture-missing"},
      {IMAGE("cid:%00", "width=600"), "picture-missing"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HTML_HEAD "<html lang=en>",
               USUAL " no-text-part little-text img-no-size html-doctype");
}

static void assert_large_picture(gsize n_bytes, const char *size, const char *expected) {
  g_autofree char *more = g_strnfill((n_bytes * 4 + 2) / 3 - strlen(GIF_400_800_START), 'A');
  g_autofree char *mail = g_strdup_printf(
      HEAD MIME
      "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
      "<html lang=en>" IMAGE("cid:a%%20b",
                             "%s") "\r\n--b\r\nContent-Type: image/gif\r\n"
                                   "Content-ID: <a b>\r\nContent-Transfer-Encoding: base64\r\n\r\n" GIF_400_800_START
                                   "%s\r\n--b--\r\n",
      size, more);
  g_autofree char *found = find(mail, USUAL " no-text-part little-text img-no-size html-doctype encoded-line-long");

  g_assert_cmpstr(found, ==, expected);
}

static void pictures_may_have_the_pixels_of_dense_screens(void) {
  assert_large_picture(4098, "width=133", "picture-wasteful");
  assert_large_picture(4098, "width=134", "");
  assert_large_picture(4098, "height=266", "picture-wasteful");
  assert_large_picture(4095, "width=100", "");
}

static void links_are_checked(void) {
  static const Vector vectors[] = {
      {"<a href=https://a.example>x</a>", ""},
      {"<a href=https://a.example> <b> </b></a>", "link-empty"},
      {"<a href=https://a.example><img src=data:x width=1 alt=x></a>", "little-text"},
      {"<a href=https://a.example aria-label=x></a>", ""},
      {"<a href=https://localhost:3000/x>x</a>", "link-local"},
      {"<a href=https://127.0.0.1/x>x</a><a href=https://172.31.0.1>y</a>", "link-local"},
      {"<a href=https://172.32.0.1/x>x</a><a href=https://10.example>y</a>", ""},
      {"<a href=https://user@192.168.1.1/x>x</a><a href='https://[::1]/'>x</a>", "link-local"},
      {"<a href='mailto:x@a.example?body=https://localhost/'>x</a>", ""},
      {"<a href=HTTPS://LOCALHOST.:3000/x>x</a><a href='https://[::ffff:10.0.0.1]/'>x</a>", "link-local"},
      {"<a href=http://a.example>x</a>", "link-plain"},
      {"<a href=https://evil.example>https://bank.example/login</a>", "link-deceives"},
      {"<a href=https://evil.example>www.bank.example</a>", "link-deceives"},
      {"<a href=https://evil.example>HTTPS://bank.example/login</a>", "link-deceives"},
      {"<a href=https://evil.example>https://bank.example to log in</a>", "link-deceives"},
      {"<a href=https://bank.example@evil.example>https://bank.example</a>", "link-deceives"},
      {"<a href='https://evil.example\\@bank.example'>https://bank.example</a>", "link-deceives"},
      {"<a href=https://bank.example:8443/>https://bank.example is good</a>", ""},
      {"<a href='mailto:x@bank.example?body=https://evil.example/'>https://bank.example</a>", ""},
      {"<a href=https://www.bank.example/x>https://bank.example</a><a href=https://t.bank.example>bank.example</a>",
       ""},
      {"Hello {{ name }}", "template-left"},
      {"<a href=https://a.example>unsubscribe</a>", "no-unsubscribe"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HTML_HEAD "<html lang=en>", USUAL " no-text-part html-doctype");
}

static guint count_marks(const char *mail) {
  g_autoptr(GPtrArray) checks = run(mail);

  for (guint i = 0; i < checks->len; i++) {
    const MailCheck *check = g_ptr_array_index(checks, i);
    const char *number = strrchr(check->text, ' ');
    if (strcmp(check->name, "template-left") == 0)
      return (guint)g_ascii_strtoull(number + 1, NULL, 10);
  }
  return 0;
}

static void marks_of_a_template_are_counted_where_they_stand(void) {
  static const char both[] = HEAD MIME "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n{{ a }}\r\n"
                                       "--b\r\nContent-Type: text/html\r\n\r\n<p>{{ a }}\r\n--b--\r\n";

  g_assert_cmpuint(count_marks(HTML_HEAD "<p>Hello"), ==, 0);
  g_assert_cmpuint(count_marks(HTML_HEAD "<p>Hello {{ a }}"), ==, 1);
  g_assert_cmpuint(count_marks(HTML_HEAD "<p>Hello &lt;%= a %&gt;"), ==, 1);
  g_assert_cmpuint(count_marks(HTML_HEAD "<a href='https://a.example/{{ a }}'>Hello</a>"), ==, 1);
  g_assert_cmpuint(count_marks(HEAD "\r\nHello {{ a }}"), ==, 1);
  g_assert_cmpuint(count_marks("Subject: {{ a }}\r\n" HTML_HEAD "<p>Hello {{ a }} ${b}"), ==, 3);
  g_assert_cmpuint(count_marks(both), ==, 2);
}

static void lists_are_checked(void) {
  static const Vector vectors[] = {
      {"List-Id: x\r\n\r\n", "no-unsubscribe"},
      {"Precedence: bulk\r\n\r\n", "no-unsubscribe"},
      {"List-Unsubscribe: x\r\n\r\n", "unsubscribe-form no-one-click"},
      {"List-Unsubscribe: <https://a>\r\n\r\n", "no-one-click"},
      {"List-Unsubscribe: <https://a>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n",
       "one-click-unsigned"},
      {"List-Unsubscribe: <https://a>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" SIGNATURE_OF(
           SIGNED_FIELDS ":List-Unsubscribe:list-unsubscribe-post") "\r\n\r\n",
       "dkim-offline"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HEAD, USUAL " html-doctype");
}

static void signatures_are_checked(void) {
  static const Vector vectors[] = {
      {SIGNATURE "\r\n\r\n", "dkim-offline"},
      {SIGNATURE "\r\n\r\nx", "dkim-body"},
      {SIGNATURE "; v=1\r\n\r\n", "dkim-form"},
      {SIGNATURE "; l=0\r\n\r\n", "dkim-length dkim-body"},
      {SIGNATURE "; l=3\r\n\r\n", "dkim-form dkim-length"},
      {SIGNATURE "; x=19\r\n\r\n", "dkim-expired"},
      {SIGNATURE "; x=20\r\n\r\n", "dkim-offline"},
      {SIGNATURE_OF("From:From:To:Date") "\r\n\r\n", "dkim-unsigned dkim-offline"},
      {SIGNATURE_OF("From:To:Date:Subject") "\r\n\r\n", "dkim-from-addable dkim-offline"},
      {SIGNATURE_OF(SIGNED_FIELDS) "\r\nCc: c@d.example\r\n\r\n", "dkim-unsigned dkim-offline"},
      {SIGNATURE_OF(SIGNED_FIELDS) "\r\nDKIM-Signature: v=1; a=rsa-sha256; d=b.example\r\n\r\n",
       "dkim-form dkim-offline"},
      {"DKIM-Signature: v=1; a=rsa-sha256; d=b.example\r\n\r\n", "dkim-form"},
      {"DKIM-Signature: v=1; a=rsa-sha1; d=z.example; s=s; h=To; b=eA==; bh=uoq1oCgLlTqpdDX/iUbLy7J1Wic=\r\n\r\n",
       "dkim-sha1 dkim-from-unsigned dkim-unsigned dkim-not-aligned"},
      {MANY(SIGNATURE "\r\n") "\r\n", "dkim-offline"},
      {MANY(SIGNATURE "\r\n") SIGNATURE "\r\n\r\n", "dkim-many dkim-offline"},
  };

  assert_found(vectors, G_N_ELEMENTS(vectors), HEAD, "spf-offline dmarc-offline");
}

static void sizes_are_checked_at_their_edges(void) {
  g_autoptr(GString) mail = g_string_new(HTML_HEAD "<html lang=en>");
  gsize start = mail->len - strlen("<html lang=en>");

  while (mail->len - start < 102 * 1024)
    g_string_append_c(mail, 'x');
  g_autofree char *fits = find(mail->str, USUAL " no-text-part html-doctype");
  g_assert_cmpstr(fits, ==, "");
  g_string_append_c(mail, 'x');
  g_autofree char *clipped = find(mail->str, USUAL " no-text-part html-doctype");
  g_assert_cmpstr(clipped, ==, "html-clipped");
}

/* "html 3: the line", or "": no place. */
static char *find_place(const char *mail, const char *name) {
  g_autoptr(GPtrArray) checks = run(mail);

  for (guint i = 0; i < checks->len; i++) {
    const MailCheck *check = g_ptr_array_index(checks, i);
    if (strcmp(check->name, name) == 0)
      return check->located_in ? g_strdup_printf("%s %u: %s", check->located_in, check->line, check->line_text)
                               : g_strdup("");
  }
  g_error("\"%s\": no %s", mail, name);
}

static void findings_have_a_line(void) {
  static const struct {
    const char *mail;
    const char *name;
    const char *place;
  } vectors[] = {
      {HTML_HEAD "<html>\r\n<p>x\r\n <img src=cid:x><img alt='' src=cid:y>", "img-no-alt",
       "html 3: <img src=cid:x><img alt='' src=cid:y>"},
      {HTML_HEAD "<html>\r\n<p>x\r\n <img src=cid:x>", "no-lang", "html 1: <html>"},
      {HTML_HEAD "<p>x\r\n <a href='http://c.example/?a=1&amp;b=2'>x</a>", "link-plain",
       "html 2: <a href='http://c.example/?a=1&amp;b=2'>x</a>"},
      {HTML_HEAD "<p>x\r\n<div>y\r\n<div>z</div>", "html-unclosed", "html 2: <div>y"},
      {HTML_HEAD "<p>x\r\n<p>y\r\n<div>z</div></p>", "html-nesting", "html 3: <div>z</div></p>"},
      {HTML_HEAD "<table>\r\nx\r\n<tr><td>y</table>", "html-table", "html 2: x"},
      {HTML_HEAD "<p>x\r\n<p>Dear {{name}}", "template-left", "html 2: <p>Dear {{name}}"},
      {HTML_HEAD "<p>x\r\n<img src=cid:gone>", "picture-missing", "html 2: <img src=cid:gone>"},
      {HEAD MIME "Content-Type: text/html; charset=nonsense\r\n\r\n<p>x", "charset-unknown",
       "raw 7: Content-Type: text/html; charset=nonsense"},
      {HEAD "Subject: y\r\n\r\n", "field-twice", "raw 6: Subject: y"},
      {"From: a@b.example\r\nTo: c@d\r\nSubject: x\r\nDate: soon\r\n\r\n", "date-unreadable", "raw 4: Date: soon"},
      {"From: a@b.example\r\nSubject: x\r\n\r\n", "no-recipient", ""},
      {HEAD SIGNATURE "\r\n\r\n{{", "dkim-body",
       "raw 6: DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; "
       "h=" SIGNED_FIELDS "; b=eA==;"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *place = find_place(vectors[i].mail, vectors[i].name);
    g_assert_cmpstr(place, ==, vectors[i].place);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/checks/headers_are_checked", headers_are_checked);
  g_test_add_func("/checks/what_is_read_leniently_is_told", what_is_read_leniently_is_told);
  g_test_add_func("/checks/what_is_read_leniently_in_parts_is_told", what_is_read_leniently_in_parts_is_told);
  g_test_add_func("/checks/parts_are_checked", parts_are_checked);
  g_test_add_func("/checks/pictures_are_to_be_named_by_their_id", pictures_are_to_be_named_by_their_id);
  g_test_add_func("/checks/links_are_to_lead_somewhere_everywhere", links_are_to_lead_somewhere_everywhere);
  g_test_add_func("/checks/amp_has_other_forms_after_it", amp_has_other_forms_after_it);
  g_test_add_func("/checks/html_is_checked", html_is_checked);
  g_test_add_func("/checks/well_formed_html_is_not_objected_to", well_formed_html_is_not_objected_to);
  g_test_add_func("/checks/malformed_html_is_found", malformed_html_is_found);
  g_test_add_func("/checks/html_without_end_is_found_in_bounded_time", html_without_end_is_found_in_bounded_time);
  g_test_add_func("/checks/pictures_are_compared_with_how_they_are_shown",
                  pictures_are_compared_with_how_they_are_shown);
  g_test_add_func("/checks/pictures_may_have_the_pixels_of_dense_screens",
                  pictures_may_have_the_pixels_of_dense_screens);
  g_test_add_func("/checks/links_are_checked", links_are_checked);
  g_test_add_func("/checks/marks_of_a_template_are_counted_where_they_stand",
                  marks_of_a_template_are_counted_where_they_stand);
  g_test_add_func("/checks/lists_are_checked", lists_are_checked);
  g_test_add_func("/checks/signatures_are_checked", signatures_are_checked);
  g_test_add_func("/checks/sizes_are_checked_at_their_edges", sizes_are_checked_at_their_edges);
  g_test_add_func("/checks/findings_have_a_line", findings_have_a_line);
  return g_test_run();
}
