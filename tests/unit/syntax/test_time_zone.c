/* Time zones without a database: TZDIR names a directory that does not exist. */
#include "syntax/search_date.h"
#include "syntax/time_zone.h"

static void test_zone_has_its_rule_of_today(void) {
  static const struct {
    const char *name;
    int winter_minutes;
    int summer_minutes;
  } cases[] = {
      {"Europe/Berlin", 60, 120},       {"Europe/Dublin", 0, 60},    {"America/New_York", -300, -240},
      {"Asia/Kolkata", 330, 330},       {"Asia/Tehran", 210, 210},   {"Australia/Lord_Howe", 660, 630},
      {"Pacific/Chatham", 825, 765},    {"Asia/Tokyo", 540, 540},    {"UTC", 0, 0},
      {"America/St_Johns", -210, -150}, {"America/Nuuk", -120, -60},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GTimeZone) zone = time_zone_find(cases[i].name);
    g_assert_nonnull(zone);
    g_autoptr(GDateTime) winter = g_date_time_new(zone, 2026, 1, 15, 12, 0, 0);
    g_autoptr(GDateTime) summer = g_date_time_new(zone, 2026, 7, 15, 12, 0, 0);
    g_assert_cmpint(g_date_time_get_utc_offset(winter) / G_TIME_SPAN_MINUTE, ==, cases[i].winter_minutes);
    g_assert_cmpint(g_date_time_get_utc_offset(summer) / G_TIME_SPAN_MINUTE, ==, cases[i].summer_minutes);
  }
}

static void test_other_names_are_unknown(void) {
  static const char *const names[] = {"Europe/Atlantis", "", "Berlin", "Europe/", "Europe/Berlin Europe/Bratislava"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    g_assert_null(time_zone_find(names[i]));
}

static void test_days_of_a_search_begin_there(void) {
  gint64 time_us = 0;
  g_autoptr(GDateTime) start = g_date_time_new_utc(2026, 6, 30, 22, 0, 0);

  g_assert_true(search_date_parse("2026-07-01", "Europe/Berlin", &time_us));
  g_assert_cmpint(time_us, ==, g_date_time_to_unix(start) * G_USEC_PER_SEC);
}

int main(int argc, char **argv) {
  g_setenv("TZDIR", "/nonexistent", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/time_zone/zone_has_its_rule_of_today", test_zone_has_its_rule_of_today);
  g_test_add_func("/time_zone/other_names_are_unknown", test_other_names_are_unknown);
  g_test_add_func("/time_zone/days_of_a_search_begin_there", test_days_of_a_search_begin_there);
  return g_test_run();
}
