/* How long ago something was. */
#include "cli/age.h"

static void age_is_short_and_then_the_date(void) {
  static const struct {
    const char *then, *now, *age;
  } rows[] = {
      {"2026-11-30T12:00:00Z", "2026-11-30T12:00:00Z", "0s"},
      {"2026-11-30T12:00:01Z", "2026-11-30T12:00:00Z", "0s"},
      {"2026-11-30T12:00:00Z", "2026-11-30T12:00:59.9Z", "59s"},
      {"2026-11-30T12:00:00Z", "2026-11-30T12:01:00Z", "1m"},
      {"2026-11-30T12:00:00Z", "2026-11-30T12:59:59Z", "59m"},
      {"2026-11-30T12:00:00Z", "2026-11-30T13:00:00Z", "1h"},
      {"2026-11-30T12:00:00Z", "2026-12-01T11:59:59Z", "23h"},
      {"2026-11-30T12:00:00Z", "2026-12-01T12:00:00Z", "1d"},
      {"2026-11-30T12:00:00Z", "2026-12-07T11:59:59Z", "6d"},
      {"2026-11-30T12:00:00Z", "2026-12-07T12:00:00Z", "30 Nov"},
      {"2026-11-03T12:00:00Z", "2026-12-07T12:00:00Z", "3 Nov"},
      {"2026-12-31T12:00:00Z", "2027-01-07T12:00:00Z", "2026-12-31"},
      {"2026-12-31T23:30:00Z", "2027-01-10T12:00:00+01:00", "1 Jan"}, /* it was the year of `now`, there */
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GDateTime) then = g_date_time_new_from_iso8601(rows[i].then, NULL);
    g_autoptr(GDateTime) now = g_date_time_new_from_iso8601(rows[i].now, NULL);
    g_autofree char *age = age_text(then, now);
    g_assert_cmpstr(age, ==, rows[i].age);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/age/age_is_short_and_then_the_date", age_is_short_and_then_the_date);
  return g_test_run();
}
