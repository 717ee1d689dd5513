#include "message/codes.h"
#include "message/code_words.h"
#include "message/html_text.h"
#include "message/message_private.h"
#include <string.h>

enum { CONTEXT_CHARACTERS = 80, LINES_BACK = 2 };

/* A line of the text, with the words about codes in it. */
typedef struct Line {
  char *text;
  CodeWord *words;
  guint n_words;
} Line;

/* Something in a line that may be a code. */
typedef struct Candidate {
  gsize start; /* in octets */
  gsize end;
  guint character; /* where it starts, in characters */
  guint n_characters;
  int points;          /* for its form */
  gboolean needs_word; /* so little like a code that only a word right before it makes it one */
} Candidate;

static void line_clear(gpointer data) {
  Line *line = data;
  g_free(line->text);
  g_free(line->words);
}

static void code_free(gpointer data) {
  MessageCode *code = data;
  g_free(code->value);
  g_free(code->context);
  g_free(code);
}

static GArray *split_lines(const char *text) {
  GArray *lines = g_array_new(FALSE, TRUE, sizeof(Line));
  g_array_set_clear_func(lines, line_clear);
  gsize len = strlen(text);
  gsize n_left = MIN(len, CODES_TEXT_OCTETS);
  while (n_left < len && n_left > 0 && ((guchar)text[n_left] & 0xC0) == 0x80)
    n_left--;
  while (n_left > 0) {
    const char *lf = memchr(text, '\n', n_left);
    gsize n_octets = lf ? (gsize)(lf - text) : n_left;
    Line line = {.text = g_strstrip(g_strndup(text, n_octets))};
    if (*line.text) {
      CodeWord words[CODE_WORDS_MAX];
      line.n_words = code_words_find(line.text, words);
      line.words = g_memdup2(words, line.n_words * sizeof *words);
      g_array_append_val(lines, line);
    } else {
      g_free(line.text);
    }
    n_left -= MIN(n_left, n_octets + 1);
    text += n_octets + 1;
  }
  return lines;
}

static gboolean is_word_octet(char c) {
  return g_ascii_isalnum(c) || (guchar)c > 127;
}

/* What is counted about the octets of a candidate. */
typedef struct Form {
  guint n_digits, n_upper, n_lower;
  guint n_groups;
  gboolean groups_equal;
} Form;

/* Groups are what spaces and hyphens separate. */
static Form form_of(const char *start, const char *end) {
  Form form = {.n_groups = 1, .groups_equal = TRUE};
  gsize group_len = 0;
  gsize first_len = 0;
  for (const char *at = start; at <= end; at++) {
    if (at == end || *at == '-' || *at == ' ') {
      first_len = first_len == 0 ? group_len : first_len;
      form.groups_equal = form.groups_equal && group_len == first_len;
      form.n_groups += at < end;
      group_len = 0;
      continue;
    }
    group_len++;
    form.n_digits += g_ascii_isdigit(*at);
    form.n_upper += g_ascii_isupper(*at);
    form.n_lower += g_ascii_islower(*at);
  }
  return form;
}

static int points_of_digits(guint n_digits) {
  static const int points[] = {[4] = 10, [5] = 12, [6] = 22, [7] = 10, [8] = 14};
  return n_digits < G_N_ELEMENTS(points) ? points[n_digits] : 0;
}

/* How much the form speaks for a code; 0: it is none. */
static int rate_form(const char *start, const char *end, gboolean *needs_word) {
  Form form = form_of(start, end);
  guint n_all = form.n_digits + form.n_upper + form.n_lower;
  *needs_word = FALSE;
  if (form.n_digits == n_all && form.n_groups == 1)
    return points_of_digits(form.n_digits);
  if (form.n_digits == n_all)
    return form.groups_equal && form.n_groups <= 3 ? points_of_digits(form.n_digits) : 0;
  if (n_all < 4 || n_all > 12 || form.n_groups > 3)
    return 0;
  *needs_word = form.n_digits == 0 || form.n_lower > 0;
  if (form.n_digits == 0 && (form.n_lower > 0 || !form.groups_equal))
    return 0;
  return form.n_lower > 0 && form.n_upper > 0 ? 0 : 12;
}

/* Numbers that the octets around them tell to be something else: money, decimals, times, dates, parts of URLs, of
 * addresses, of telephone numbers. */
