#include "message/code_forms.h"

#include "message/invisible.h"
#include <string.h>

enum { DIGITS_USUAL_MAX = 8, SPELLED_MIN = 4, SPELLED_MAX = 12, SPELLED_GAP_MAX = 5 };

/* --- one way to write each character */

static gboolean is_hyphen(gunichar c) {
  return (c >= 0x2010 && c <= 0x2012) || c == 0x2212 || c == 0xFE63 || c == 0xFF0D;
}

static gboolean is_dash(gunichar c) {
  return c >= 0x2013 && c <= 0x2015;
}

static gunichar simplify(gunichar c) {
  if (g_unichar_isdigit(c))
    return (gunichar)('0' + g_unichar_digit_value(c));
  if ((c >= 0xFF21 && c <= 0xFF3A) || (c >= 0xFF41 && c <= 0xFF5A))
    return c - 0xFF21 + 'A';
  if (g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR)
    return ' ';
  return is_hyphen(c) ? '-' : c;
}

char *code_forms_normalize(const char *text, gsize len) {
  GString *out = g_string_sized_new(len);

  for (const char *at = text; at < text + len; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c < 128)
      g_string_append_c(out, c == '\t' ? ' ' : (char)c);
    else if (is_dash(c) && out->len > 0 && g_ascii_isdigit(out->str[out->len - 1]) && g_ascii_isdigit(at[3]))
      g_string_append_c(out, '-');
    else if (!character_is_invisible(c))
      g_string_append_unichar(out, simplify(c));
  }
  return g_string_free(out, FALSE);
}

/* --- rating a form */

/* What is counted about the bytes of a form. */
typedef struct Counts {
  guint n_digits, n_upper, n_lower;
  guint n_turns; /* from one case to the other */
  guint n_groups;
  gsize group_len; /* of the first */
  gboolean groups_equal;
} Counts;

/* Groups are what spaces and hyphens separate. */
static Counts count(const char *start, const char *end) {
  Counts counts = {.n_groups = 1, .groups_equal = TRUE};
  gsize group_len = 0;

  for (const char *at = start; at <= end; at++) {
    if (at == end || *at == '-' || *at == ' ') {
      counts.group_len = counts.group_len == 0 ? group_len : counts.group_len;
      counts.groups_equal = counts.groups_equal && group_len == counts.group_len;
      counts.n_groups += at < end;
      group_len = 0;
      continue;
    }
    group_len++;
    counts.n_digits += g_ascii_isdigit(*at);
    counts.n_upper += g_ascii_isupper(*at);
    counts.n_lower += g_ascii_islower(*at);
    counts.n_turns += at > start && g_ascii_isalpha(at[-1]) && g_ascii_isalpha(*at) &&
                      g_ascii_isupper(at[-1]) != g_ascii_isupper(*at);
  }
  return counts;
}

static int points_of_digits(guint n_digits) {
  static const int points[] = {[4] = 10, [5] = 12, [6] = 22, [7] = 10, [8] = 14, [9] = 8};

  return n_digits < G_N_ELEMENTS(points) ? points[n_digits] : 0;
}

/* How much a word with letters speaks for a code. Names are written with capitals inside, too: "YouTube". */
static int rate_letters(const Counts *counts, guint n_all, gboolean *needs_word) {
  enum { TURNS_MIN = 4 };

  if (n_all < 4 || n_all > 12 || counts->n_groups > 3)
    return 0;
  *needs_word = counts->n_digits == 0 || counts->n_lower > 0;
  if (counts->n_digits > 0)
    return 12;
  if (counts->n_lower > 0)
    return counts->n_groups == 1 && counts->n_turns >= TURNS_MIN ? 12 : 0;
  return counts->groups_equal ? 12 : 0;
}

static guint two_digits(const char *at) {
  return (guint)(at[0] - '0') * 10 + (guint)(at[1] - '0');
}

