/* Parts, texts and headers of messages as C literals. tests/e2e/test_reading.py compares many more with other readers.
 */
#include "message/message.h"
#include "message/message_private.h"
#include "message/snippet.h"

#include <string.h>

static Message *parse(const char *mail) {
  /* Of just its size, so that ASan sees a step over. */
  gsize len = strlen(mail);
  g_autoptr(GBytes) bytes = g_bytes_new_take(g_memdup2(mail, MAX(len, 1)), len);

  return message_parse(bytes, 0);
}

/* The parts as one text: "id kind type name", one a line. */
static char *describe(const Message *message) {
  static const char *const kinds[] = {"container", "text", "html", "alternative", "inline", "attachment"};
  GString *out = g_string_new(NULL);
  const GPtrArray *parts = message_parts(message);

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    g_string_append_printf(out, "%s%s %s %s%s%s", i > 0 ? "\n" : "", part->part_id, kinds[part->kind],
                           part->content_type, part->file_name ? " " : "", part->file_name ? part->file_name : "");
  }
  return g_string_free(out, FALSE);
}

typedef struct Vector {
  const char *mail;
  const char *parts;
  const char *text;
} Vector;

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b\n\n"

static const Vector vectors[] = {
    {"", "0 text text/plain", ""},
    {"\n", "0 text text/plain", ""},
    {"Subject: x", "0 text text/plain", ""},
    {"Subject: x\n\nhi\n", "0 text text/plain", "hi\n"},
    {"Subject: x\r\n\r\nhi\r\nho\r\n", "0 text text/plain", "hi\nho\n"},
    /* messages without headers */
    {"hello there\nyou\n", "0 text text/plain", "hello there\nyou\n"},
    {"\nSubject: no header\n", "0 text text/plain", "Subject: no header\n"},
    {" indented\ntext\n", "0 text text/plain", " indented\ntext\n"},
    {"From now on\nthere is text\n", "0 text text/plain", "From now on\nthere is text\n"},
    {"\nSubject: a body\nof text\n", "0 text text/plain", "Subject: a body\nof text\n"},
    {"\nHint: a body\nToo: text\n", "0 text text/plain", "Hint: a body\nToo: text\n"},
    /* what may stand before them */
    {"\uFEFFContent-Type: text/html\n\n<p>a", "0 html text/html", "a"},
    {"\uFEFF\r\nContent-Type: text/html\r\nTo: x\r\n\r\n<p>a", "0 html text/html", "a"},
    {"\n\r\n\uFEFF"
     "Content-Type: text/html\nTo: x\n\n<p>a",
     "0 html text/html", "a"},
    {"\n\nSubject: x\nContent-Type: text/html\n\n<p>a", "0 html text/html", "a"},
    {"\uFEFF"
     "From a@b Mon Jan  1\nContent-Type: text/html\n\n<p>a",
     "0 html text/html", "a"},
    {"Subject: x\n\uFEFF"
     "Content-Type: text/html\n\n<p>a",
     "0 html text/html", "a"},
    {MIXED "--b\n\uFEFF"
           "Content-Type: text/html\n\n<p>a\n--b--\n",
     "0 container multipart/mixed\n1 html text/html", "a"},
    {MIXED "--b\n\nSubject: x\nTo: y\n--b--\n", "0 container multipart/mixed\n1 text text/plain", "Subject: x\nTo: y"},
    {">From a@b Mon Jan  1\nContent-Type: text/html\n\n<p>a", "0 html text/html", "a"},
    {"From a@b Mon Jan  1\nContent-Type: text/html\n\n<p>a", "0 html text/html", "a"},
    {"From : a@b\nContent-Type: text/html\n\n<p>a", "0 html text/html", "a"},
    {" junk\nContent-Type: text/html\n\n<p>a", "0 html text/html", "a"},
    {"Content-Type: text/html\njunk line\n\n<p>a", "0 html text/html", "junk line\n\na"},
    /* types */
    {"Content-Type: text\n\na", "0 text text/plain", "a"},
    {"Content-Type: TEXT/HTML; CHARSET=UTF-8\n\na", "0 html text/html", "a"},
    {"Content-Type: text/enriched\n\na", "0 text text/enriched", "a"},
    {"Content-Type: image/png; name=\"a.png\"\n\na", "0 attachment image/png a.png", ""},
    {"Content-Type: text/plain; name=\"a.txt\"\n\na", "0 text text/plain a.txt", "a"},
    {"Content-Disposition: attachment; filename=a.txt\n\na", "0 attachment text/plain a.txt", ""},
    {"Content-Type: message/rfc822\n\nSubject: x\n\nhi", "0 attachment message/rfc822", ""},
    {"Content-Type: application/ms-tnef; name=winmail.dat\n\nx", "0 attachment application/ms-tnef winmail.dat", ""},
    /* multiparts */
    {MIXED "preamble\n--b\n\na\n--b\nContent-Type: image/gif\n\nx\n--b--\nepilogue\n",
     "0 container multipart/mixed\n1 text text/plain\n2 attachment image/gif", "a"},
    {MIXED "--b\n\na\n\n--b  \t\n\nb\n--b",
     "0 container multipart/mixed\n1 text text/plain\n2 text text/plain\n"
     "3 text text/plain",
     "a\nb\n"},
    {MIXED "--bb\n--b x\n-b\n", "0 text multipart/mixed", "--bb\n--b x\n-b"},
    {MIXED, "0 text multipart/mixed", ""},
    {"Content-Type: multipart/mixed\n\n--b\n\na\n", "0 text multipart/mixed", "--b\n\na"},
    {"Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\na\n", "0 text multipart/mixed", "--\n\na"},
    {MIXED "--b\n--b\n--b--\n", "0 container multipart/mixed\n1 text text/plain\n2 text text/plain", ""},
    {MIXED "--b\nContent-Type: text/html\n--b\n\nx\n--b--\n",
     "0 container multipart/mixed\n1 html text/html\n2 text text/plain", "x"},
    {MIXED "--b\nContent-Type: text/plain; name=x.txt\n\na\n--b\nContent-Type: text/plain; name=y.txt\n\nb\n--b--",
     "0 container multipart/mixed\n1 text text/plain x.txt\n2 attachment text/plain y.txt", "a"},
    {"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b\nContent-Type: "
     "text/plain\n\nz\n--b--\n",
     "0 container multipart/digest\n1 attachment message/rfc822\n2 text text/plain", "z"},
    {"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>a\n--b\nContent-Type: "
     "image/png\n"
     "Content-ID: <i@x>\n\nx\n--b--\n",
     "0 container multipart/related\n1 html text/html\n2 inline image/png", "a"},
    {"Content-Type: multipart/alternative; boundary=b\n\n--b\n\na\n--b\nContent-Type: multipart/related; boundary=c\n\n"
     "--c\nContent-Type: text/html\n\n<p>a\n--c\nContent-Type: image/png\nContent-Disposition: inline; "
     "filename=i.png\n\nx\n"
     "--b--\n",
     "0 container multipart/alternative\n1 text text/plain\n2 container multipart/related\n2.1 html text/html\n"
     "2.2 inline image/png i.png",
     "a"},
    /* an inner boundary that begins like the outer one, and one that is the same */
    {MIXED "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\na\n--bb--\n--b\n\nc\n--b--\n",
     "0 container multipart/mixed\n1 container multipart/mixed\n1.1 text text/plain\n2 text text/plain", "a\nc"},
    {MIXED "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b--\n--b\n\nc\n--b--\n",
     "0 container multipart/mixed\n1 container multipart/mixed\n1.1 text text/plain\n2 text text/plain", "a\nc"},
    /* texts that carry a file name */
    {"Content-Type: text/html; name=mail.html\nContent-Disposition: inline; filename=mail.html\n\n<p>a",
     "0 html text/html mail.html", "a"},
    {ALTERNATIVE "--b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: inline; filename=a.txt\n\na\n"
                 "--b\nContent-Type: text/html; name=a.html\nContent-Disposition: inline\n\n<p>h\n--b--\n",
     "0 container multipart/alternative\n1 text text/plain a.txt\n2 html text/html a.html", "a"},
    {ALTERNATIVE "--b\n\na\n--b\nContent-Type: multipart/related; boundary=c\n\n"
                 "--c\nContent-Type: text/html; name=a.html\n\n<p>h\n--c\nContent-Type: text/html; name=b.html\n\n"
                 "<p>i\n--c--\n--b--\n",
     "0 container multipart/alternative\n1 text text/plain\n2 container multipart/related\n2.1 html text/html a.html\n"
     "2.2 inline text/html b.html",
     "a"},
    {ALTERNATIVE "--b\nContent-Type: text/plain\n\na\n--b\nContent-Type: text/html; name=a.html\n"
                 "Content-Disposition: attachment\n\n<p>h\n--b--\n",
     "0 container multipart/alternative\n1 text text/plain\n2 attachment text/html a.html", "a"},
    {MIXED "--b\nContent-Disposition: inline; filename=a.txt\n\na\n--b\nContent-Disposition: inline; filename=b.txt\n"
           "\nb\n--b--\n",
     "0 container multipart/mixed\n1 text text/plain a.txt\n2 inline text/plain b.txt", "a"},
    {MIXED "--b\nContent-Type: image/gif\n\nx\n--b\nContent-Type: text/plain; name=b.txt\n\nb\n--b--\n",
     "0 container multipart/mixed\n1 attachment image/gif\n2 attachment text/plain b.txt", ""},
    /* other forms of the text */
    {ALTERNATIVE "--b\n\na\n--b\nContent-Type: text/x-amp-html; charset=utf-8\n\n<html amp4email>\n"
                 "--b\nContent-Type: text/html\n\n<p>h\n--b\nContent-Type: text/watch-html\n\n<p>w\n"
                 "--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b--\n",
     "0 container multipart/alternative\n1 text text/plain\n2 alternative text/x-amp-html\n3 html text/html\n"
     "4 alternative text/watch-html\n5 attachment text/calendar",
     "a"},
    /* boundaries that are missing or wrong */
    {"Content-Type: multipart/alternative\n\n--b\nContent-Type: text/plain\n\na\n--b\nContent-Type: text/html\n\n"
     "<p>h\n--b--\n",
     "0 container multipart/alternative\n1 text text/plain\n2 html text/html", "a"},
    {"Content-Type: multipart/mixed; boundary=\"other\"\n\npreamble -- not\n--B\n\na\n--B--\n",
     "0 container multipart/mixed\n1 text text/plain", "a"},
    {"Content-Type: multipart/mixed; boundary=\"B \"\n\n--B\n\na\n--B--\n",
     "0 container multipart/mixed\n1 text text/plain", "a"},
    {"Content-Type: multipart/mixed; boundary=----=_Part:1?x\n\n------=_Part:1?x\n\na\n------=_Part:1?x--\n",
     "0 container multipart/mixed\n1 text text/plain", "a"},
    {MIXED "--b\nContent-Type: multipart/alternative\n\n--c\nContent-Type: text/plain\n\na\n--c\nContent-type: "
           "text/html\n\n<p>h\n--c--\n--b\nContent-Type: image/gif\n\nx\n--b--\n",
     "0 container multipart/mixed\n1 container multipart/alternative\n1.1 text text/plain\n1.2 html text/html\n"
     "2 attachment image/gif",
     "a"},
    {"Content-Type: multipart/mixed\n\n--b\nContent-Type: multipart/related\n\n--c\nContent-Type: text/html\n\nh\n",
     "0 container multipart/mixed\n1 container multipart/related\n1.1 html text/html", "h"},
    {"Content-Type: multipart/mixed\n\n--b\nMIME-Version: 1.0\nContent-Type: text/html\n\nh\n",
     "0 container multipart/mixed\n1 html text/html", "h"},
    {"Content-Type: multipart/mixed boundary=b\n\n--b\n\na\n", "0 container multipart/mixed\n1 text text/plain", "a\n"},
    {"Content-Type: multipart/x-mixed-replace\nContent-Disposition: attachment; filename=a.html\n\n--b\nContent-Type: "
     "text/html\n\nx",
     "0 attachment multipart/x-mixed-replace a.html", ""},
    {"Content-Type: multipart/mixed\n\n-- \nsignature\n", "0 text multipart/mixed", "-- \nsignature"},
    /* types */
    {"Content-Type: text/html;\n\na", "0 html text/html", "a"},
    {"Content-Type: text/html; charset=\n\na", "0 html text/html", "a"},
    {"Content-Type: text/html charset=utf-8\n\na", "0 html text/html", "a"},
    {"Content-Type: \"text/html\"; charset='utf-8'\n\n\xc3\xbc", "0 html text/html", "ü"},
    {"Content-Type: text / html\n\na", "0 html text/html", "a"},
    {"Content-Type: text/html, text/plain\n\na", "0 html text/html", "a"},
    {"Content-Type: text/html (really); charset=utf-8\n\na", "0 html text/html", "a"},
    /* format=flowed (RFC 3676) */
    {"Content-Type: text/plain; format=flowed\n\na \nb\n\n> c \n> d\n>> e\n f\n-- \nme\n", "0 text text/plain",
     "a b\n\n> c d\n>> e\nf\n-- \nme\n"},
    {"Content-Type: text/plain; FORMAT=Flowed; DelSp=Yes\n\nhttps://x.example/ \nb\n", "0 text text/plain",
     "https://x.example/b\n"},
    {"Content-Type: text/html; format=flowed\n\n<p>a \nb\n", "0 html text/html", "a b"},
    /* file names */
    {"Content-Type: a/b; name*=utf-8''%e2%82%ac%20rates.pdf\n\n", "0 attachment a/b € rates.pdf", ""},
    {"Content-Disposition: attachment; filename*0=\"long \"; filename*1*=%C3%BC; filename*2=.txt\n\n",
     "0 attachment text/plain long ü.txt", ""},
    {"Content-Disposition: attachment; filename*0*=utf-8''long%20; filename*1*=%C3%BC; filename*2=.txt\n\n",
     "0 attachment text/plain long ü.txt", ""},
    {"Content-Disposition: attachment; filename=\"=?utf-8?q?=C3=BC.txt?=\"\n\n", "0 attachment text/plain ü.txt", ""},
    {"Content-Disposition: attachment; filename*=koi8-r''%D4%C5%D3%D4\n\n", "0 attachment text/plain тест", ""},
    {"Content-Disposition: attachment; filename*=x-unknown'en'%C3%BC\n\n", "0 attachment text/plain ü", ""},
    {"Content-Disposition: attachment; filename=\"=?x-unknown?q?=C3=BC?=\"\n\n", "0 attachment text/plain ü", ""},
    {"Content-Disposition: attachment; filename=\"a=?b?q?c\"\n\n", "0 attachment text/plain a=?b?q?c", ""},
    {"Content-Disposition: attachment; filename=\"../../etc/passwd\"\n\n", "0 attachment text/plain passwd", ""},
    {"Content-Disposition: attachment; filename=\"C:\\\\dir\\\\a.exe\"\n\n", "0 attachment text/plain a.exe", ""},
    {"Content-Disposition: attachment; filename=\"..\"\n\n", "0 attachment text/plain", ""},
    {"Content-Disposition: attachment; filename=\"gr\xfc\xdf"
     "e.txt\"\n\n",
     "0 attachment text/plain grüße.txt", ""},
};