static gboolean is_other_number(const char *line, const char *start, const char *end) {
  static const char *const before[] = {"$",    "€",    "£",  "¥",  "#",  "+",  "№",  "(",    "©",   "USD ",
                                       "EUR ", "GBP ", "$ ", "€ ", "£ ", "¥ ", "© ", "(c) ", "(C) "};
  static const char *const behind[] = {"%",  "€",  "$",   "£",  " €", " $", " %", " EUR", " USD", " GBP", " kr",
                                       "円", "元", " zł", "年", "-",  "/",  "@",  "://",  "_",    "="};
  gsize n_before = (gsize)(start - line);
  for (gsize i = 0; i < G_N_ELEMENTS(before); i++) {
    gsize len = strlen(before[i]);
    if (n_before >= len && memcmp(start - len, before[i], len) == 0)
      return !(strcmp(before[i], "(") == 0 && *end == ')' && !g_ascii_isdigit(end[1]) &&
               !(end[1] == ' ' && g_ascii_isdigit(end[2])));
  }
  for (gsize i = 0; i < G_N_ELEMENTS(behind); i++)
    if (strncmp(end, behind[i], strlen(behind[i])) == 0)
      return TRUE;
  if (n_before > 0 && strchr("./@_-=&?:,", start[-1]) &&
      !(start[-1] == ':' && n_before > 1 && !g_ascii_isdigit(start[-2])))
    return TRUE;
  return strchr(".,:", *end) && *end && g_ascii_isalnum(end[1]);
}

/* A year, unless a word right before it says that it is a code. */
static gboolean is_year(const char *start, const char *end) {
  return end - start == 4 && (memcmp(start, "19", 2) == 0 || memcmp(start, "20", 2) == 0);
}

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

static void find_candidates(const char *line, GArray *candidates) {
  const char *at = line;
  while (*at && candidates->len < CODE_CANDIDATES_MAX) {
    if (!g_ascii_isalnum(*at)) {
      at++;
      continue;
    }
    const char *end = find_end(at);
    Candidate candidate = {.start = (gsize)(at - line), .end = (gsize)(end - line)};
    gboolean in_word =
        (at > line && (guchar)at[-1] > 127 && g_unichar_isalpha(g_utf8_get_char(g_utf8_prev_char(at))) &&
         !g_unichar_iswide(g_utf8_get_char(g_utf8_prev_char(at)))) ||
        ((guchar)*end > 127 && g_unichar_isalpha(g_utf8_get_char(end)) && !g_unichar_iswide(g_utf8_get_char(end)));
    candidate.points = in_word || is_other_number(line, at, end) ? 0 : rate_form(at, end, &candidate.needs_word);
    candidate.needs_word = candidate.needs_word || is_year(at, end);
    if (candidate.points > 0) {
      candidate.character = (guint)g_utf8_strlen(line, at - line);
      candidate.n_characters = (guint)(end - at);
      g_array_append_val(candidates, candidate);
    }
    /* Not into the middle of what was just read. */
    at = end;
    while (is_word_octet(*at) && (guchar)*at < 128)
      at++;
  }
}

static int scale(int points, guint percent) {
  return points * (int)percent / 100;
}

/* The words before a candidate in its line: what the nearest says counts, and the strongest that says the same. Those
 * before another candidate spoke for that one. */
static int rate_before(const Line *line, const Candidate *candidate, const Candidate *previous, gboolean *is_near) {
  const CodeWord *nearest = NULL;
  int best = 0;
  for (guint i = 0; i < line->n_words; i++) {
    const CodeWord *word = &line->words[i];
    if (word->end <= candidate->character && (!nearest || word->end > nearest->end))
      nearest = word;
  }
  if (!nearest)
    return 0;
  for (guint i = 0; i < line->n_words; i++) {
    const CodeWord *word = &line->words[i];
    if (word->end > candidate->character || (word->points > 0) != (nearest->points > 0))
      continue;
    guint gap = candidate->character - word->end;
    guint percent = gap <= 5 ? 100 : gap <= 40 ? 85 : gap <= 100 ? 55 : 20;
    if (previous && previous->character >= word->end)
      percent = 20;
    int points = scale(word->points, percent);
    if (word == nearest || (word->points > 0 && points > best))
      best = points;
  }
  *is_near = nearest->points > 0 && candidate->character - nearest->end <= 5;
  return best;
}