static gboolean is_day(guint month, guint day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* A year, or a day as "20260302", "02-03-26". */
static gboolean is_date(const char *start, const char *end, const Counts *counts) {
  gboolean in_century = memcmp(start, "19", 2) == 0 || memcmp(start, "20", 2) == 0;

  if (counts->n_groups == 1 && end - start == 4)
    return in_century;
  if (counts->n_groups == 1 && end - start == 8)
    return in_century && is_day(two_digits(start + 4), two_digits(start + 6));
  if (counts->n_groups != 3 || counts->group_len != 2 || start[2] != '-')
    return FALSE;
  guint first = two_digits(start);
  guint second = two_digits(start + 3);
  return is_day(first, second) || is_day(second, first) || is_day(second, two_digits(start + 6));
}

/* 0: it is not a code. */
static int rate(const char *start, const char *end, gboolean *needs_word) {
  Counts counts = count(start, end);
  guint n_all = counts.n_digits + counts.n_upper + counts.n_lower;

  *needs_word = FALSE;
  if (counts.n_digits < n_all)
    return rate_letters(&counts, n_all, needs_word);
  if (!counts.groups_equal || counts.n_groups > 3)
    return 0;
  int points = points_of_digits(counts.n_digits);
  *needs_word = points > 0 && (counts.n_digits > DIGITS_USUAL_MAX || is_date(start, end, &counts));
  return points;
}

/* --- what is something else */

/* What stands before or after a number that is money, a count, part of a URL or of an address. Where there are two
 * ways, with a space and without, both are rows. */
static const char *const marks_before[] = {
    "$",    "€",    "£",    "¥",    "₹",    "₩",    "₺",    "₽",   "#",   "+",    "№",   "(",   "©",
    "USD ", "EUR ", "GBP ", "CHF ", "JPY ", "INR ", "PLN ", "Rs ", "Rs.", "Rs. ", "$ ",  "€ ",  "£ ",
    "¥ ",   "₹ ",   "₩ ",   "R$ ",  "© ",   "(c) ", "(C) ", "*",   "•",   "** ",  "•• ", "XX ", "xx ",
};
static const char *const marks_after[] = {
    "%",    "€",    "$",    "£",    "₽",    "₺",    "₩",    "₹",    " €",   " $",   " %",   " ₽",
    " ₺",   " EUR", " USD", " GBP", " CHF", " RUB", " UAH", " PLN", " BRL", " INR", " CNY", " KRW",
    " TRY", " CZK", " SEK", " NOK", " DKK", " HUF", " JPY", " kr",  "kr",   " Kč",  " Ft",  " TL",
    " lei", " руб", " zł",  "円",   " 円",  "元",   " 元",  "원",   " 원",  "年",   "块",   " грн",
    "-",    "/",    "@",    "://",  "_",    "=",    " บาท", "đ",    " ₫",   "ج.م",
};

static gboolean has_mark_before(const char *line, const char *start, const char *end) {
  gsize n_before = (gsize)(start - line);

  for (gsize i = 0; i < G_N_ELEMENTS(marks_before); i++) {
    gsize len = strlen(marks_before[i]);
    if (n_before < len || memcmp(start - len, marks_before[i], len) != 0)
      continue;
    /* Of telephone numbers "(555)" is only the beginning. */
    gboolean is_in_brackets = strcmp(marks_before[i], "(") == 0 && *end == ')' && !g_ascii_isdigit(end[1]) &&
                              !(end[1] == ' ' && g_ascii_isdigit(end[2]));
    /* "**482913**" is printed in bold. */
    gboolean is_bold = strcmp(marks_before[i], "*") == 0 && *end == '*';
    /* "Code: #482913" */
    gboolean is_named = strcmp(marks_before[i], "#") == 0 && n_before > 2 && start[-2] == ' ' && start[-3] == ':';
    return !is_in_brackets && !is_bold && !is_named;
  }
  return FALSE;
}

/* Money, decimals, times, dates, parts of URLs, of addresses, of telephone numbers. */
static gboolean is_something_else(const char *line, const char *start, const char *end) {
  if (has_mark_before(line, start, end))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(marks_after); i++)
    if (g_str_has_prefix(end, marks_after[i]))
      return TRUE;
  if (start > line && strchr("./@_-=&?:,", start[-1]) &&
      !(start[-1] == ':' && start - line > 1 && !g_ascii_isdigit(start[-2])))
    return TRUE;
  return *end && strchr(".,:", *end) && g_ascii_isalnum(end[1]);
}

