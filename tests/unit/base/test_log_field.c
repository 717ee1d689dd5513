/* The sentences that templates make. */
#include "base/log_field.h"

static const char *const nobody[] = {NULL};
static const char *const two[] = {"x@a.example", "{<n>|y}", NULL};

static const LogField fields[] = {
    LOG_OPTIONAL("text", "a <b> {c}"),
    LOG_OPTIONAL("empty", ""),
    LOG_OPTIONAL("missing", NULL),
    LOG_LIST("list", two),
    LOG_LIST("nobody", nobody),
    LOG_NUMBER("n", -42),
    LOG_NUMBER("zero", 0),
    LOG_SAID("said", "aside"),
    LOG_SAID("unsaid", NULL),
    LOG_OPTIONAL("te", "not text"),
    {.key = NULL},
};

static const struct {
  const char *template;
  const char *said;
} cases[] = {
    {"", ""},
    {"as it is: [1] -> 2; \\ %s", "as it is: [1] -> 2; \\ %s"},
    {"<text>", "a <b> {c}"}, /* what a field has is no template */
    {"<te>, <text>.", "not text, a <b> {c}."},
    {"<n> <zero>", "-42 0"},
    {"<said>", "aside"},
    {"<list>", "x@a.example, {<n>|y}"},
    {"<list;>", "x@a.example; {<n>|y}"},
    {"(<empty><missing><nobody><unsaid><other>)", "()"},
    {"<>, < n>, <N>", "<>, < n>, <N>"},
    {"a{ <n>}b", "a -42b"},
    {"a{ <zero>}{ <empty>}{ <missing>}{ <nobody>}{ <unsaid>}{ <other>}b", "ab"},
    {"{<empty>|<n>|<said>}", "-42"},
    {"{<n>|<said>}", "-42"},
    {"{<empty>|<>} -> b", "<> -> b"},
    {"{<n> <empty>|<n> alone}", "-42 alone"},
    {"{<empty>|<missing>}", ""},
    {"{always}", "always"},
};

static void templates_say(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *said = log_fields_say(cases[i].template, fields);
    g_assert_cmpstr(said, ==, cases[i].said);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/log_field/templates_say", templates_say);
  return g_test_run();
}
