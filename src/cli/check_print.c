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

/* Where a finding is: "`name`:12", or "line 12" without a name. `line` 0: not known. */
static void print_start(Output *output, const char *name, gint64 line) {
  g_autofree char *start = name ? output_clean(name) : NULL;
  g_autofree char *number = g_strdup_printf("%s%" G_GINT64_FORMAT, name ? ":" : "line ", line);

  if (!name && line == 0)
    return;
  output_text(output, name ? start : "");
  output_text(output, line > 0 ? number : "");
  output_text(output, ": ");
}

/* The line of the file or of the message as received; 0: not known, or one of the HTML, which is encoded there. */
static gint64 line_of(const json_t *report, const json_t *finding) {
  const json_t *location = json_object_get(finding, "Location");

  if (strcmp(json_member_text(location, "In"), "raw") != 0)
    return 0;
  return json_member_number(location, "Line") + MAX(json_member_number(report, "FirstLine"), 1) - 1;
}

/* "TEXT (DETAIL, line 3 of the HTML) [NAME, SOURCE]". The caller frees. */
static char *text_of(const json_t *finding) {
  const json_t *location = json_object_get(finding, "Location");
  const char *detail = json_member_text(finding, "Detail");
  gboolean is_in_html = strcmp(json_member_text(location, "In"), "html") == 0;
  GString *text = g_string_new(json_member_text(finding, "Text"));

  if (*detail != '\0' || is_in_html)
    g_string_append_printf(text, " (%s", detail);
  if (is_in_html)
    g_string_append_printf(text, "%sline %" G_GINT64_FORMAT " of the HTML", *detail != '\0' ? ", " : "",
                           json_member_number(location, "Line"));
  if (*detail != '\0' || is_in_html)
    g_string_append_c(text, ')');
  g_string_append_printf(text, " [%s, %s]", json_member_text(finding, "Name"), json_member_text(finding, "Source"));
  return g_string_free(text, FALSE);
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
    tally->counts[severity]++;
    if (severity < least)
      continue;
    g_autofree char *text = text_of(finding);
    print_start(output, name, line_of(report, finding));
    print_severity(output, severity);
    output_line(output, text);
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
  print_start(output, name, 0);
  output_line(output, line);
  for (size_t i = 0; is_full && i < json_array_size(lacking); i++) {
    const json_t *feature = json_array_get(lacking, i);
    g_autofree char *score = score_text(json_object_get(feature, "Score"));
    gint64 line_number = json_member_number(json_object_get(feature, "Location"), "Line");
    g_autofree char *location =
        line_number > 0 ? g_strdup_printf(" (line %" G_GINT64_FORMAT " of the HTML)", line_number) : g_strdup("");
    g_autofree char *text =
        g_strdup_printf("client support of %s: %s%s [%s, %s]", json_member_text(feature, "Title"), score, location,
                        json_member_text(feature, "Slug"), json_member_text(feature, "URL"));
    print_start(output, name, 0);
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