static void vectors_have_their_parts(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(Message) message = parse(vectors[i].mail);
    g_autofree char *parts = describe(message);
    g_autofree char *text = message_text(message);
    g_assert_cmpstr(parts, ==, vectors[i].parts);
    g_assert_cmpstr(text, ==, vectors[i].text);
    g_assert_cmpuint(message_problems(message)->len, ==, 0);
  }
}

/* A message cut anywhere is a message. */
static void cut_messages_are_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    for (gsize len = 0; len < strlen(vectors[i].mail); len++) {
      g_autofree char *start = g_strndup(vectors[i].mail, len);
      g_autoptr(Message) message = parse(start);
      g_autofree char *text = message_text(message);
      g_autofree char *snippet = snippet_make(text);
      g_assert_true(g_utf8_validate(text, -1, NULL));
      g_assert_true(g_utf8_validate(snippet, -1, NULL));
      g_assert_cmpuint(message_parts(message)->len, >=, 1);
    }
  }
}

static void transfer_encodings_are_undone(void) {
  static const struct {
    const char *mail;
    const char *content;
  } rows[] = {
      {"Content-Transfer-Encoding: base64\n\naGVs\nbG8=\n", "hello"},
      {"Content-Transfer-Encoding: BASE64 (comment)\n\naGVsbG8", "hello"},
      {"Content-Transfer-Encoding: base64\n\n!aG-Vs*bG8=", "hello"},
      {"Content-Transfer-Encoding: quoted-printable\n\na=3Db=\n c=C3=BC \n", "a=b cü\n"},
      {"Content-Transfer-Encoding: quoted-printable\n\na=zz=4\n", "a=zz=4\n"},
      {"Content-Transfer-Encoding: x-uuencode\n\njunk\nbegin 644 a.txt\n%:&5L;&\\`\n`\nend\n", "hello"},
      {"Content-Transfer-Encoding: 8bit\n\nü=3D\n", "ü=3D\n"},
      {"Content-Transfer-Encoding: unknown\n\na=3D\n", "a=3D\n"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Message) message = parse(rows[i].mail);
    const MessagePart *part = message_part_find(message, "0");
    g_autoptr(GBytes) content = message_part_decode(message, part);
    gsize len;
    const char *bytes = g_bytes_get_data(content, &len);
    g_assert_cmpmem(bytes, len, rows[i].content, strlen(rows[i].content));
  }
}

