#include "message/codes.h"
#include "base/utf8.h"
#include "message/code_forms.h"
#include "message/code_words.h"
#include "message/html_text.h"
#include "message/message_private.h"
#include "message/text_urls.h"
#include <string.h>

enum { CONTEXT_CHARACTERS = 80, LINES_BACK = 2 };

/* A line of the text, with the words about codes in it. */
typedef struct Line {
  char *text;
  CodeWord *words;
  guint n_words;
} Line;

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

/* One of the boxes that a code is shown in, where each is a paragraph of its own. */
static gboolean is_box(const char *line) {
  return g_ascii_isalnum(line[0]) && line[1] == '\0';
}

/* Takes the text. Boxes become one line. */
static void add_line(GArray *lines, char *text, gboolean follows_box) {
  Line *last = follows_box ? &g_array_index(lines, Line, lines->len - 1) : NULL;

  if (last && strlen(last->text) < CONTEXT_CHARACTERS) {
    g_autofree char *before = last->text;
    g_autofree char *box = text;
    last->text = g_strconcat(before, " ", box, NULL);
    return;
  }
  CodeWord words[CODE_WORDS_MAX];
  Line line = {.text = text};
  line.n_words = code_words_find(line.text, words);
  line.words = g_memdup2(words, line.n_words * sizeof *words);
  g_array_append_val(lines, line);
}

static GArray *split_lines(const char *text) {
  GArray *lines = g_array_new(FALSE, TRUE, sizeof(Line));

  g_array_set_clear_func(lines, line_clear);
  gsize n_left = utf8_cut(text, MIN(strlen(text), CODES_TEXT_BYTES));
  gboolean was_box = FALSE;
  while (n_left > 0) {
    const char *lf = memchr(text, '\n', n_left);
    gsize n_bytes = lf ? (gsize)(lf - text) : n_left;
    char *line = g_strstrip(code_forms_normalize(text, n_bytes));
    if (g_str_has_prefix(line, "- ") && is_box(line + 2)) /* of a list */
      memmove(line, line + 2, strlen(line + 2) + 1);
    gboolean box = is_box(line);
    if (*line)
      add_line(lines, line, box && was_box);
    else
      g_free(line);
    was_box = box || (was_box && n_bytes == 0);
    n_left -= MIN(n_left, n_bytes + 1);
    text += n_bytes + 1;
  }
  return lines;
}

static int scale(int points, guint percent) {
  return points * (int)percent / 100;
}

/* What is written between a word and the form after it, small letters and digits alone. The caller frees. */
static char *letters_between(const Line *line, const CodeForm *form, guint word_end) {
  GString *letters = g_string_new(NULL);
  const char *end = line->text + form->start;

  for (const char *at = g_utf8_offset_to_pointer(line->text, word_end); at < end; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (g_unichar_isalnum(c) || g_unichar_ismark(c))
      g_string_append_unichar(letters, g_unichar_tolower(c));
  }
  return g_string_free(letters, FALSE);
}

/* Whether the form is the next thing that is said after the word, or follows a colon at the end of the line. */
static gboolean is_near(const Line *line, const CodeForm *form, guint word_end) {
  static const char *const copulas[] = {"",      "is", "ist", "lautet", "est",   "estle", "es",   "é",    "è",
                                        "e",     "är", "er",  "on",     "to",    "je",    "jest", "este", "là",
                                        "は",    "が", "为",  "為",     "是",    "은",    "는",   "это",  "adalah",
                                        "ialah", "है",  "คือ",  "هو",     "είναι", NULL};
  enum { NEAR_CHARACTERS = 14, COLON_CHARACTERS = 40 };
  guint gap = form->character - word_end;

  if (gap > COLON_CHARACTERS)
    return FALSE;
  const char *before = line->text + form->start;
  while (before > line->text && before[-1] == ' ')
    before--;
  gboolean has_colon = (before > line->text && before[-1] == ':') ||
                       (before - line->text >= 3 && strncmp(before - strlen("："), "：", strlen("：")) == 0);
  if (has_colon && line->text[form->end] == '\0')
    return TRUE;
  g_autofree char *between = gap <= NEAR_CHARACTERS ? letters_between(line, form, word_end) : NULL;
  return between && g_strv_contains(copulas, between);
}

