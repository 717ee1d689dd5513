/* Parameters as mail programs write them. */
#include "message/mime_field.h"
#include <string.h>

static const struct {
  const char *text;
  const char *value;
  const char *name; /* of the file */
  MimeFieldFaults faults;
} vectors[] = {
    {"", "", NULL, 0},
    {";", "", NULL, 0},
    {"attachment", "attachment", NULL, 0},
    {"attachment; filename", "attachment", NULL, 0},
    {"attachment; filename=", "attachment", NULL, 0},
    {"attachment; filename=\"\"", "attachment", NULL, 0},
    {"attachment;filename=a.pdf;", "attachment", "a.pdf", 0},
    {"ATTACHMENT ; FileName = \"a b.pdf\" ; size=3", "ATTACHMENT", "a b.pdf", 0},
    {"attachment (see; below); filename=\"a.pdf\" (really)", "attachment", "a.pdf", 0},
    {"attachment; filename=\"a \\\"b\\\" c.pdf\"", "attachment", "a \"b\" c.pdf", 0},
    {"attachment; filename=\"a;b.pdf\"; size=1", "attachment", "a;b.pdf", 0},
    /* without the quotation marks they need, or with too many */
    {"attachment; filename=My Report (final).pdf; size=3", "attachment", "My Report (final).pdf", MIME_FIELD_UNQUOTED},
    {"attachment; filename=a,b.pdf", "attachment", "a,b.pdf", MIME_FIELD_UNQUOTED},
    {"attachment; filename=\"a \"b\" c.pdf\"", "attachment", "a \"b\" c.pdf", MIME_FIELD_QUOTES},
    {"attachment; filename=\"a.pdf; size=3", "attachment", "a.pdf", MIME_FIELD_QUOTES},
    {"attachment; filename=\"C:\\dir\\a.pdf\"", "attachment", "C:\\dir\\a.pdf", 0},
    {"attachment; filename=\"a\\\\b.pdf\"", "attachment", "a\\b.pdf", 0},
    {"attachment; filename=\"a.pdf\" size=3", "attachment", "a.pdf", 0},
    {"attachment; filename=a.pdf size=3", "attachment", "a.pdf", MIME_FIELD_SEPARATOR},
    {"attachment filename=a.pdf", "attachment", "a.pdf", MIME_FIELD_SEPARATOR},
    {"attachment; filename=a.pdf; filename=b.pdf", "attachment", "a.pdf", MIME_FIELD_TWICE},
    /* RFC 2231 */
    {"attachment; filename*=utf-8''%e2%82%ac%20rates.pdf", "attachment", "€ rates.pdf", 0},
    {"attachment; filename=\"EURO.pdf\"; filename*=UTF-8'en'%e2%82%ac.pdf", "attachment", "€.pdf", 0},
    {"attachment; filename*=\"UTF-8''%e2%82%ac.pdf\"", "attachment", "€.pdf", 0},
    {"attachment; filename*=%e2%82%ac.pdf", "attachment", "€.pdf", 0},
    {"attachment; filename*=''%e2%82%ac.pdf", "attachment", "€.pdf", 0},
    {"attachment; filename*=iso-8859-1''it%27s%20gr%FC%DFe.pdf", "attachment", "it's grüße.pdf", 0},
    {"attachment; filename*=shift_jis''%93%FA%96%7B.pdf", "attachment", "日本.pdf", 0},
    {"attachment; filename*=iso-2022-jp''%1B$B-!%1B%28B.pdf", "attachment", "①.pdf", 0},
    {"attachment; filename*1=two.txt; filename*0=\"one \"", "attachment", "one two.txt", 0},
    {"attachment; filename*0*=utf-8''%E2%82; filename*1*=%AC; filename*2=\".txt\"", "attachment", "€.txt", 0},
    {"attachment; filename*0=\"a%20\"; filename*1*=%C3%BC; filename*2=.txt", "attachment", "a%20ü.txt", 0},
    {"attachment; filename*10=k; filename*9=j; filename*0=a", "attachment", "ajk", 0},
    {"attachment; filename*0=a; filename*0=b; filename*1=c", "attachment", "ac", MIME_FIELD_TWICE},
    {"attachment; filename*x=a", "attachment", "a", 0},
    {"attachment; filename*=utf-8''%", "attachment", "%", 0},
    /* encoded words, also cut by sections */
    {"attachment; filename=\"=?utf-8?q?gr=C3=BC=C3=9Fe.txt?=\"", "attachment", "grüße.txt", MIME_FIELD_WORD},
    {"attachment; filename==?utf-8?q?gr=C3=BC?=", "attachment", "grü", MIME_FIELD_WORD | MIME_FIELD_UNQUOTED},
    {"attachment; filename=\"=?utf-8?b?w7w=?= =?utf-8?b?LnR4dA==?=\"", "attachment", "ü.txt", MIME_FIELD_WORD},
    {"attachment; filename*0=\"=?utf-8?q?gr=C3\"; filename*1=\"=BC?= =?utf-8?q?.txt?=\"", "attachment", "grü.txt",
     MIME_FIELD_WORD},
    {"attachment; filename*=utf-8''=?utf-8?q?=C3=BC?=", "attachment", "ü", MIME_FIELD_WORD | MIME_FIELD_UNQUOTED},
    {"attachment; filename=\"ü.txt\"", "attachment", "ü.txt", MIME_FIELD_8BIT},
};

