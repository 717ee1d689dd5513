/* A command line, read by every parser of syntax/smtp_command.h. What is accepted must be fit for headers and logs, and
 * must be read the same when it is written again; what is rejected must be explained in words fit for a reply. */
#include "fuzz.h"
#include "syntax/smtp_command.h"

#include <string.h>

static void check_error(GError *error) {
  g_assert_true(error && error->domain == SMTP_SYNTAX_ERROR);
  g_assert_true(g_str_is_ascii(error->message) && !strpbrk(error->message, "\r\n"));
  g_error_free(error);
}

static void check_text(const char *text, gsize len) {
  g_assert_true(g_utf8_validate(text, (gssize)len, NULL));
  for (gsize i = 0; i < len; i++)
    g_assert_false(g_ascii_iscntrl(text[i]));
}

static void check_mailbox(const SmtpPath *path, SmtpPathKind kind) {
  check_text(path->mailbox, strlen(path->mailbox));
  g_autofree char *args = g_strconcat(kind == SMTP_PATH_REVERSE ? "from:<" : "to:<", path->mailbox, ">", NULL);
  SmtpPath again = {0};
  const char *rest = NULL;
  g_assert_true(smtp_path_parse(args, strlen(args), kind, &again, &rest, NULL));
  g_assert_cmpstr(again.mailbox, ==, path->mailbox);
  g_assert_true(*rest == '\0');
  g_assert_cmpuint(again.leniencies, ==, path->leniencies & ~(guint)(SMTP_LENIENT_SPACE | SMTP_LENIENT_BRACKETS));
  g_assert_true(again.long_local == path->long_local);
  smtp_path_clear(&again);
}

static void read_parameters(const char *cursor, const char *end) {
  SmtpParameter parameter;
  GError *error = NULL;

  while (smtp_parameter_next(&cursor, end, &parameter, &error) == FOUND) {
    g_assert_true(parameter.keyword_len > 0 && cursor <= end);
    guint64 number;
    if (parameter.value) {
      check_text(parameter.value, parameter.value_len);
      smtp_number_parse(parameter.value, parameter.value_len, &number);
    }
  }
  if (error)
    check_error(error);
}

static void read_path(const SmtpCommandLine *line, SmtpPathKind kind) {
  SmtpPath path = {0};
  const char *rest = NULL;
  GError *error = NULL;

  if (!smtp_path_parse(line->args, line->args_len, kind, &path, &rest, &error)) {
    check_error(error);
    return;
  }
  check_mailbox(&path, kind);
  read_parameters(rest, line->args + line->args_len);
  smtp_path_clear(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  SmtpCommandLine line;

  smtp_command_line_split((const char *)bytes, len, &line);
  g_assert_true(line.verb_len + line.args_len <= len);
  smtp_word_equal(line.verb, line.verb_len, "MAIL");
  read_path(&line, SMTP_PATH_REVERSE);
  read_path(&line, SMTP_PATH_FORWARD);
  read_parameters(line.args, line.args + line.args_len);
  if (smtp_helo_classify(line.args, line.args_len) != SMTP_HELO_NONE) {
    g_autofree char *name = smtp_helo_print(line.args, line.args_len);
    check_text(name, strlen(name));
  }
  return 0;
}
