#pragma once
/* Pages made from the tables of options and commands when dsmtpd is built.
 *
 * Owns: nothing; they are printed on standard output.
 * Thread: the main thread.
 * Errors: told in one line on standard error.
 * Source: mdoc(7); bash(1), "Programmable Completion"; zshcompsys(1); fish-completions(1). */
#include "app/option.h"

/* The manual page: the lines of the template, with lists made from the tables in place of lines such as @OPTIONS@. */
gboolean page_manual(const char *template_path);

/* Completions. */
void page_bash(void);
void page_zsh(void);
void page_fish(void);

/* docs/options.md. */
void page_options(void);

/* --- for completions */

/* Words to choose from, in a form all three shells take for a list. The caller frees. */
char *page_choices(const Option *option);

/* The help up to its first semicolon, which is about what fits beside a name. The caller frees. */
char *page_short_help(const Option *option);

/* The value is the path of a file. */
gboolean page_takes_file(const Option *option);