static void html_names_its_charset(void) {
  g_autoptr(Message) message =
      parse("Content-Type: text/html\n\n<html><META http-equiv=x content='text/html; charset=koi8-r'>\xd4\xc5\xd3\xd4");
  g_autofree char *text = message_text(message);

  g_assert_cmpstr(text, ==, "тест");
}

static void raw_headers_are_read_in_the_charset_of_the_text(void) {
  g_autoptr(Message) message = parse("Subject: \xd4\xc5\xd3\xd4\nContent-Type: text/plain; charset=koi8-r\n\nx\n");
  g_autofree char *subject = message_header_text(message, "subject");

  g_assert_cmpstr(subject, ==, "тест");
}

static void headers_are_unfolded_in_order(void) {
  g_autoptr(Message) message = parse("Subject: a\n b\r\n\tc  \nX: =?utf-8?q?=C3=BC?=\nsubject : second\nNo-Value:\n\n");
  const GArray *fields = message_fields(message);
  static const char *const values[] = {"a b\tc", "=?utf-8?q?=C3=BC?=", "second", ""};

  g_assert_cmpuint(fields->len, ==, G_N_ELEMENTS(values));
  for (guint i = 0; i < fields->len; i++) {
    g_autofree char *value = message_field_value(message, &g_array_index(fields, HeaderField, i));
    g_assert_cmpstr(value, ==, values[i]);
  }
  g_autofree char *text = message_header_text(message, "x");
  g_assert_cmpstr(text, ==, "ü");
  g_assert_null(message_header_text(message, "y"));
}