/* "order number 482913" is about the number; "the code for your order is 482913" is not about the order's. */
static gboolean binds(const Line *line, const CodeForm *form, const CodeWord *word) {
  static const char *const numbers[] = {"",       "number", "no",   "nr", "num", "id",   "nummer", "numéro", "número",
                                        "numero", "номер",  "番号", "号", "號",  "번호", "رقم",    NULL};
  enum { BINDS_CHARACTERS = 12 };
  g_autofree char *between =
      form->character - word->end <= BINDS_CHARACTERS ? letters_between(line, form, word->end) : NULL;

  return between && g_strv_contains(numbers, between);
}

/* What was said before a form in its line. */
typedef struct Said {
  guint number_end; /* of the form before, in characters; what speaks against codes before it was about that one */
  guint code_start; /* of the last form that a word made a code; 0: none */
} Said;

/* The word that a form in the line is about: the nearest before it. One that speaks against codes gives way to an
 * earlier one for them, unless it is about this number. NULL: there is none. */
static const CodeWord *find_nearest(const Line *line, const CodeForm *form, const Said *said) {
  const CodeWord *nearest = NULL;
  const CodeWord *nearest_for = NULL;

  for (guint i = 0; i < line->n_words; i++) {
    const CodeWord *word = &line->words[i];
    if (word->end > form->character || (word->points < 0 && word->end <= said->number_end))
      continue;
    nearest = !nearest || word->end > nearest->end ? word : nearest;
    if (word->points > 0 && word->end > said->number_end)
      nearest_for = !nearest_for || word->end > nearest_for->end ? word : nearest_for;
  }
  return nearest && nearest->points < 0 && nearest_for && !binds(line, form, nearest) ? nearest_for : nearest;
}

/* What the nearest word says counts, and the strongest that says the same. */
static int rate_before(const Line *line, const CodeForm *form, const Said *said, gboolean *near) {
  const CodeWord *nearest = find_nearest(line, form, said);
  int best = 0;

  if (!nearest)
    return 0;
  for (guint i = 0; i < line->n_words; i++) {
    const CodeWord *word = &line->words[i];
    if (word->end > form->character || (word->points > 0) != (nearest->points > 0))
      continue;
    guint gap = form->character - word->end;
    guint percent = gap <= 5 ? 100 : gap <= 40 ? 85 : gap <= 100 ? 55 : 20;
    if (said->code_start > 0 && said->code_start >= word->end)
      percent = 20;
    int points = scale(word->points, percent);
    if (word == nearest || (word->points > 0 && points > best))
      best = points;
  }
  *near = nearest->points > 0 && is_near(line, form, nearest->end);
  return best;
}

/* "vM8xw is your code", "use vM8xw as the code" */
static gboolean says_what_it_is(const char *after) {
  static const char *const words[] = {" is ", " as ", " ist ", " est ", " es ", " è ",
                                      " é ",  " är ", " er ",  "は",    "是",   "为"};

  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (g_str_has_prefix(after, words[i]))
      return TRUE;
  return FALSE;
}

