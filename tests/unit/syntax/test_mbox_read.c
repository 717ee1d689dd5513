/* Messages out of an mbox file, however it is cut into pieces. */
#include "syntax/mbox.h"
#include "syntax/mbox_read.h"
#include <string.h>

enum { MAIL_MAX = 4096, NO_SPLIT = 0 };

#define SEPARATOR "From a@b.example Tue Nov 14 22:13:20 2023\n"

static void tell(GString *told, MboxMail *mail) {
  gsize len = 0;
  const char *bytes = mail->bytes ? g_bytes_get_data(mail->bytes, &len) : NULL;

  g_string_append_printf(told, "[%s|", mail->sender ? mail->sender : "");
  g_string_append_len(told, mail->bytes ? bytes : "too long", mail->bytes ? (gssize)len : -1);
  g_string_append(told, "]");
  mbox_mail_clear(mail);
}

static void take(MboxReader *reader, const char *bytes, gsize len, GString *told) {
  MboxMail mail = {0};
  gsize n_taken;

  for (; mbox_reader_take(reader, bytes, len, &n_taken, &mail); bytes += n_taken, len -= n_taken)
    tell(told, &mail);
  g_assert_cmpuint(n_taken, ==, len);
}

/* What comes out when the file is cut into pieces of `piece_len` bytes, or once at `split`. */
static char *read_file(MboxKind kind, const char *file, gsize piece_len, gsize split) {
  g_autoptr(MboxReader) reader = mbox_reader_new(kind, MAIL_MAX);
  GString *told = g_string_new(NULL);
  MboxMail mail = {0};
  gsize len = strlen(file);

  if (split > 0) {
    take(reader, file, split, told);
    take(reader, file + split, len - split, told);
  }
  for (gsize at = 0; split == 0 && at < len; at += piece_len)
    take(reader, file + at, MIN(piece_len, len - at), told);
  if (mbox_reader_end(reader, &mail))
    tell(told, &mail);
  return g_string_free(told, FALSE);
}

static const struct {
  const char *file;
  const char *told;
} vectors[] = {
    {"", ""},
    {"no separator\n\nx\n", ""},
    {SEPARATOR, "[a@b.example|]"},
    {SEPARATOR "\n", "[a@b.example|]"},
    {SEPARATOR "\n\n", "[a@b.example|\n]"},
    {SEPARATOR "a: b\n\nc\n\n" SEPARATOR "d\n\n", "[a@b.example|a: b\n\nc\n][a@b.example|d\n]"},
    {"\nlost\n\n" SEPARATOR "a\n", "[a@b.example|a\n]"},
    {SEPARATOR "no end", "[a@b.example|no end]"},
    /* only what has a date and a blank line before it begins a message */
    {SEPARATOR "a\n" SEPARATOR, "[a@b.example|a\n" SEPARATOR "]"},
    {SEPARATOR "a\n\nFrom here on\nFrom\n", "[a@b.example|a\n\nFrom here on\nFrom\n]"},
    {SEPARATOR "a\n\nFrom x Tue Nov", "[a@b.example|a\n\nFrom x Tue Nov]"},
    {SEPARATOR "a\n\nFrom x Tue Nov 14", "[a@b.example|a\n\nFrom x Tue Nov 14]"},
    /* senders */
    {"From MAILER-DAEMON Tue Nov 14 22:13:20 2023\n", "[|]"},
    {"From  Tue Nov 14 22:13:20 2023\n", "[|]"},
    {"From Tue Nov 14 22:13:20 2023\n", "[|]"},
    {"From -  Tue Nov 14 22:13:20 2023\n", "[|]"},
    {"From \"a b\"@c.example Tue Nov 14 22:13:20 +0100 2023\n", "[\"a b\"@c.example|]"},
    {"From a@b.example> SIZE=1 Tue Nov 14 22:13:20 2023\n", "[|]"},
    {"From a@b.example   Tue Nov 14 22:13:20 2023 remote from c\n", "[a@b.example|]"},
    /* quotes */
    {SEPARATOR ">From a\n>>From b\n> From c\n>\n>Fro\n", "[a@b.example|From a\n>From b\n> From c\n>\n>Fro\n]"},
    {SEPARATOR ">From ", "[a@b.example|From ]"},
    /* CRLF */
    {"From a@b.example Tue Nov 14 22:13:20 2023\r\na\r\n\r\n>From \r\n\r\nFrom d@e.example Tue Nov 14 22:13:20 "
     "2023\r\n\r\n\r\n",
     "[a@b.example|a\r\n\r\nFrom \r\n][d@e.example|\r\n]"},
};

static void every_split_reads_the_same(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    gsize len = strlen(vectors[i].file);
    for (gsize piece_len = 1; piece_len <= 3; piece_len++) {
      g_autofree char *told = read_file(MBOX_KIND_RD, vectors[i].file, piece_len, NO_SPLIT);
      g_assert_cmpstr(told, ==, vectors[i].told);
    }
    for (gsize split = 1; split <= len; split++) {
      g_autofree char *told = read_file(MBOX_KIND_RD, vectors[i].file, len, split);
      g_assert_cmpstr(told, ==, vectors[i].told);
    }
  }
}

static void mboxo_takes_one_quote_from_what_has_one(void) {
  g_autofree char *told = read_file(MBOX_KIND_O, SEPARATOR ">From a\n>>From b\n", 1000, NO_SPLIT);

  g_assert_cmpstr(told, ==, "[a@b.example|From a\n>>From b\n]");
}