static void addresses_are_read_as_far_as_they_go(void) {
  static const struct {
    const char *value;
    const char *addresses;
  } rows[] = {
      {"a@b", "|a@b"},
      {"Mary Smith <mary@x.test>, jdoe@example.org", "Mary Smith|mary@x.test;|jdoe@example.org"},
      {"\"Giant; \\\"Big\\\" Box\" <sysservices@example.net>", "Giant; \"Big\" Box|sysservices@example.net"},
      {"A Group:Ed Jones <joe@where.test>,john@x.test;, c@d", "Ed Jones|joe@where.test;|john@x.test;|c@d"},
      {"Undisclosed recipients:;", ""},
      {"=?utf-8?q?J=C3=B6rg?= <j@x.test>", "Jörg|j@x.test"},
      {"Jörg <jörg@例え.jp>", "Jörg|jörg@例え.jp"},
      {"J\xf6rg <j@x.test>", "Jörg|j@x.test"},
      {"<a@b", "|a@b"},
      {"", ""},
      {",,,", ""},
      {"a: b: c: d@e", "|d@e"},
      {"root", "|root"},
      {"root, admin", "|root;|admin"},
      {"root,", "|root"},
      {"a@b (Ed Jones)", "Ed Jones|a@b"},
      {"(Ed) a@b (Jones (Ed))", "Jones (Ed)|a@b"},
      {"a @ b . example", "|a@b.example"},
      {"\"john doe\"@x.test, a@[192.0.2.1], b@[IPv6:2001:db8::1]",
       "|\"john doe\"@x.test;|a@[192.0.2.1];|b@[IPv6:2001:db8::1]"},
      {"<\"john > doe\"@x.test>", "|\"john > doe\"@x.test"},
      {"<@a.test,@b.test:c@d.test>", "|c@d.test"},
      {"mailto:a@b, <mailto:c@d>", "|a@b;|c@d"},
      /* separators */
      {"One <one@x.test>; two@x.test;three@x.test", "One|one@x.test;|two@x.test;|three@x.test"},
      {"a@b;", "|a@b"},
      {"a@b,, c@d,", "|a@b;|c@d"},
      {"Ed <a@b> Al <c@d>", "Ed|a@b;Al|c@d"},
      {"<a@b> <c@d>", "|a@b;|c@d"},
      {"a@b c@d\te@f", "|a@b;|c@d;|e@f"},
      {"Friends: Ed <a@b>; Al <c@d>", "Ed|a@b;Al|c@d"},
      {"Undisclosed recipients:", ""},
      /* specials in names without quotation marks */
      {"alice@example.com via Shop <noreply@shop.example>", "alice@example.com via Shop|noreply@shop.example"},
      {"alice@example.com <alice@example.com>", "alice@example.com|alice@example.com"},
      {"Dr. A. Smith, Jr. <a@b>", "Dr. A. Smith, Jr.|a@b"},
      {"M\xc3\xbcller, Hans <a@b>, c@d", "Müller, Hans|a@b;|c@d"},
      {"c@d, M\xc3\xbcller, Hans <a@b>", "|c@d;Müller, Hans|a@b"},
      {"Shop: Support <a@b>", "Shop: Support|a@b"},
      {"[List] Ed (work) <a@b>", "[List] Ed|a@b"},
      {"Ed \"Big\" Jones <a@b>", "Ed Big Jones|a@b"},
      {"Ed :( <a@b>, Al <c@d>", "Ed :(|a@b;Al|c@d"},
      {"\"a, \\\"b\\\" <c@d>; (e)\" <x@y>", "a, \"b\" <c@d>; (e)|x@y"},
      {"\"Ed <a@b>, Al\" <c@d>", "Ed <a@b>, Al|c@d"},
      {"(Ed <a@b>, Al) c@d", "Ed <a@b>, Al|c@d"},
      {"\"Ed <a@b>, \"Al\" <c@d>", "\"Ed|a@b;Al|c@d"},
      {"Ed Jones a@b", "Ed Jones|a@b"},
      {"\"a@b\"", "|a@b"},
      /* angle brackets */
      {"Ed <<a@b>>, <Al <c@d>>", "Ed|a@b;|c@d"},
      {"Ed <a@b, Al <c@d>", "Ed|a@b;Al|c@d"},
      {"Ed a@b>", "Ed|a@b"},
      {"a@b <Ed>", "Ed|a@b"},
      {"Ed <>", "Ed|"},
      {"<>", ""},
      /* encoded words */
      {"=?utf-8?Q?M=C3=BCller,_Hans?= <a@b>, c@d", "Müller, Hans|a@b;|c@d"},
      {"=?utf-8?Q?M=C3=BCller, Hans?= <a@b>, c@d", "Müller, Hans|a@b;|c@d"},
      {"\"=?utf-8?q?J=C3=B6rg?=\" <a@b>", "Jörg|a@b"},
      {"=?utf-8?q?J=C3=B6rg?=<a@b>", "Jörg|a@b"},
      {"=?utf-8?q?J=C3=B6rg <a@b>, Al?= <c@d>", "Jörg|a@b;Al?=|c@d"},
      {"=?utf-8?q?J=C3=B6?= =?utf-8?q?rg?= Jones <a@b>", "Jörg Jones|a@b"},
      {"=?x-unknown?q?=C3=BC?= <a@b>", "ü|a@b"},
      {"=?x?q?a=?b?= <a@b>", "=?x?q?a=?b?=|a@b"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *mail = g_strconcat("To: ", rows[i].value, "\n\n", NULL);
    g_autoptr(Message) message = parse(mail);
    g_autoptr(GPtrArray) addresses = message_addresses(message, "to");
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint j = 0; j < addresses->len; j++) {
      const MailAddress *address = g_ptr_array_index(addresses, j);
      g_string_append_printf(out, "%s%s|%s", j > 0 ? ";" : "", address->name, address->address);
    }
    if (strcmp(out->str, rows[i].addresses) != 0)
      g_error("%s: %s, not %s", rows[i].value, out->str, rows[i].addresses);
  }
}