/* "123456 is your code" */
static int rate_after(const Line *line, const Candidate *candidate) {
  int best = 0;
  guint end = candidate->character + candidate->n_characters;
  for (guint i = 0; i < line->n_words; i++) {
    const CodeWord *word = &line->words[i];
    if (word->start < end || word->points < 0)
      continue;
    guint gap = word->start - end;
    best = MAX(best, scale(word->points, gap <= 30 ? 85 : gap <= 60 ? 50 : 15));
  }
  return best;
}

static int strongest(const Line *line) {
  int best = 0;
  int worst = 0;
  for (guint i = 0; i < line->n_words; i++) {
    best = MAX(best, line->words[i].points);
    worst = MIN(worst, line->words[i].points);
  }
  return worst < 0 && best == 0 ? worst : best;
}

/* A code on a line of its own is told by the lines before it, or the one behind. */
static int rate_neighbours(const GArray *lines, guint index) {
  int points = 0;
  for (guint back = 1; back <= LINES_BACK && back <= index && points == 0; back++)
    points = scale(strongest(&g_array_index(lines, Line, index - back)), back == 1 ? 90 : 70);
  if (points == 0 && index + 1 < lines->len)
    points = scale(strongest(&g_array_index(lines, Line, index + 1)), 50);
  return points;
}

/* `previous` is the candidate before this one in its line, NULL when there is none. */
static guint rate(const GArray *lines, guint index, const Candidate *candidate, const Candidate *previous,
                  gboolean mail_has_word) {
  const Line *line = &g_array_index(lines, Line, index);
  gboolean is_near = FALSE;
  gboolean is_alone = candidate->start == 0 && line->text[candidate->end] == '\0';
  int before = rate_before(line, candidate, previous, &is_near);
  int words = before < 0 ? before : MAX(before, rate_after(line, candidate));
  if (is_alone)
    words = rate_neighbours(lines, index);
  if (candidate->needs_word && !is_near && !(is_alone && words >= 40))
    return 0;
  int points = candidate->points + words + (is_alone ? 15 : 0);
  if (words <= 0 && !mail_has_word)
    points /= 2;
  return (guint)CLAMP(points * 6 / 5, 0, 99);
}

/* The line, or what of it is around the candidate. */
static char *make_context(const char *line, const Candidate *candidate) {
  guint first = candidate->character > CONTEXT_CHARACTERS ? candidate->character - CONTEXT_CHARACTERS : 0;
  const char *start = g_utf8_offset_to_pointer(line, first);
  const char *end = line + candidate->end;
  for (guint i = 0; i < CONTEXT_CHARACTERS && *end; i++)
    end = g_utf8_next_char(end);
  return g_strstrip(g_strndup(start, (gsize)(end - start)));
}

/* Groups of digits are typed in one; what has letters is typed as it stands. */
static char *make_value(const char *line, const Candidate *candidate) {
  char *value = g_strndup(line + candidate->start, candidate->end - candidate->start);
  if (strspn(value, "0123456789- ") != strlen(value))
    return value;
  char *out = value;
  for (const char *at = value; *at; at++)
    if (g_ascii_isdigit(*at))
      *out++ = *at;
  *out = '\0';
  return value;
}

static void add_code(GPtrArray *codes, MessageCodeKind kind, char *value, char *context, guint confidence) {
  g_autofree char *owned_value = value;
  g_autofree char *owned_context = context;
  for (guint i = 0; i < codes->len; i++) {
    MessageCode *known = g_ptr_array_index(codes, i);
    if (strcmp(known->value, value) != 0)
      continue;
    if (confidence > known->confidence) {
      known->confidence = confidence;
      g_free(known->context);
      known->context = g_steal_pointer(&owned_context);
    }
    return;
  }
  MessageCode *code = g_new0(MessageCode, 1);
  code->kind = kind;
  code->value = g_steal_pointer(&owned_value);
  code->context = g_steal_pointer(&owned_context);
  code->confidence = confidence;
  g_ptr_array_add(codes, code);
}

static gboolean has_word(const GArray *lines) {
  for (guint i = 0; i < lines->len; i++)
    if (strongest(&g_array_index(lines, Line, i)) > 0)
      return TRUE;
  return FALSE;
}

