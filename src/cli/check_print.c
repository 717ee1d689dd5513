#include "cli/check_print.h"
#include "cli/json_member.h"
#include <string.h>

static const struct {
  const char *level; /* of the API */
  const char *name;
  OutputStyle style;
} severities[SEVERITIES_N] = {
    [SEVERITY_NOTE] = {"info", "note", OUTPUT_DIM},
    [SEVERITY_WARNING] = {"warning", "warning", OUTPUT_WARNING},
    [SEVERITY_ERROR] = {"error", "error", OUTPUT_ERROR},
};

static Severity severity_of(const json_t *finding) {
  for (int i = 0; i < SEVERITIES_N; i++)
    if (strcmp(json_member_text(finding, "Level"), severities[i].level) == 0)
      return (Severity)i;
  return SEVERITY_NOTE;
}

static void print_start(Output *output, const char *name) {
  g_autofree char *start = name ? output_clean(name) : NULL;

  if (!start)
    return;
  output_text(output, start);
  output_text(output, ": ");
}

static void print_severity(Output *output, Severity severity) {
  output_styled(output, severities[severity].style, severities[severity].name);
  output_text(output, ": ");
}

void check_print_findings(Output *output, const char *name, const json_t *report, Severity least, CheckTally *tally) {
  const json_t *findings = json_object_get(report, "Checks");

  for (size_t i = 0; i < json_array_size(findings); i++) {
    const json_t *finding = json_array_get(findings, i);
    Severity severity = severity_of(finding);
    const char *detail = json_member_text(finding, "Detail");
    gboolean has_detail = *detail != '\0';
    tally->counts[severity]++;
    if (severity < least)
      continue;
    g_autofree char *line =
        g_strdup_printf("%s%s%s%s [%s, %s]", json_member_text(finding, "Text"), has_detail ? " (" : "", detail,
                        has_detail ? ")" : "", json_member_text(finding, "Name"), json_member_text(finding, "Source"));
    print_start(output, name);
    print_severity(output, severity);
    output_line(output, line);
  }
}

static char *score_text(const json_t *score) {
  return g_strdup_printf(
      "%.1f %% full, %.1f %% partial, %.1f %% none", json_number_value(json_object_get(score, "Supported")),
      json_number_value(json_object_get(score, "Partial")), json_number_value(json_object_get(score, "Unsupported")));
}

void check_print_support(Output *output, const char *name, const json_t *report, gboolean is_full) {
  const json_t *support = json_object_get(report, "ClientSupport");
  const json_t *lacking = json_object_get(support, "Warnings");

  if (!json_is_object(support))
    return;
  g_autofree char *total = score_text(json_object_get(support, "Total"));
  g_autofree char *line = g_strdup_printf("client support: %s [caniemail.com]", total);
  print_start(output, name);
  output_line(output, line);
  for (size_t i = 0; is_full && i < json_array_size(lacking); i++) {
    const json_t *feature = json_array_get(lacking, i);
    g_autofree char *score = score_text(json_object_get(feature, "Score"));
    g_autofree char *text = g_strdup_printf("client support of %s: %s [%s, %s]", json_member_text(feature, "Title"),
                                            score, json_member_text(feature, "Slug"), json_member_text(feature, "URL"));
    print_start(output, name);
    print_severity(output, SEVERITY_NOTE);
    output_line(output, text);
  }
}

char *check_tally_text(const CheckTally *tally) {
  GString *text = g_string_new(NULL);

  for (int i = SEVERITIES_N; i > 0; i--) {
    guint n = tally->counts[i - 1];
    g_string_append_printf(text, "%s%u %s%s", text->len > 0 ? ", " : "", n, severities[i - 1].name, n == 1 ? "" : "s");
  }
  return g_string_free(text, FALSE);
}