/* Longer than what GMime is given at once, alone and in a group. */
static void long_lists_are_read_whole(void) {
  static const struct {
    const char *start, *unit, *end;
  } rows[] = {{"To: ", "Ed \"x, y\" <a%u@x.test>", ""}, {"To: group: ", "a%u@x.test", ";, last@x.test"}};

  for (gsize row = 0; row < G_N_ELEMENTS(rows); row++) {
    g_autoptr(GString) mail = g_string_new(rows[row].start);
    for (guint i = 0; i < 2000; i++) {
      g_string_append(mail, i > 0 ? ",\n " : "");
      g_string_append(mail, rows[row].unit);
      g_autofree char *number = g_strdup_printf("%u", i);
      g_string_replace(mail, "%u", number, 0);
    }
    g_string_append_printf(mail, "%s\n\n", rows[row].end);
    g_autoptr(Message) message = parse(mail->str);
    g_autoptr(GPtrArray) addresses = message_addresses(message, "To");
    g_assert_cmpuint(addresses->len, ==, 2000 + row);
    for (guint i = 0; i < 2000; i++) {
      g_autofree char *expected = g_strdup_printf("a%u@x.test", i);
      g_assert_cmpstr(((MailAddress *)g_ptr_array_index(addresses, i))->address, ==, expected);
    }
  }
}