static gboolean is_letter_of_word(gunichar c) {
  return c > 127 && g_unichar_isalpha(c) && !g_unichar_iswide(c) && g_unichar_get_script(c) != G_UNICODE_SCRIPT_THAI;
}

static gboolean is_in_word(const char *line, const char *start, const char *end) {
  return (start > line && is_letter_of_word(g_utf8_get_char(g_utf8_prev_char(start)))) ||
         is_letter_of_word(g_utf8_get_char(end));
}

/* --- finding */

/* Where the word or number that begins at `at` ends; groups of digits go together when one space is between them. */
static const char *find_end(const char *at) {
  const char *end = at;
  gboolean digits = TRUE;

  while (TRUE) {
    while (g_ascii_isalnum(*end))
      digits = g_ascii_isdigit(*end++) && digits;
    gboolean joins = *end == '-' ? g_ascii_isalnum(end[1]) : *end == ' ' && digits && g_ascii_isdigit(end[1]);
    if (!joins)
      return end;
    end++;
  }
}

/* The next single character of a code in boxes; NULL: what follows is not one. */
static const char *next_spelled(const char *at) {
  const char *next = at;

  while (*next && strchr(" -|.", *next) && next - at <= SPELLED_GAP_MAX)
    next++;
  return next > at && g_ascii_isalnum(*next) && !g_ascii_isalnum(next[1]) && (guchar)next[1] < 128 ? next : NULL;
}

/* "4 8 2 9 1 3", "4-8-2", "| 4 | 8 |". Counted up or down it is more likely a list of pages or stars. NULL: it is not.
 */
static const char *find_spelled(const char *start, CodeForm *form) {
  guint n = 1;
  guint n_up = 0;
  guint n_down = 0;
  guint n_digits = g_ascii_isdigit(*start);
  gboolean is_lower = g_ascii_islower(*start);
  const char *last = start;

  for (const char *next; !g_ascii_isalnum(start[1]) && (next = next_spelled(last + 1)); last = next) {
    n++;
    n_digits += g_ascii_isdigit(*next);
    is_lower = is_lower || g_ascii_islower(*next);
    n_up += *next == *last + 1;
    n_down += *next == *last - 1;
  }
  if (n < SPELLED_MIN)
    return NULL;
  form->is_spelled = TRUE;
  form->needs_word = n_digits < n || n_up == n - 1 || n_down == n - 1;
  form->points = n > SPELLED_MAX || (is_lower && n_digits == 0) ? 0 : n_digits == n ? points_of_digits(n) : 12;
  return last + 1;
}

void code_forms_find(const char *line, GArray *forms) {
  const char *at = line;
  const char *counted = line; /* up to where characters were counted */
  guint n_characters = 0;

  while (*at && forms->len < CODE_FORMS_MAX) {
    if (!g_ascii_isalnum(*at)) {
      at++;
      continue;
    }
    CodeForm form = {.start = (gsize)(at - line)};
    const char *end = find_spelled(at, &form);
    if (!end) {
      end = find_end(at);
      form.points = rate(at, end, &form.needs_word);
    }
    form.end = (gsize)(end - line);
    if (form.points > 0 && !is_in_word(line, at, end) && !is_something_else(line, at, end)) {
      n_characters += (guint)g_utf8_strlen(counted, at - counted);
      counted = at;
      form.character = n_characters;
      form.n_characters = (guint)(end - at);
      g_array_append_val(forms, form);
    }
    /* Not into the middle of what was just read. */
    at = end;
    while (g_ascii_isalnum(*at))
      at++;
  }
}

char *code_forms_value(const char *line, const CodeForm *form) {
  char *value = g_strndup(line + form->start, form->end - form->start);

  if (!form->is_spelled && strspn(value, "0123456789- ") != strlen(value))
    return value;
  char *out = value;
  for (const char *at = value; *at; at++)
    if (g_ascii_isalnum(*at))
      *out++ = *at;
  *out = '\0';
  return value;
}
