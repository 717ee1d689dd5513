#pragma once
/* A regular expression that a user wrote and that strangers' addresses are matched with.
 *
 * Owns: the compiled pattern and what one match needs.
 * Thread: one at a time.
 * Errors: RULES_ERROR_PATTERN, with the pattern, where in it and what is wrong.
 * Units and limits: a text has at most RULES_TEXT_MAX bytes; a match may take RULES_STEPS_MAX steps from each byte of
 *         the text and RULES_HEAP_MAX_KIB of memory. What needs more is undecided, never a match or a mismatch.
 * Source: pcre2api(3), pcre2pattern(3). Interpreted, not compiled to machine code: a match of an address takes a
 *         microsecond or two, and a service may be forbidden to make memory executable. */
#include <glib.h>

#define RULES_ERROR (rules_error_quark())
GQuark rules_error_quark(void);

typedef enum { RULES_ERROR_PATTERN } RulesError;

enum { RULES_TEXT_MAX = 512, RULES_STEPS_MAX = 5000, RULES_HEAP_MAX_KIB = 1024 };

typedef struct RulesPattern RulesPattern;

typedef enum { RULES_MISMATCH, RULES_MATCH, RULES_UNDECIDED } RulesOutcome;

/* UTF-8; letters match in either case unless the pattern says (?-i). */
RulesPattern *rules_pattern_new(const char *text, GError **error);

/* Whether it matches anywhere in `text`, which is UTF-8. */
RulesOutcome rules_pattern_match(const RulesPattern *pattern, const char *text);

/* As it was written. Lent. */
const char *rules_pattern_text(const RulesPattern *pattern);

/* NULL is fine. */
void rules_pattern_free(RulesPattern *pattern);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RulesPattern, rules_pattern_free)