static void ids_and_dates_are_read(void) {
  g_autoptr(Message) message =
      parse("Message-ID: <a@b>\nReferences: <r1@x>\n <r2@x> <r1@x>\nIn-Reply-To: <r2@x> <r3@x>\n"
            "Date: Fri, 21 Nov 1997 09:55:06 -0600\n\n");
  gboolean is_made = TRUE;
  g_autofree char *id = message_id(message, &is_made);

  g_assert_cmpstr(id, ==, "a@b");
  g_assert_false(is_made);
  g_autoptr(GPtrArray) references = message_references(message);
  g_assert_cmpuint(references->len, ==, 3);
  g_assert_cmpstr(g_ptr_array_index(references, 0), ==, "r1@x");
  g_assert_cmpstr(g_ptr_array_index(references, 2), ==, "r3@x");
  gint64 date_us = 0;
  g_assert_true(message_date_us(message, &date_us));
  g_assert_cmpint(date_us, ==, G_GINT64_CONSTANT(880127706) * G_USEC_PER_SEC);
}

static void missing_ids_are_made_of_the_content(void) {
  g_autoptr(Message) one = parse("Subject: x\n\na");
  g_autoptr(Message) same = parse("Subject: x\n\na");
  g_autoptr(Message) other = parse("Subject: x\n\nb");
  gboolean is_made = FALSE;
  g_autofree char *one_id = message_id(one, &is_made);
  g_autofree char *same_id = message_id(same, NULL);
  g_autofree char *other_id = message_id(other, NULL);
  gint64 date_us;

  g_assert_true(is_made);
  g_assert_cmpstr(one_id, ==, same_id);
  g_assert_cmpstr(one_id, !=, other_id);
  g_assert_nonnull(strchr(one_id, '@'));
  g_assert_false(message_date_us(one, &date_us));
}

