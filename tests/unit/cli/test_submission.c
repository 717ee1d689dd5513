/* What programs hand to sendmail, and what becomes of it. Times and ids, which are made, are shown as "~". */
#include "cli/submission.h"
#include <string.h>

static const SubmissionOptions plain = {.user = "user", .host = "host.example"};

#define COMPLETE "From: a@b\nDate: x\nMessage-ID: <m@b>\n"

static Submission *submit(const SubmissionOptions *options, const char *mail, const char *recipient) {
  char *recipients[] = {(char *)recipient, NULL};

  return submission_new(options, g_string_new(mail), recipients);
}

static void assert_mail(const SubmissionOptions *options, const char *given, const char *expected) {
  g_autoptr(Submission) submission = submit(options, given, "to@example.com");
  g_autoptr(GRegex) date =
      g_regex_new("^Date: \\w{3}, \\d+ \\w{3} \\d{4} [\\d:]{8} [-+]\\d{4}$", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr(GRegex) id = g_regex_new("^Message-ID: <[-0-9a-f]{36}@host\\.example>$", G_REGEX_MULTILINE, 0, NULL);
  g_autofree char *without_date = g_regex_replace(date, submission->bytes->str, -1, 0, "Date: ~", 0, NULL);
  g_autofree char *shown = g_regex_replace(id, without_date, -1, 0, "Message-ID: ~", 0, NULL);

  g_assert_cmpstr(shown, ==, expected);
}

static void assert_recipients(const SubmissionOptions *options, const char *mail, const char *recipient,
                              const char *expected) {
  g_autoptr(Submission) submission = submit(options, mail, recipient);

  g_ptr_array_add(submission->recipients, NULL);
  g_autofree char *joined = g_strjoinv(" ", (char **)submission->recipients->pdata);

  g_assert_cmpstr(joined, ==, expected);
}

static void line_ends_of_either_kind_become_lf(void) {
  assert_mail(&plain, COMPLETE "\r\none\r\ntwo\nthree", COMPLETE "\none\ntwo\nthree\n");
  assert_mail(&plain, COMPLETE "\na\rb\n\r\n", COMPLETE "\na\rb\n\n");
}

static void dot_alone_ends_the_mail_unless_ignored(void) {
  SubmissionOptions ignoring = plain;

  ignoring.ignores_dots = TRUE;
  assert_mail(&plain, COMPLETE "\none\n.\ntwo\n", COMPLETE "\none\n");
  assert_mail(&plain, COMPLETE "\none\r\n.\r\ntwo\r\n", COMPLETE "\none\n");
  assert_mail(&plain, COMPLETE "\none\n..\n.x\n .\n", COMPLETE "\none\n..\n.x\n .\n");
  assert_mail(&ignoring, COMPLETE "\none\n.\ntwo\n", COMPLETE "\none\n.\ntwo\n");
}

static void what_a_server_adds_is_added_where_it_is_missing(void) {
  assert_mail(&plain, "Subject: s\n\nbody\n", "Subject: s\nFrom: user@host.example\nDate: ~\nMessage-ID: ~\n\nbody\n");
  assert_mail(&plain, "from: x@y\nDATE: now\nmessage-id: <i@d>\n\nbody\n",
              "from: x@y\nDATE: now\nmessage-id: <i@d>\n\nbody\n");
  assert_mail(&plain, COMPLETE "Subject: s\n folded\n", COMPLETE "Subject: s\n folded\n\n");
}

static void mail_without_fields_gets_a_header(void) {
  assert_mail(&plain, "Dear all,\n\nFrom: nobody\n",
              "From: user@host.example\nDate: ~\nMessage-ID: ~\n\nDear all,\n\nFrom: nobody\n");
  assert_mail(&plain, "", "From: user@host.example\nDate: ~\nMessage-ID: ~\n\n");
  assert_mail(&plain, "\nbody\n", "From: user@host.example\nDate: ~\nMessage-ID: ~\n\nbody\n");
  assert_mail(&plain, ":\n", "From: user@host.example\nDate: ~\nMessage-ID: ~\n\n:\n");
}

static void line_of_a_mailbox_is_no_part_of_it(void) {
  assert_mail(&plain, "From user Mon Jan  1 00:00:00 2024\n" COMPLETE "\nbody\n", COMPLETE "\nbody\n");
}

/* RFC 5322 4.5.8; whoever gets the message reads such fields, and so must we. */
static void blanks_may_stand_before_the_colon(void) {
  SubmissionOptions reading = plain;

  reading.reads_recipients = TRUE;
  assert_recipients(&reading, COMPLETE "Bcc : x@y\nTo\t: a@b\n\n", "first@x.example", "first@x.example a@b x@y");
  assert_mail(&reading, COMPLETE "Bcc : x@y,\n z@y\nTo: a@b\nResent-Bcc\t: r@y\r\r\n\nBcc : x\n",
              COMPLETE "To: a@b\n\nBcc : x\n");
  assert_mail(&plain, "Subject : s\nX-A: 1\n\nbody\n",
              "Subject : s\nX-A: 1\nFrom: user@host.example\nDate: ~\nMessage-ID: ~\n\nbody\n");
  assert_mail(&plain, "From : x@y\nDate : now\nMessage-ID : <i@d>\n\nbody\n",
              "From : x@y\nDate : now\nMessage-ID : <i@d>\n\nbody\n");
}

static void name_is_quoted_or_encoded(void) {
  SubmissionOptions named = plain;

  named.full_name = "A. \"B\" C";
  assert_mail(&named, "\n", "From: \"A. \\\"B\\\" C\" <user@host.example>\nDate: ~\nMessage-ID: ~\n\n");
  named.full_name = "J\xc3\xb6rg";
  named.sender = "j@example.com";
  assert_mail(&named, "\n", "From: =?UTF-8?B?SsO2cmc=?= <j@example.com>\nDate: ~\nMessage-ID: ~\n\n");
  named.full_name = "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
  g_autoptr(Submission) submission = submit(&named, "\n", "to@example.com");
  g_assert_nonnull(strstr(submission->bytes->str, "w6Q=?= <")); /* a whole number of characters */
}

static void sender_is_completed(void) {
  static const struct {
    const char *given, *expected;
  } cases[] = {
      {NULL, "user@host.example"},
      {"root", "root@host.example"},
      {"a@b.example", "a@b.example"},
      {"<a@b.example>", "a@b.example"},
      {"A B <a@b.example>", "a@b.example"},
      {"", ""},
      {"<>", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SubmissionOptions options = plain;
    options.sender = cases[i].given;
    g_autoptr(Submission) submission = submit(&options, COMPLETE "\n", "to@example.com");
    g_assert_cmpstr(submission->sender, ==, cases[i].expected);
  }
}

static void recipients_are_completed_and_each_there_once(void) {
  assert_recipients(&plain, "\n", "root", "root@host.example");
  assert_recipients(&plain, "\n", "Bob <bob@b.example>, eve@c.example,bob@b.example", "bob@b.example eve@c.example");
  assert_recipients(&plain, "To: x@y\n\n", "bob@b.example", "bob@b.example");
}

static void recipients_are_read_and_bcc_taken_out(void) {
  static const char mail[] = COMPLETE "To: a@x.example, root\nbcc: hidden@x.example,\n more@x.example\n"
                                      "Cc: \"C, D\" <c@x.example>\nBcc:\n\nBcc: body@x.example\n";
  SubmissionOptions reading = plain;

  reading.reads_recipients = TRUE;
  assert_recipients(&reading, mail, "first@x.example",
                    "first@x.example a@x.example root@host.example c@x.example hidden@x.example more@x.example");
  assert_mail(&reading, mail, COMPLETE "To: a@x.example, root\nCc: \"C, D\" <c@x.example>\n\nBcc: body@x.example\n");
  assert_mail(&plain, mail, mail);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/cli/submission/" #name, name)
  ADD(line_ends_of_either_kind_become_lf);
  ADD(dot_alone_ends_the_mail_unless_ignored);
  ADD(what_a_server_adds_is_added_where_it_is_missing);
  ADD(mail_without_fields_gets_a_header);
  ADD(line_of_a_mailbox_is_no_part_of_it);
  ADD(blanks_may_stand_before_the_colon);
  ADD(name_is_quoted_or_encoded);
  ADD(sender_is_completed);
  ADD(recipients_are_completed_and_each_there_once);
  ADD(recipients_are_read_and_bcc_taken_out);
  return g_test_run();
}