/* At the edge of what is looked at: a quoted line, a separator. */
static void long_lines_are_read_at_their_beginning(void) {
  for (gsize len = MBOX_LINE_MAX - 2; len <= MBOX_LINE_MAX + 2; len++) {
    g_autofree char *quotes = g_strnfill(len - 5, '>');
    g_autofree char *padding = g_strnfill(len - strlen(SEPARATOR), 'x');
    g_autofree char *file = g_strconcat(SEPARATOR, quotes, "From \n\nFrom ", padding, SEPARATOR + 5, NULL);
    g_autofree char *whole = read_file(MBOX_KIND_RD, file, strlen(file), NO_SPLIT);
    g_autofree char *pieces = read_file(MBOX_KIND_RD, file, 1, NO_SPLIT);
    gboolean is_quoted = strstr(whole, quotes) == NULL;
    gboolean is_separator = strstr(whole, "][") != NULL;
    g_assert_cmpstr(whole, ==, pieces);
    g_assert_true(is_quoted == (len <= MBOX_LINE_MAX));
    g_assert_true(is_separator == (len <= MBOX_LINE_MAX));
  }
}

static void mail_that_is_too_long_is_left_out(void) {
  for (gsize len = MAIL_MAX - 1; len <= MAIL_MAX + 1; len++) {
    g_autofree char *text = g_strnfill(len - 1, 'x');
    g_autofree char *file = g_strconcat(SEPARATOR, text, "\n\n", SEPARATOR, "next\n", NULL);
    g_autofree char *told = read_file(MBOX_KIND_RD, file, 100, NO_SPLIT);
    g_assert_true(g_str_has_prefix(told, "[a@b.example|too long][") == (len > MAIL_MAX));
    g_assert_true(g_str_has_suffix(told, "][a@b.example|next\n]"));
  }
}

static void kinds_are_told_apart(void) {
  static const struct {
    const char *lines;
    MboxKind kind;
  } files[] = {
      {"nothing\n", MBOX_KIND_RD},       {">From a\n", MBOX_KIND_RD},
      {"a\n>>From b\n", MBOX_KIND_RD},   {">a\n>>From b\n", MBOX_KIND_RD},
      {">a\n>From b\n", MBOX_KIND_O},    {">>a\n>>From b\n", MBOX_KIND_O},
      {">a\n\n>From b\n", MBOX_KIND_RD}, {">a\n>From b\n>>a\n>>>From b\n", MBOX_KIND_RD},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autoptr(MboxReader) reader = mbox_reader_new(MBOX_KIND_RD, 0);
    g_autofree char *file = g_strconcat(SEPARATOR, files[i].lines, NULL);
    g_autoptr(GString) told = g_string_new(NULL);
    take(reader, file, strlen(file), told);
    g_assert_true(mbox_reader_guess(reader) == files[i].kind);
  }
}

static void beginnings_are_known(void) {
  static const char other[] = "From: a@b.example\n", cut[] = "From a@b.example Tue Nov 14 22:13:20 2023";

  g_assert_true(mbox_begins(SEPARATOR, strlen(SEPARATOR)));
  g_assert_false(mbox_begins(other, strlen(other)));
  g_assert_false(mbox_begins(cut, strlen(cut)));
  g_assert_false(mbox_begins("", 0));
}

/* As a file has it. */
static GString *print_whole(const char *mail, gsize len) {
  g_autofree char *separator = mbox_print_separator("", 0);
  g_autofree guint8 *piece = g_malloc(MBOX_QUOTED_MAX(MAX(len, 8)));
  GString *whole = g_string_new(separator);
  MboxQuote quote = {0};

  g_string_append_len(whole, (const char *)piece, (gssize)mbox_quote_feed(&quote, (const guint8 *)mail, len, piece));
  g_string_append_len(whole, (const char *)piece, (gssize)mbox_quote_end(&quote, piece));
  return whole;
}

/* Every text of up to six pieces that matter. */
static void what_was_printed_is_read_again(void) {
  static const char *const pieces[] = {">", "From ", "\n", SEPARATOR};

  for (guint number = 0; number < 4096; number++) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint rest = number, i = 0; i < 6; i++, rest /= 4)
      g_string_append(text, pieces[rest % 4]);
    g_string_append_c(text, '\n');
    g_autoptr(GString) file = print_whole(text->str, text->len);
    g_autofree char *twice = g_strconcat(file->str, file->str, NULL);
    g_autofree char *told = read_file(MBOX_KIND_RD, twice, 7, NO_SPLIT);
    g_autofree char *expected = g_strdup_printf("[|%s][|%s]", text->str, text->str);
    g_assert_cmpstr(told, ==, expected);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/syntax/mbox_read/every_split_reads_the_same", every_split_reads_the_same);
  g_test_add_func("/syntax/mbox_read/mboxo_takes_one_quote_from_what_has_one", mboxo_takes_one_quote_from_what_has_one);
  g_test_add_func("/syntax/mbox_read/long_lines_are_read_at_their_beginning", long_lines_are_read_at_their_beginning);
  g_test_add_func("/syntax/mbox_read/mail_that_is_too_long_is_left_out", mail_that_is_too_long_is_left_out);
  g_test_add_func("/syntax/mbox_read/kinds_are_told_apart", kinds_are_told_apart);
  g_test_add_func("/syntax/mbox_read/beginnings_are_known", beginnings_are_known);
  g_test_add_func("/syntax/mbox_read/what_was_printed_is_read_again", what_was_printed_is_read_again);
  return g_test_run();
}
