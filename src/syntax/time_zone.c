#include "syntax/time_zone.h"
#include <string.h>

static const struct {
  const char *rule;
  const char *names; /* between spaces */
} rows[] = {
#include "syntax/time_zone_rows.inc"
};

static const char *find_rule(const char *name) {
  g_autofree char *word = g_strconcat(" ", name, " ", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strstr(rows[i].names, word))
      return rows[i].rule;
  return NULL;
}

GTimeZone *time_zone_find(const char *name) {
  GTimeZone *zone = g_time_zone_new_identifier(name);
  const char *rule = zone || strchr(name, ' ') ? NULL : find_rule(name);

  return rule ? g_time_zone_new_identifier(rule) : zone;
}
