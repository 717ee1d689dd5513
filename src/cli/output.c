#include "cli/output.h"
#include "base/printable.h"
#include "base/terminal.h"
#include "cli/command.h"
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { HEIGHT_USUAL = 24, WIDTH_USUAL = 80, WIDTH_MIN = 20, WIDTH_MAX = 1000 };

struct Output {
  FILE *stream;
  FILE *pager;               /* takes the place of the stream; NULL: there is none */
  void (*on_interrupt)(int); /* before the pager; Ctrl+C is for it alone */
  gboolean is_terminal;
  gboolean has_colour;
  guint width;
  int failed; /* errno; 0: nothing has */
};

static guint width_of(FILE *stream, OptionsGetenv get_variable) {
  const char *columns = get_variable("COLUMNS");
  struct winsize size = {0};
  guint64 width;

  if (columns && g_ascii_string_to_unsigned(columns, 10, WIDTH_MIN, WIDTH_MAX, &width, NULL))
    return (guint)width;
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return CLAMP(size.ws_col, WIDTH_MIN, WIDTH_MAX);
  return WIDTH_USUAL;
}

Output *output_new(FILE *stream, OptionsGetenv get_variable) {
  Output *output = g_new0(Output, 1);

  output->stream = stream;
  output->is_terminal = terminal_is_at(fileno(stream));
  output->has_colour = terminal_has_styles(fileno(stream), get_variable);
  output->width = width_of(stream, get_variable);
  return output;
}

static void close_pager(Output *output) {
  if (!output->pager)
    return;
  pclose(g_steal_pointer(&output->pager));
  signal(SIGINT, output->on_interrupt);
  if (output->failed == EPIPE)
    output->failed = 0; /* the user has left the pager */
}

void output_free(Output *output) {
  if (!output)
    return;
  close_pager(output);
  g_free(output);
}

static guint height_of(const Output *output) {
  struct winsize size = {0};

  return ioctl(fileno(output->stream), TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : HEIGHT_USUAL;
}

/* A command for the shell; NULL: there is none. less ends by itself where all fits (F), lets styles pass (R) and leaves
 * the text on the screen (X). */
static const char *pager_command(OptionsGetenv get_variable) {
  const char *pager = get_variable("PAGER"), *term = get_variable("TERM");
  g_autofree char *less = pager ? NULL : g_find_program_in_path("less");

  if (!term || strcmp(term, "dumb") == 0)
    return NULL; /* where less asks for a key before it begins */

  if (pager)
    return *pager == '\0' || strcmp(pager, "cat") == 0 ? NULL : pager;
  return less ? "less -FRX" : NULL;
}

void output_page(Output *output, guint n_lines, OptionsGetenv get_variable) {
  const char *command = pager_command(get_variable);

  if (!output->is_terminal || !command || n_lines < height_of(output) || fflush(output->stream) != 0)
    return;
  g_setenv("LESS", "FRX", FALSE); /* where PAGER is less alone */
  output->pager = popen(command, "w");
  if (output->pager)
    output->on_interrupt = signal(SIGINT, SIG_IGN);
}

gboolean output_is_terminal(const Output *output) {
  return output->is_terminal;
}

guint output_width(const Output *output) {
  return output->width;
}

gboolean output_is_well(const Output *output) {
  return output->failed == 0;
}

gboolean output_is_abandoned(const Output *output) {
  return output->failed == EPIPE;
}

void output_abandon(Output *output) {
  output->failed = EPIPE;
}

void output_bytes(Output *output, const char *bytes, gsize len) {
  if (output->failed == 0 && fwrite(bytes, 1, len, output->pager ? output->pager : output->stream) < len)
    output->failed = errno;
}

void output_text(Output *output, const char *text) {
  output_bytes(output, text, strlen(text));
}

void output_styled(Output *output, OutputStyle style, const char *text) {
  static const char *const starts[OUTPUT_STYLES_N] = {
      [OUTPUT_BOLD] = TERMINAL_BOLD,      [OUTPUT_DIM] = TERMINAL_DIM,     [OUTPUT_ERROR] = TERMINAL_BOLD_RED,
      [OUTPUT_WARNING] = TERMINAL_YELLOW, [OUTPUT_CLIENT] = TERMINAL_CYAN,
  };
  const char *start = output->has_colour ? starts[style] : NULL;

  if (start)
    output_text(output, start);
  output_text(output, text);
  if (start)
    output_text(output, TERMINAL_PLAIN);
}

/* Control characters, which lay out the text, become spaces; what else may not be shown, such as what turns the
 * direction of a line around, is escaped as in the log. */
static char *clean(const char *text, gssize len, const char *kept) {
  g_autofree char *valid = g_utf8_make_valid(text, len);
  GString *cleaned = g_string_sized_new(strlen(valid));

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar character = g_utf8_get_char(at);
    if (g_unichar_iscntrl(character))
      g_string_append_c(cleaned, character < 128 && strchr(kept, (char)character) ? (char)character : ' ');
    else
      printable_append(cleaned, at, (gsize)(g_utf8_next_char(at) - at));
  }
  return g_string_free(cleaned, FALSE);
}