static void find_in_text(const char *text, GPtrArray *codes) {
  g_autoptr(GArray) lines = split_lines(text);
  g_autoptr(GArray) candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
  gboolean mail_has_word = has_word(lines);
  guint n_rated = 0;
  for (guint i = 0; i < lines->len && n_rated < CODE_CANDIDATES_MAX; i++) {
    const Line *line = &g_array_index(lines, Line, i);
    g_array_set_size(candidates, 0);
    find_candidates(line->text, candidates);
    for (guint j = 0; j < candidates->len && n_rated < CODE_CANDIDATES_MAX; j++, n_rated++) {
      const Candidate *candidate = &g_array_index(candidates, Candidate, j);
      const Candidate *previous = j > 0 ? candidate - 1 : NULL;
      guint confidence = rate(lines, i, candidate, previous, mail_has_word);
      if (confidence >= CODE_CONFIDENCE_MIN)
        add_code(codes, MESSAGE_CODE, make_value(line->text, candidate), make_context(line->text, candidate),
                 confidence);
    }
  }
}

/* Long random words in a URL are the secret that a confirmation carries. */
static gboolean has_secret(const char *url) {
  enum { SECRET_OCTETS = 16 };
  guint run = 0;
  guint n_digits = 0;
  for (const char *at = url + strcspn(url, ":"); *at; at++) {
    gboolean part = g_ascii_isalnum(*at) || *at == '_' || *at == '-';
    run = part ? run + 1 : 0;
    n_digits = part ? n_digits + g_ascii_isdigit(*at) : 0;
    if (run >= SECRET_OCTETS && n_digits >= 3)
      return TRUE;
  }
  return FALSE;
}

static void find_links(const GPtrArray *links, GPtrArray *codes) {
  for (guint i = 0; i < links->len && i < CODE_CANDIDATES_MAX; i++) {
    const MessageLink *link = g_ptr_array_index(links, i);
    if ((link->kind != LINK_ANCHOR && link->kind != LINK_TEXT) || g_ascii_strncasecmp(link->url, "http", 4) != 0)
      continue;
    int points = code_words_rate_link(link->kind == LINK_TEXT ? "" : link->text, link->url);
    points += points > 0 && has_secret(link->url) ? 25 : 0;
    if (points >= CODE_CONFIDENCE_MIN)
      add_code(codes, MESSAGE_CODE_LINK, g_strdup(link->url), g_strdup(link->context), (guint)MIN(points, 99));
  }
}

static int compare(gconstpointer a, gconstpointer b) {
  const MessageCode *first = *(const MessageCode *const *)a;
  const MessageCode *second = *(const MessageCode *const *)b;
  if (first->kind != second->kind)
    return first->kind < second->kind ? -1 : 1;
  return (first->confidence < second->confidence) - (first->confidence > second->confidence);
}

/* Leaves CODES_MAX of each kind. */
static void cut(GPtrArray *codes) {
  guint n_of_kind[2] = {0};
  for (guint i = 0; i < codes->len;) {
    const MessageCode *code = g_ptr_array_index(codes, i);
    if (++n_of_kind[code->kind] > CODES_MAX)
      g_ptr_array_remove_index(codes, i);
    else
      i++;
  }
}

GPtrArray *codes_find(const char *subject, const char *text, const GPtrArray *links) {
  GPtrArray *codes = g_ptr_array_new_with_free_func(code_free);
  g_autofree char *all = g_strconcat(subject ? subject : "", "\n", text, NULL);
  find_in_text(all, codes);
  if (links)
    find_links(links, codes);
  g_ptr_array_sort(codes, compare);
  cut(codes);
  return codes;
}

GPtrArray *message_codes(const Message *message) {
  g_autofree char *subject = message_header_text(message, "Subject");
  g_autofree char *text = message_join(message, MESSAGE_PART_TEXT, CODES_TEXT_OCTETS);
  g_autofree char *html = message_join(message, MESSAGE_PART_HTML, 16 * CODES_TEXT_OCTETS);
  g_autofree char *shown = html ? html_text(html, HTML_TEXT_LINES, CODES_TEXT_OCTETS) : NULL;
  g_autofree char *both = g_strjoin("\n", text ? text : "", shown, NULL);
  g_autoptr(GPtrArray) links = message_links(message);
  return codes_find(subject, both, links);
}