static void vectors_are_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(MimeField) field = mime_field_parse(vectors[i].text);
    g_autofree char *name = mime_field_parameter(field, "filename");
    g_assert_cmpstr(field->value, ==, vectors[i].value);
    g_assert_cmpstr(name, ==, vectors[i].name);
    if (field->faults != vectors[i].faults)
      g_error("%s: faults %x, not %x", vectors[i].text, (guint)field->faults, (guint)vectors[i].faults);
  }
}

static void cut_anywhere_it_is_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    for (gsize len = 0; len < strlen(vectors[i].text); len++) {
      g_autofree char *start = g_strndup(vectors[i].text, len);
      g_autofree char *text = g_utf8_make_valid(start, -1);
      g_autoptr(MimeField) field = mime_field_parse(text);
      g_autofree char *name = mime_field_parameter(field, "filename");
      g_assert_true(!name || (*name && g_utf8_validate(name, -1, NULL)));
    }
}

static void other_parameters_end_at_a_blank(void) {
  g_autoptr(MimeField) field = mime_field_parse("text/plain; charset=us-ascii (Plain text) ; format=flowed name=x");
  g_autofree char *charset = mime_field_parameter(field, "charset");
  g_autofree char *format = mime_field_parameter(field, "format");
  g_autofree char *name = mime_field_parameter(field, "name");

  g_assert_cmpstr(charset, ==, "us-ascii");
  g_assert_cmpstr(format, ==, "flowed");
  g_assert_cmpstr(name, ==, "x");
}

static void hostile_fields_take_linear_time(void) {
  static const char *const units[] = {"\"",     "a=\"", "a=\" ",  ";",          "(", "a=\\\"",
                                      "name= ", "=",    "a*0=b;", "=?utf-8?q?", "'"};

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    g_autoptr(GString) text = g_string_new("attachment; filename=");
    while (text->len < 300000)
      g_string_append(text, units[i]);
    g_autoptr(MimeField) field = mime_field_parse(text->str);
    g_autofree char *name = mime_field_parameter(field, "filename");
    g_autofree char *other = mime_field_parameter(field, "a");
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/mime_field/" #name, name)
  ADD(vectors_are_read);
  ADD(cut_anywhere_it_is_read);
  ADD(other_parameters_end_at_a_blank);
  ADD(hostile_fields_take_linear_time);
#undef ADD
  return g_test_run();
}