/* "123456 is your code"; or "4417 ile biten kart", where what is right after the number says that it is not one. */
static int rate_after(const Line *line, const CodeForm *form, gboolean *near) {
  enum { RIGHT_AFTER = 2, SAME_PHRASE = 20, SAME_SENTENCE = 30 };
  int best = 0;
  int against = 0;
  guint nearest_for = G_MAXUINT;
  guint end = form->character + form->n_characters;

  for (guint i = 0; i < line->n_words; i++) {
    const CodeWord *word = &line->words[i];
    if (word->start < end)
      continue;
    guint gap = word->start - end;
    if (word->points < 0 && gap <= RIGHT_AFTER)
      against = word->points;
    if (word->points <= 0)
      continue;
    nearest_for = MIN(nearest_for, gap);
    *near = *near || (word->points >= 40 && gap <= SAME_SENTENCE && says_what_it_is(line->text + form->end));
    best = MAX(best, scale(word->points, gap <= 30 ? 85 : gap <= 60 ? 50 : 15));
  }
  return against < 0 && nearest_for > SAME_PHRASE ? against : best;
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

/* A code on a line of its own is known by the lines before it, or the one after it. */
static int rate_neighbours(const GArray *lines, guint index) {
  int points = 0;

  for (guint back = 1; back <= LINES_BACK && back <= index && points == 0; back++)
    points = scale(strongest(&g_array_index(lines, Line, index - back)), back == 1 ? 90 : 70);
  if (points == 0 && index + 1 < lines->len)
    points = scale(strongest(&g_array_index(lines, Line, index + 1)), 50);
  return points;
}

/* A line without such words, next to one that has them: "Your code:", "Enter 482913 to log in". */
static int rate_silent(const GArray *lines, guint index, const CodeForm *form) {
  enum { STRONG_FORM = 20 };

  return form->points >= STRONG_FORM ? scale(rate_neighbours(lines, index), 60) : 0;
}

static guint rate(const GArray *lines, guint index, const CodeForm *form, Said *said, gboolean mail_has_word) {
  const Line *line = &g_array_index(lines, Line, index);
  gboolean near = FALSE;
  gboolean is_alone = form->start == 0 && line->text[form->end] == '\0';
  int before = rate_before(line, form, said, &near);
  int after = rate_after(line, form, &near);
  int words = before < 0 || (before == 0 && after < 0) ? MIN(before, after) : MAX(before, after);

  if (is_alone)
    words = rate_neighbours(lines, index);
  else if (words == 0)
    words = rate_silent(lines, index, form);
  if (!form->needs_word || near)
    said->number_end = form->character + form->n_characters;
  if (words > 0)
    said->code_start = MAX(form->character, 1);
  int words_min = strpbrk(line->text, "-0123456789") ? 30 : 40; /* a word in capitals alone may be a heading */
  if (form->needs_word && !near && !(is_alone && words >= words_min))
    return 0;
  int points = form->points + words + (is_alone ? 15 : 0);
  if (words <= 0 && !mail_has_word)
    points /= 2;
  return (guint)CLAMP(points * 6 / 5, 0, 99);
}

/* The line, or what of it is around the form. */
static char *make_context(const char *line, const CodeForm *form) {
  guint first = form->character > CONTEXT_CHARACTERS ? form->character - CONTEXT_CHARACTERS : 0;
  const char *start = g_utf8_offset_to_pointer(line, first);
  const char *end = line + form->end;

  for (guint i = 0; i < CONTEXT_CHARACTERS && *end; i++)
    end = g_utf8_next_char(end);
  return g_strstrip(g_strndup(start, (gsize)(end - start)));
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
  g_autoptr(GArray) forms = g_array_new(FALSE, FALSE, sizeof(CodeForm));
  gboolean mail_has_word = has_word(lines);
  guint n_rated = 0;

  for (guint i = 0; i < lines->len && n_rated < CODE_CANDIDATES_MAX; i++) {
    const Line *line = &g_array_index(lines, Line, i);
    Said said = {0};
    g_array_set_size(forms, 0);
    code_forms_find(line->text, forms);
    for (guint j = 0; j < forms->len && n_rated < CODE_CANDIDATES_MAX; j++, n_rated++) {
      const CodeForm *form = &g_array_index(forms, CodeForm, j);
      guint confidence = rate(lines, i, form, &said, mail_has_word);
      if (confidence >= CODE_CONFIDENCE_MIN)
        add_code(codes, MESSAGE_CODE, code_forms_value(line->text, form), make_context(line->text, form), confidence);
    }
  }
}

/* Long random words in a URL are the secret that a confirmation carries. */
static gboolean has_secret(const char *url) {
  enum { SECRET_BYTES = 16 };
  guint run = 0;
  guint n_digits = 0;

  for (const char *at = url + strcspn(url, ":"); *at; at++) {
    gboolean part = g_ascii_isalnum(*at) || *at == '_' || *at == '-';
    run = part ? run + 1 : 0;
    n_digits = part ? n_digits + g_ascii_isdigit(*at) : 0;
    if (run >= SECRET_BYTES && n_digits >= 3)
      return TRUE;
  }
  return FALSE;
}

/* Of the web or in an app; not to somebody, as mailto: and tel: do. */
static gboolean leads_to_page(const char *url) {
  return url_is_web(url) || g_str_has_prefix(url + strcspn(url, ":"), ":/");
}

static void find_links(const GPtrArray *links, GPtrArray *codes) {
  for (guint i = 0; i < links->len && i < CODE_CANDIDATES_MAX; i++) {
    const MessageLink *link = g_ptr_array_index(links, i);
    if ((link->kind != LINK_ANCHOR && link->kind != LINK_TEXT) || !leads_to_page(link->url))
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
  g_autofree char *text = message_join(message, MESSAGE_PART_TEXT, CODES_TEXT_BYTES);
  g_autofree char *html = message_join(message, MESSAGE_PART_HTML, 16 * CODES_TEXT_BYTES);
  g_autofree char *shown = html ? html_text(html, HTML_TEXT_LINES, CODES_TEXT_BYTES) : NULL;
  g_autofree char *both = g_strjoin("\n", text ? text : "", shown, NULL);
  g_autoptr(GPtrArray) links = message_links(message);

  return codes_find(subject, both, links);
}
