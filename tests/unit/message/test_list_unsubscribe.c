/* The examples of RFC 2369 3.2 and RFC 8058 7, and what is wrong with others. */
#include "message/list_unsubscribe.h"

#include <string.h>

static void headers_are_read(void) {
  static const struct {
    const char *headers;
    const char *links;
    const char *errors; /* how they begin; "": there are none */
  } rows[] = {
      {"", "", ""},
      {"List-Unsubscribe: <mailto:list@host.com?subject=unsubscribe>\n", "mailto:list@host.com?subject=unsubscribe",
       ""},
      {"List-Unsubscribe: (Use this command to get off the list)\n "
       "<mailto:list-manager@host.com?body=unsubscribe%20list>\n",
       "mailto:list-manager@host.com?body=unsubscribe%20list", ""},
      {"List-Unsubscribe: <http://www.host.com/list.cgi?cmd=unsub&lst=list>,\n   "
       "<mailto:list-request@host.com?subject=unsubscribe>\n",
       "http://www.host.com/list.cgi?cmd=unsub&lst=list|mailto:list-request@host.com?subject=unsubscribe", ""},
      {"List-Unsubscribe: <https://example.com/unsubscribe/opaquepart>\nList-Unsubscribe-Post: "
       "List-Unsubscribe=One-Click\n",
       "https://example.com/unsubscribe/opaquepart", ""},
      {"List-Unsubscribe:\n", "", "there is no link"},
      {"List-Unsubscribe: https://x.test/\n", "", "\"https://x.test/\" is not in angle brackets"},
      {"List-Unsubscribe: <https://x.test/> <mailto:a@b>\n", "https://x.test/|mailto:a@b", "a comma is missing"},
      {"List-Unsubscribe: <https://x.test/\n", "", "an angle bracket is not closed"},
      {"List-Unsubscribe: <https://x.test/a b>\n", "", "<https://x.test/a b> has spaces"},
      {"List-Unsubscribe: <ftp://x.test/>, <https://>, <>\n", "", "<ftp://x.test/> is not a mailto:"},
      {"List-Unsubscribe: <https://x.test/>\nList-Unsubscribe-Post: yes\n", "https://x.test/",
       "List-Unsubscribe-Post must be"},
      {"List-Unsubscribe: <mailto:a@b>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n", "mailto:a@b",
       "List-Unsubscribe-Post needs an https: link"},
      {"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", "",
       "List-Unsubscribe-Post is there without List-Unsubscribe"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *mail = g_strconcat(rows[i].headers, "\nbody\n", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));
    g_autoptr(Message) message = message_parse(bytes, 0);
    g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(message);
    g_ptr_array_add(unsubscribe->links, NULL);
    g_autofree char *links = g_strjoinv("|", (char **)unsubscribe->links->pdata);
    g_assert_cmpstr(links, ==, rows[i].links);
    g_assert_true(g_str_has_prefix(unsubscribe->errors, rows[i].errors));
    g_assert_true((*unsubscribe->errors == '\0') == (*rows[i].errors == '\0'));
    g_assert_nonnull(unsubscribe->header_post);
  }
}

static void number_of_links_is_bounded(void) {
  for (guint n = LIST_UNSUBSCRIBE_LINKS_MAX - 1; n <= LIST_UNSUBSCRIBE_LINKS_MAX + 1; n++) {
    g_autoptr(GString) mail = g_string_new("List-Unsubscribe: ");
    for (guint i = 0; i < n; i++)
      g_string_append_printf(mail, "%s<mailto:a%u@b>", i > 0 ? "," : "", i);
    g_autoptr(GBytes) bytes = g_bytes_new_static(mail->str, mail->len);
    g_autoptr(Message) message = message_parse(bytes, 0);
    g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(message);
    g_assert_cmpuint(unsubscribe->links->len, ==, MIN(n, LIST_UNSUBSCRIBE_LINKS_MAX));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/list_unsubscribe/" #name, name)
  ADD(headers_are_read);
  ADD(number_of_links_is_bounded);
#undef ADD
  return g_test_run();
}