static void append_json_escape(GString *out, gunichar character) {
  if (character > 0xFFFF)
    g_string_append_printf(out, "\\u%04x\\u%04x", 0xD7C0 + (character >> 10), 0xDC00 + (character & 0x3FF));
  else
    g_string_append_printf(out, "\\u%04x", character);
}

/* The same JSON, with such characters escaped as RFC 8259 does. Outside of texts JSON has none but line ends. */
static char *clean_json(const char *json) {
  g_autofree char *valid = g_utf8_make_valid(json, -1);
  GString *cleaned = g_string_sized_new(strlen(valid));

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar character = g_utf8_get_char(at);
    if (printable_is_safe(character) || character == '\n')
      g_string_append_len(cleaned, at, g_utf8_next_char(at) - at);
    else
      append_json_escape(cleaned, character);
  }
  return g_string_free(cleaned, FALSE);
}

char *output_clean(const char *text) {
  return clean(text, -1, "");
}

static void end_passage(Output *output, const char *text, gsize len) {
  if (len == 0 || text[len - 1] != '\n')
    output_bytes(output, "\n", 1);
}

void output_prose(Output *output, const char *text, gsize len) {
  g_autofree char *cleaned = clean(text, (gssize)len, "\n\t");

  output_text(output, cleaned);
  end_passage(output, text, len);
}

void output_passage(Output *output, const char *text, gsize len) {
  if (output->is_terminal) {
    output_prose(output, text, len);
    return;
  }
  output_bytes(output, text, len);
  end_passage(output, text, len);
}

void output_json(Output *output, const char *text) {
  json_t *json = output->is_terminal ? json_loads(text, 0, NULL) : NULL;
  char *indented = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
  g_autofree char *cleaned = clean_json(indented ? indented : text);

  output_text(output, cleaned);
  output_bytes(output, "\n", 1);
  free(indented);
  json_decref(json);
}

void output_value(Output *output, json_t *taken) {
  char *text = json_dumps(taken, JSON_COMPACT);

  output_json(output, text);
  free(text);
  json_decref(taken);
}

void output_json_line(Output *output, const json_t *value) {
  char *text = json_dumps(value, JSON_COMPACT);
  g_autofree char *cleaned = clean_json(text);

  output_text(output, cleaned);
  output_bytes(output, "\n", 1);
  free(text);
}

void output_line(Output *output, const char *text) {
  g_autofree char *cleaned = output_clean(text);

  output_text(output, cleaned);
  output_bytes(output, "\n", 1);
}

gboolean output_end(Output *output, GError **error) {
  if (output->pager && output->failed == 0 && fflush(output->pager) != 0)
    output->failed = errno;
  close_pager(output);
  if (output->failed == 0 && fflush(output->stream) != 0)
    output->failed = errno;
  if (output->failed != 0)
    cli_fail(error, EXIT_CODE_FAILED, "standard output: %s", g_strerror(output->failed));
  return output->failed == 0;
}
