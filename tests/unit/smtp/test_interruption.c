/* Clients that stop in the middle of something: what they and the log are told. */
#include "support/talk.h"

/* Up to the bytes of a message. */
static void begin_mail(Talk *talk) {
  talk_init(talk, 10);
  talk_ask(talk, "HELO x\r\n");
  g_assert_cmpuint(talk_ask(talk, "MAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n"), ==, 354);
}

static void line_ends_that_end_nothing_are_told_once_a_mail(void) {
  Talk talk;

  begin_mail(&talk);

  g_assert_cmpuint(talk_ask(&talk, "Subject: x\n\nhi\n.\n"), ==, 0);
  g_assert_true(smtp_session_awaits_rest(talk.session, talk.input));
  smtp_session_stall(talk.session, talk.input);
  smtp_session_stall(talk.session, talk.input);
  g_assert_cmpstr(talk.handler->told->str, ==,
                  "the message stopped coming: it ended with LF . LF; only CR LF . CR LF ends a message\n");
  g_string_truncate(talk.handler->told, 0);
  g_assert_cmpuint(talk_ask(&talk, "\r\n.\r\n"), ==, 250); /* nothing was ended by what was said */
  g_assert_cmpuint(talk.handler->messages->len, ==, 1);

  talk_ask(&talk, "MAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\na\r.\r");
  smtp_session_stall(talk.session, talk.input);
  g_assert_cmpstr(talk.handler->told->str, ==,
                  "the message stopped coming: it ended with CR . CR; only CR LF . CR LF ends a message\n");
  talk_clear(&talk);
}

static void a_mail_that_is_just_slow_is_not_told(void) {
  Talk talk;

  begin_mail(&talk);

  talk_ask(&talk, "Subject: x\r\n\r\nhi\r\n");
  smtp_session_stall(talk.session, talk.input);
  g_assert_cmpstr(talk.handler->told->str, ==, "");
  talk_clear(&talk);
}

static void check_last_reply(Talk *talk, const char *expected) {
  g_autofree char *line = NULL;
  char *next;

  while ((next = evbuffer_readln(talk->output, NULL, EVBUFFER_EOL_CRLF_STRICT))) {
    free(line);
    line = next;
  }
  g_assert_cmpstr(line, ==, expected);
}

static void the_421_names_the_line_ends(void) {
  Talk talk;

  begin_mail(&talk);

  talk_ask(&talk, "hi\r\n.\n");
  smtp_session_expire(talk.session, talk.input);
  check_last_reply(&talk,
                   "421 4.4.2 the message stopped coming: it ended with CR LF . LF; only CR LF . CR LF ends a message; "
                   "closing the connection");
  talk_clear(&talk);
}

static void a_command_that_ends_with_cr_alone_is_told(void) {
  Talk talk;

  talk_init(&talk, 10);

  g_assert_false(smtp_session_awaits_rest(talk.session, talk.input));
  talk_ask(&talk, "HELO x\r");
  g_assert_true(smtp_session_awaits_rest(talk.session, talk.input));
  smtp_session_stall(talk.session, talk.input);
  g_assert_cmpstr(talk.handler->told->str, ==,
                  "the command stopped coming: it ended with CR alone; only CR LF ends a command\n");
  smtp_session_expire(talk.session, talk.input);
  check_last_reply(&talk,
                   "421 4.4.2 no command arrived in time: it ended with CR alone; only CR LF ends a command; closing "
                   "the connection");
  talk_clear(&talk);
}

static void a_command_without_an_end_is_not_told(void) {
  Talk talk;

  talk_init(&talk, 10);

  talk_ask(&talk, "HELO x");
  smtp_session_stall(talk.session, talk.input);
  g_assert_cmpstr(talk.handler->told->str, ==, "");
  talk_clear(&talk);
}

typedef struct Cut {
  const char *sent; /* behind EHLO */
  const char *told; /* of the end */
  gboolean in_mail;
} Cut;

#define MAIL "MAIL FROM:<a@a.example>\r\n"
#define RCPT "RCPT TO:<b@b.example>\r\n"

static const Cut cuts[] = {
    {"", "", FALSE},
    {"QUIT\r\nMAI", "", FALSE},
    {"RCPT TO:<b@b", "the client disconnected in the middle of a command, which had no CR LF: \"RCPT TO:<b@b\"\n",
     FALSE},
    {"NOO\r", "the client disconnected in the middle of a command, which had no CR LF: \"NOO\\r\"\n", FALSE},
    {"\xff\x01", "the client disconnected in the middle of a command, which had no CR LF: \"\\357\\277\\275\\001\"\n",
     FALSE},
    {"AUTH PLAIN c2VjcmV0",
     "the client disconnected in the middle of a command, which had no CR LF: \"AUTH PLAIN ***\"\n", FALSE},
    {"AUTH PLAIN\r\nc2VjcmV0", "the client disconnected in the middle of a command, which had no CR LF: \"***\"\n",
     FALSE},
    {MAIL,
     "the client disconnected after MAIL from a@a.example and 0 recipients, before any of the message; nothing was "
     "stored\n",
     FALSE},
    {"MAIL FROM:<>\r\n" RCPT,
     "the client disconnected after MAIL from <> and 1 recipients, before any of the message; nothing was stored\n",
     FALSE},
    {MAIL RCPT "DATA\r\n",
     "the client disconnected in the middle of a message from a@a.example, after 0 bytes; nothing was stored\n", TRUE},
    {MAIL RCPT "DATA\r\nhi\n.\n",
     "the client disconnected in the middle of a message from a@a.example, after 5 bytes: it ended with LF . LF; only "
     "CR LF "
     ". "
     "CR LF ends a message; nothing was stored\n",
     TRUE},
    {MAIL RCPT "BDAT 10 LAST\r\n12345",
     "the client disconnected in the middle of a message from a@a.example, after 5 bytes; nothing was stored\n", TRUE},
    {MAIL RCPT "BDAT 5\r\n12345",
     "the client disconnected in the middle of a message from a@a.example, after 5 bytes; nothing was stored\n", TRUE},
    {MAIL RCPT "DATA\r\nhi\r\n.\r\n", "", FALSE},
};

static void what_was_cut_off_is_told(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cuts); i++) {
    Talk talk;
    talk_init(&talk, 10);
    talk.settings.auth = SMTP_AUTH_ANY;
    talk_ask(&talk, "EHLO x\r\n");
    talk_ask(&talk, cuts[i].sent);
    smtp_session_input_ended(talk.session, talk.input);
    g_assert_cmpstr(talk.handler->told->str, ==, cuts[i].told);
    g_assert_cmpuint(talk.handler->n_lost, ==, cuts[i].in_mail);
    talk_clear(&talk);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/smtp/interruption/" #name, name)
  ADD(line_ends_that_end_nothing_are_told_once_a_mail);
  ADD(a_mail_that_is_just_slow_is_not_told);
  ADD(the_421_names_the_line_ends);
  ADD(a_command_that_ends_with_cr_alone_is_told);
  ADD(a_command_without_an_end_is_not_told);
  ADD(what_was_cut_off_is_told);
#undef ADD
  return g_test_run();
}