static void messages_begin_behind_the_offset(void) {
  g_autoptr(GBytes) bytes = g_bytes_new_static("block\nSubject: x\n\nhi", 20);
  g_autoptr(Message) message = message_parse(bytes, 6);
  g_autofree char *subject = message_header_text(message, "Subject");

  g_assert_cmpstr(subject, ==, "x");
  g_autoptr(GBytes) content = message_part_decode(message, message_part_find(message, "0"));
  g_assert_cmpuint(g_bytes_get_size(content), ==, 2);
  g_autoptr(Message) nothing = message_parse(bytes, 100);
  g_assert_cmpuint(message_parts(nothing)->len, ==, 1);
}

/* `n` multiparts inside each other, a text in the innermost. */
static char *nested(guint n) {
  GString *mail = g_string_new(NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf(mail, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
  g_string_append(mail, "\ninnermost\n");
  return g_string_free(mail, FALSE);
}

static void depth_is_bounded(void) {
  static const struct {
    guint depth, n_parts, n_problems;
  } rows[] = {{MESSAGE_DEPTH_MAX - 1, MESSAGE_DEPTH_MAX, 0},
              {MESSAGE_DEPTH_MAX, MESSAGE_DEPTH_MAX + 1, 0},
              {MESSAGE_DEPTH_MAX + 1, MESSAGE_DEPTH_MAX + 1, 1},
              {3000, MESSAGE_DEPTH_MAX + 1, 1},
              {100000, MESSAGE_DEPTH_MAX + 1, 1}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *mail = nested(rows[i].depth);
    g_autoptr(Message) message = parse(mail);
    const GPtrArray *parts = message_parts(message);
    const MessagePart *last = g_ptr_array_index(parts, parts->len - 1);
    g_assert_cmpuint(parts->len, ==, rows[i].n_parts);
    g_assert_cmpuint(message_problems(message)->len, ==, rows[i].n_problems);
    g_assert_cmpint(last->kind, ==, rows[i].n_problems ? MESSAGE_PART_ATTACHMENT : MESSAGE_PART_TEXT);
    g_autoptr(GBytes) content = message_part_decode(message, last);
    gsize len;
    const char *bytes = g_bytes_get_data(content, &len);
    g_assert_nonnull(g_strstr_len(bytes, (gssize)len, "innermost"));
  }
}

static void number_of_parts_is_bounded(void) {
  for (guint n = MESSAGE_PARTS_MAX - 2; n <= MESSAGE_PARTS_MAX + 1; n++) {
    g_autoptr(GString) mail = g_string_new(MIXED);
    for (guint i = 0; i < n; i++)
      g_string_append_printf(mail, "--b\n\npart %u\n", i);
    g_string_append(mail, "--b--\n");
    g_autoptr(Message) message = parse(mail->str);
    const GPtrArray *parts = message_parts(message);
    const MessagePart *last = g_ptr_array_index(parts, parts->len - 1);
    /* The message itself is one of them. */
    gboolean is_full = n >= MESSAGE_PARTS_MAX - 1;
    g_assert_cmpuint(parts->len, ==, MIN(n + 1, MESSAGE_PARTS_MAX));
    g_assert_cmpuint(message_problems(message)->len, ==, is_full ? 1 : 0);
    g_assert_cmpint(last->kind, ==, is_full ? MESSAGE_PART_ATTACHMENT : MESSAGE_PART_TEXT);
    g_autofree char *text = message_part_text_up_to(message, last, G_MAXSIZE);
    g_autofree char *expected = g_strdup_printf("part %u", n - 1);
    g_assert_nonnull(strstr(text, expected));
  }
}

static void number_of_fields_is_bounded(void) {
  for (guint n = HEADER_FIELDS_MAX - 1; n <= HEADER_FIELDS_MAX + 1; n++) {
    g_autoptr(GString) mail = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
      g_string_append_printf(mail, "X-%u: a\n b\n", i);
    g_string_append(mail, "\nbody\n");
    g_autoptr(Message) message = parse(mail->str);
    g_autofree char *text = message_text(message);
    const GArray *fields = message_fields(message);
    g_assert_cmpuint(fields->len, ==, MIN(n, HEADER_FIELDS_MAX));
    g_autofree char *value = message_field_value(message, &g_array_index(fields, HeaderField, fields->len - 1));
    g_assert_cmpstr(value, ==, "a b");
    g_assert_cmpstr(text, ==, "body\n");
  }
}

static void headers_of_parts_are_bounded(void) {
  g_autofree char *long_value = g_strnfill(MESSAGE_PART_HEADER_MAX, 'x');
  g_autoptr(GString) mail = g_string_new(MIXED);
  guint n = MESSAGE_PART_HEADERS_MAX / MESSAGE_PART_HEADER_MAX + 2;

  for (guint i = 0; i < n; i++)
    g_string_append_printf(mail, "--b\nContent-Type: image/png; name=%s\n\nx\n", long_value);
  g_autoptr(Message) message = parse(mail->str);
  const GPtrArray *parts = message_parts(message);
  g_assert_cmpuint(parts->len, ==, n + 1);
  g_assert_cmpstr(((MessagePart *)g_ptr_array_index(parts, 1))->content_type, ==, "image/png");
  g_assert_cmpstr(((MessagePart *)g_ptr_array_index(parts, n))->content_type, ==, "text/plain");
  g_assert_cmpuint(message_problems(message)->len, ==, 1);
}

/* What could be gone over again and again; megabytes of it take less than the whole test's time. */
static void hostile_messages_take_linear_time(void) {
  static const char *const units[] = {"To: a: ",
                                      "To: ",
                                      "a:",
                                      "<",
                                      ">",
                                      "<a@b> ",
                                      "<@",
                                      ">,",
                                      "a@b>;",
                                      "[",
                                      "\\\"",
                                      "a@b ",
                                      "=?utf-8?q?a <",
                                      "?=AB",
                                      "(",
                                      "\"",
                                      ",",
                                      "=?",
                                      "=?utf-8?q?",
                                      "\n ",
                                      "--b\n",
                                      "--\n",
                                      "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
                                      ": ",
                                      ";a*0=b"};
  static const char *const starts[] = {
      "To: ", "To: \"", "Content-Type: ", "Subject: ", "References: ", "Date: ", MIXED, ""};

  for (gsize start = 0; start < G_N_ELEMENTS(starts); start++) {
    for (gsize unit = 0; unit < G_N_ELEMENTS(units); unit++) {
      g_autoptr(GString) mail = g_string_new(starts[start]);
      while (mail->len < 500000)
        g_string_append(mail, units[unit]);
      g_autoptr(Message) message = parse(mail->str);
      g_autoptr(GPtrArray) addresses = message_addresses(message, "To");
      g_autoptr(GPtrArray) references = message_references(message);
      g_autofree char *subject = message_header_text(message, "Subject");
      g_autofree char *text = message_text(message);
      gint64 date_us;
      message_date_us(message, &date_us);
      g_assert_cmpuint(addresses->len, <=, MAIL_ADDRESSES_MAX);
    }
  }
}

static gpointer read_many(gpointer data) {
  for (guint round = 0; round < 20; round++) {
    for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
      g_autoptr(Message) message = parse(vectors[i].mail);
      g_autofree char *text = message_text(message);
      g_assert_cmpstr(text, ==, vectors[i].text);
    }
  }
  return NULL;
}

static void threads_read_each_their_own(void) {
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("reader", read_many, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/message/" #name, name)
  ADD(threads_read_each_their_own); /* first, so that the threads meet while GMime is set up */
  ADD(vectors_have_their_parts);
  ADD(cut_messages_are_read);
  ADD(transfer_encodings_are_undone);
  ADD(html_names_its_charset);
  ADD(raw_headers_are_read_in_the_charset_of_the_text);
  ADD(headers_are_unfolded_in_order);
  ADD(addresses_are_read_as_far_as_they_go);
  ADD(long_lists_are_read_whole);
  ADD(ids_and_dates_are_read);
  ADD(missing_ids_are_made_of_the_content);
  ADD(messages_begin_behind_the_offset);
  ADD(depth_is_bounded);
  ADD(number_of_parts_is_bounded);
  ADD(number_of_fields_is_bounded);
  ADD(headers_of_parts_are_bounded);
  ADD(hostile_messages_take_linear_time);
#undef ADD
  return g_test_run();
}
