#include "app/descriptors.h"
#include "inbox/inbox.h"
#include "store/store.h"

enum { TAKEN = 10, ASKED_SMTP = 20000, ASKED_HTTP = 512 };

static gboolean share(guint64 limit, guint n_http, DescriptorShares *shares) {
  *shares = (DescriptorShares){.n_smtp = ASKED_SMTP, .n_http = n_http};
  return descriptors_share(limit, TAKEN, shares, NULL);
}

/* Whatever the limit, all that connections may take leaves what the inbox and the server need. */
static void the_reserve_is_never_given_away(void) {
  for (guint64 limit = 1; limit < 30000; limit += limit < 9000 ? 1 : 97)
    for (guint n_http = 0; n_http <= ASKED_HTTP; n_http += ASKED_HTTP) {
      DescriptorShares shares;
      if (!share(limit, n_http, &shares))
        continue;
      guint64 n_reserve = TAKEN + DESCRIPTORS_FILES + store_held_descriptors(limit);
      guint n_connections = shares.n_smtp + shares.n_http;
      g_assert_cmpuint(n_reserve + n_connections + MIN(n_connections, DESCRIPTORS_MESSAGES), <=, limit);
      g_assert_cmpuint(shares.n_smtp, >=, DESCRIPTORS_CONNECTIONS);
      g_assert_cmpuint(shares.n_http, >=, n_http > 0 ? DESCRIPTORS_CONNECTIONS : 0);
      g_assert_cmpuint(shares.n_smtp, >=, shares.n_http);
      g_assert_cmpint(shares.is_scarce, ==, shares.n_smtp < ASKED_SMTP || shares.n_http < n_http);
      g_assert_cmpint(shares.is_scarce, ==, limit < shares.n_wanted);
    }
}

static void what_was_asked_for_is_given_when_there_is_enough(void) {
  DescriptorShares shares;

  g_assert_true(share(G_MAXUINT64, ASKED_HTTP, &shares));
  g_assert_false(shares.is_scarce);
  g_assert_cmpuint(shares.n_smtp, ==, ASKED_SMTP);
  g_assert_cmpuint(shares.n_http, ==, ASKED_HTTP);
}

static void too_few_are_an_error_that_says_how_many_are_needed(void) {
  DescriptorShares shares = {.n_smtp = ASKED_SMTP, .n_http = ASKED_HTTP};
  g_autoptr(GError) error = NULL;

  g_assert_false(descriptors_share(40, TAKEN, &shares, &error));
  g_assert_error(error, DESCRIPTORS_ERROR, 0);
  g_assert_cmpstr(error->message, ==,
                  "this process may open 40 files but needs at least 50: raise the limit (ulimit -n, LimitNOFILE=)");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/descriptors/the_reserve_is_never_given_away", the_reserve_is_never_given_away);
  g_test_add_func("/descriptors/what_was_asked_for_is_given_when_there_is_enough",
                  what_was_asked_for_is_given_when_there_is_enough);
  g_test_add_func("/descriptors/too_few_are_an_error_that_says_how_many_are_needed",
                  too_few_are_an_error_that_says_how_many_are_needed);
  return g_test_run();
}
