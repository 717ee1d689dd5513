/* What was said is told with each message and each rejection: the beginning of the session, and what belongs to it. */
#include "support/talk.h"

/* The lines without their times, "C:NOOP|S:250 ...|"; of replies the code alone. */
static void check_said(const Talk *talk, const char *expected) {
  g_autoptr(GString) said = g_string_new(NULL);
  const char *cursor = talk->handler->said;
  TranscriptLine line;
  gint64 last_us = 0;

  while (transcript_next(&cursor, &line)) {
    g_assert_cmpint(line.time_us, >=, last_us);
    last_us = line.time_us;
    g_string_append_printf(said, "%c:%.*s|", line.side, line.side == 'S' ? 4 : (int)line.len, line.text);
  }
  g_assert_cmpstr(cursor, ==, "");
  g_assert_cmpstr(said->str, ==, expected);
}

#define HEAD "*:connected|S:220 |C:HELO x|S:250 |"

static void messages_of_a_session_are_told_apart(void) {
  Talk talk;

  talk_init(&talk, 10);

  talk_ask(&talk, "HELO x\r\n");
  talk_send_mail(&talk);
  check_said(&talk, HEAD "C:MAIL FROM:<a@a.example>|S:250 |C:RCPT TO:<b@b.example>|S:250 |C:DATA|S:354 |"
                         "*:7 bytes of message|S:250 |");
  talk_ask(&talk, "NOOP\r\n");
  talk_ask(&talk, "MAIL FROM:<c@c.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\nhi\r\n.\r\n");
  check_said(&talk, HEAD "C:MAIL FROM:<c@c.example>|S:250 |C:RCPT TO:<b@b.example>|S:250 |C:DATA|S:354 |"
                         "*:4 bytes of message|S:250 |");
  talk_clear(&talk);
}

static void rejections_are_told_with_what_led_to_them(void) {
  Talk talk;

  talk_init(&talk, 10);

  talk_ask(&talk, "HELO x\r\n");
  g_assert_cmpuint(talk_ask(&talk, "MAIL FROM:<a@a.example>\r\n"), ==, 250);
  g_assert_cmpuint(talk_ask(&talk, "RCPT TO:<refused@b.example>\r\n"), ==, 550);
  check_said(&talk, HEAD "C:MAIL FROM:<a@a.example>|S:250 |C:RCPT TO:<refused@b.example>|S:550 |");
  g_assert_cmpuint(talk_ask(&talk, "what\x01\r\n"), ==, 500);
  check_said(&talk, HEAD "C:MAIL FROM:<a@a.example>|S:250 |C:RCPT TO:<refused@b.example>|S:550 |C:what\xef\xbf\xbd|"
                         "S:500 |");
  talk_clear(&talk);
}

static void passwords_are_not_told(void) {
  Talk talk;

  talk_init(&talk, 10);
  talk.settings.auth = SMTP_AUTH_ANY;

  talk_ask(&talk, "EHLO x\r\n");
  g_assert_cmpuint(talk_ask(&talk, "AUTH PLAIN !c2VjcmV0\r\n"), ==, 501);
  g_assert_null(strstr(talk.handler->said, "c2VjcmV0"));
  g_assert_true(g_str_has_prefix(strstr(talk.handler->said, "C AUTH"), "C AUTH PLAIN ***\n"));
  talk_clear(&talk);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/smtp/session_transcript/" #name, name)
  ADD(messages_of_a_session_are_told_apart);
  ADD(rejections_are_told_with_what_led_to_them);
  ADD(passwords_are_not_told);
#undef ADD
  return g_test_run();
}
