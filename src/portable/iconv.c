/* iconv(3) to UTF-8 by tables, in place of the C library's, whose converters are files that another system may lack.
 *
 * Owns: the tables, made at build time of what the C library's converters know (make_tables.py).
 * Thread: as iconv(3): a descriptor is used by one thread at a time.
 * Errors: as iconv(3). iconv_open() knows the sets that message/charset.c reads, and UTF-8 or ASCII as the other side.
 * Source: ISO 2022 and RFCs 1468, 1554 and 1922 (escape sequences), RFC 2152 (UTF-7), RFC 2781 (UTF-16). */
#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a byte may be followed by: cells for the bytes from `first` to `last`. */
struct Node {
  uint32_t cells;
  uint8_t first;
  uint8_t last;
};

/* Characters of four bytes of GB 18030, which follow each other in both. */
struct Range {
  uint32_t position;
  uint32_t length;
  uint32_t character;
};

struct Composition {
  uint32_t letter;
  uint32_t mark;
  uint32_t both;
};

struct Set {
  const char *name;
  uint32_t root; /* a node */
  bool composes; /* letters wait for a mark */
};

#include "portable/tables.h"

/* A cell: nothing (0), or one of these with a number. */
enum { CELL_CHARACTER = 1, CELL_NODE = 2, CELL_PAIR = 3, CELL_FOUR_BYTES = 4 };
enum { CELL_KIND_SHIFT = 28, CELL_NUMBER = (1 << CELL_KIND_SHIFT) - 1 };

enum { INVALID = -1, INCOMPLETE = 0 };
enum { ESC = 0x1B, SHIFT_OUT = 0x0E, SHIFT_IN = 0x0F, NO_PART = 0 };
enum { G0, G1, G2, G3, N_SLOTS };

typedef struct State {
  uint32_t waiting;        /* a letter that a mark may join; 0: none */
  uint32_t slots[N_SLOTS]; /* ISO 2022: the designated parts */
  bool is_shifted_out;     /* ISO 2022 */
  bool is_big_endian;      /* UTF-16, UTF-32 */
  bool is_started;         /* the byte order mark is behind us */
  uint32_t bits;           /* UTF-7: of Base64 */
  unsigned n_bits;         /* of these; */
  bool in_base64;          /* UTF-7 */
} State;

typedef struct Out {
  uint32_t characters[2];
  unsigned n;
} Out;

typedef struct Decoder Decoder;

/* Reads one character, or what changes the state. Returns how many bytes it took, INVALID or INCOMPLETE. */
typedef int (*DecodeFunc)(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out);

struct Decoder {
  const char *name;
  DecodeFunc decode;
  uint32_t root; /* of ISO 2022: what is in G1 at the start */
  bool composes;
  const struct Designation *designations; /* this and the rest: of ISO 2022 */
  const char *single_shifts;              /* what follows ESC in them */
  bool has_shift;                         /* out and in */
  bool resets_by_line;                    /* what was designated to G1, G2 and G3 */
};

/* --- tables */

static uint32_t cell_of(uint32_t node, uint8_t byte) {
  const struct Node *row = &nodes[node];

  return byte >= row->first && byte <= row->last ? cells[row->cells + byte - row->first] : 0;
}

static int decode_four_bytes(const uint8_t *in, size_t n_in, Out *out) {
  uint32_t position;

  if (n_in < 4)
    return INCOMPLETE;
  if (in[2] < 0x81 || in[2] > 0xFE || in[3] < 0x30 || in[3] > 0x39)
    return INVALID;
  position = ((in[0] - 0x81u) * 10 + in[1] - 0x30u) * 1260 + (in[2] - 0x81u) * 10 + in[3] - 0x30u;
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (position >= ranges[i].position && position - ranges[i].position < ranges[i].length) {
      out->characters[out->n++] = ranges[i].character + position - ranges[i].position;
      return 4;
    }
  return INVALID;
}

static int decode_by_node(uint32_t node, const uint8_t *in, size_t n_in, Out *out) {
  for (size_t n = 0; n < n_in; n++) {
    uint32_t cell = cell_of(node, in[n]);
    uint32_t number = cell & CELL_NUMBER;

    switch (cell >> CELL_KIND_SHIFT) {
    case CELL_CHARACTER:
      out->characters[out->n++] = number;
      return (int)n + 1;
    case CELL_PAIR:
      out->characters[out->n++] = pairs[2 * number];
      out->characters[out->n++] = pairs[2 * number + 1];
      return (int)n + 1;
    case CELL_NODE:
      node = number;
      break;
    case CELL_FOUR_BYTES:
      return decode_four_bytes(in, n_in, out);
    default:
      return INVALID;
    }
  }
  return INCOMPLETE;
}

static int decode_by_table(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  return decode_by_node(decoder->root, in, n_in, out);
}

/* --- sets with escape sequences */

static const struct Designation {
  const char *sequence; /* after ESC */
  int slot;
  uint32_t part;
} japanese[] =
    {
        {"(B", G0, NO_PART}, {"(J", G0, PART_JIS_ROMAN}, {"$@", G0, PART_JIS_X_0208_1978}, {"$B", G0, PART_JIS_X_0208},
        {NULL, 0, 0},
    },
  japanese_2[] =
      {
          {"(B", G0, NO_PART},
          {"(J", G0, PART_JIS_ROMAN},
          {"$@", G0, PART_JIS_X_0208_1978},
          {"$B", G0, PART_JIS_X_0208},
          {"$A", G0, PART_GB_2312},
          {"$(C", G0, PART_KS_C_5601},
          {"$(D", G0, PART_JIS_X_0212},
          {".A", G2, PART_LATIN_1_HIGH},
          {".F", G2, PART_GREEK_HIGH},
          {NULL, 0, 0},
      },
  korean[] =
      {
          {"$)C", G1, PART_KS_C_5601_SHIFTED},
          {NULL, 0, 0},
      },
  chinese[] = {
      {"$)A", G1, PART_GB_2312_SHIFTED}, {"$)G", G1, PART_CNS_1},
      {"$)E", G1, PART_ISO_IR_165},      {"$*H", G2, PART_CNS_2},
      {"$+I", G3, PART_CNS_3},           {"$+J", G3, PART_CNS_4},
      {"$+K", G3, PART_CNS_5},           {"$+L", G3, PART_CNS_6},
      {"$+M", G3, PART_CNS_7},           {NULL, 0, 0},
  };

/* Returns how many bytes the sequence has; INVALID: the set does not have it. */
static int decode_escape(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in) {
  bool may_follow = false;

  for (const struct Designation *row = decoder->designations; row->sequence; row++) {
    size_t len = strlen(row->sequence);
    if (memcmp(in + 1, row->sequence, n_in - 1 < len ? n_in - 1 : len) != 0)
      continue;
    if (n_in > len) {
      state->slots[row->slot] = row->part;
      return (int)len + 1;
    }
    may_follow = true;
  }
  return may_follow ? INCOMPLETE : INVALID;
}

/* ESC N and ESC O: the next character alone is one of G2 or G3. */
static int decode_single_shift(const Decoder *decoder, const State *state, const uint8_t *in, size_t n_in, Out *out) {
  uint32_t part = state->slots[in[1] == 'N' ? G2 : G3];

  if (part == NO_PART && in[1] == 'N' && decoder->designations == chinese)
    part = PART_CNS_2; /* nothing else can be designated to G2 */
  int n = part == NO_PART ? INVALID : decode_by_node(part, in + 2, n_in - 2, out);

  return n > 0 ? n + 2 : n;
}

static int decode_plain(Out *out, uint8_t byte) {
  out->characters[out->n++] = byte;
  return 1;
}

static int decode_escape_or_shift(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  int n;

  if (n_in < 2 || (n_in < 3 && !decoder->has_shift))
    return INCOMPLETE;
  if (in[1] != '\0' && strchr(decoder->single_shifts, in[1]))
    return decode_single_shift(decoder, state, in, n_in, out);
  n = decode_escape(decoder, state, in, n_in);
  return n == INVALID && !state->is_shifted_out ? decode_plain(out, *in) : n;
}

static int decode_iso_2022(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  uint32_t part = state->slots[state->is_shifted_out ? G1 : G0];

  if (*in == ESC)
    return decode_escape_or_shift(decoder, state, in, n_in, out);
  if (decoder->has_shift && (*in == SHIFT_OUT || *in == SHIFT_IN)) {
    state->is_shifted_out = *in == SHIFT_OUT;
    return 1;
  }
  if (*in == '\n' && decoder->resets_by_line) {
    memset(state->slots + G1, 0, (N_SLOTS - G1) * sizeof *state->slots);
    state->is_shifted_out = false;
  }
  if (part == NO_PART && state->is_shifted_out)
    part = decoder->root;
  if (*in > 0x7F || (part == NO_PART && state->is_shifted_out && *in > 0x20))
    return INVALID;
  return part == NO_PART || *in < 0x21 ? decode_plain(out, *in) : decode_by_node(part, in, n_in, out);
}

/* --- Unicode's own */

static int decode_ascii(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  return *in > 0x7F ? INVALID : decode_plain(out, *in);
}

static int decode_utf_8(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  int n = *in < 0x80 ? 1 : *in < 0xC2 ? 0 : *in < 0xE0 ? 2 : *in < 0xF0 ? 3 : *in < 0xF5 ? 4 : 0;
  uint32_t character = n == 1 ? *in : *in & (0x7Fu >> n);

  if (n == 0)
    return INVALID;
  for (int i = 1; i < n; i++) {
    if ((size_t)i == n_in)
      return INCOMPLETE;
    if ((in[i] & 0xC0) != 0x80)
      return INVALID;
    character = character << 6 | (in[i] & 0x3Fu);
    /* The first two bytes tell the long forms, surrogates and what is beyond Unicode. */
    if (i == 1 && ((n == 3 && (character < 0x20 || (character >= 0x360 && character < 0x380))) ||
                   (n == 4 && (character < 0x10 || character >= 0x110))))
      return INVALID;
  }
  out->characters[out->n++] = character;
  return n;
}

static uint32_t read_unit(const uint8_t *in, size_t n_bytes, bool is_big_endian) {
  uint32_t unit = 0;

  for (size_t i = 0; i < n_bytes; i++)
    unit = unit << 8 | in[is_big_endian ? i : n_bytes - 1 - i];
  return unit;
}

/* At the start a byte order mark decides; without one it is the least byte first. */
static int skip_mark(State *state, const uint8_t *in, int n_bytes) {
  uint32_t swapped = read_unit(in, (size_t)n_bytes, true);

  state->is_started = true;
  state->is_big_endian = swapped == 0xFEFF;
  return swapped == 0xFEFF || read_unit(in, (size_t)n_bytes, false) == 0xFEFF ? n_bytes : 0;
}

static bool is_surrogate(uint32_t unit, bool is_high) {
  return (unit & 0xFFFFFC00u) == (is_high ? 0xD800 : 0xDC00);
}

static int decode_utf_16(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  uint32_t unit, low;

  if (n_in < 2)
    return INCOMPLETE;
  if (!state->is_started && strcmp(decoder->name, "UTF-16") == 0 && skip_mark(state, in, 2) > 0)
    return 2;
  state->is_big_endian |= strcmp(decoder->name, "UTF-16BE") == 0;
  unit = read_unit(in, 2, state->is_big_endian);
  if (is_surrogate(unit, false))
    return INVALID;
  if (!is_surrogate(unit, true)) {
    out->characters[out->n++] = unit;
    return 2;
  }
  if (n_in < 4)
    return INCOMPLETE;
  low = read_unit(in + 2, 2, state->is_big_endian);
  if (!is_surrogate(low, false))
    return INVALID;
  out->characters[out->n++] = 0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF));
  return 4;
}

static int decode_utf_32(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  uint32_t character;

  if (n_in < 4)
    return INCOMPLETE;
  if (!state->is_started && skip_mark(state, in, 4) > 0)
    return 4;
  character = read_unit(in, 4, state->is_big_endian);
  if (character > 0x10FFFF || is_surrogate(character, true) || is_surrogate(character, false))
    return INVALID;
  out->characters[out->n++] = character;
  return 4;
}

static int base64_value(uint8_t byte) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = byte == '\0' ? NULL : strchr(digits, byte);

  return at ? (int)(at - digits) : -1;
}

/* Sixteen bits may be a character or half of one, whose first half stays in front. */
static int take_base64(State *state, unsigned value, Out *out) {
  bool has_high = state->n_bits >= 16 && is_surrogate(state->bits >> (state->n_bits - 16), true);
  unsigned wanted = has_high ? 32 : 16;
  uint64_t bits = (uint64_t)state->bits << 6 | value;
  unsigned n_bits = state->n_bits + 6;

  if (n_bits >= wanted) {
    uint32_t unit = (uint32_t)(bits >> (n_bits - wanted)) & 0xFFFF;
    if (has_high != is_surrogate(unit, false))
      return INVALID;
    if (has_high || !is_surrogate(unit, true)) {
      uint32_t high = (uint32_t)(bits >> (n_bits - 16)) & 0x3FF;
      out->characters[out->n++] = has_high ? 0x10000 + (high << 10 | (unit & 0x3FF)) : unit;
      n_bits -= wanted;
    }
  }
  state->n_bits = n_bits;
  state->bits = (uint32_t)(bits & ((1ull << n_bits) - 1));
  return 1;
}

static int decode_utf_7(const Decoder *decoder, State *state, const uint8_t *in, size_t n_in, Out *out) {
  int value = base64_value(*in);

  if (state->in_base64 && value >= 0)
    return take_base64(state, (unsigned)value, out);
  if (state->in_base64) {
    if (state->bits != 0 || state->n_bits >= 6)
      return INVALID;
    *state = (State){0};
    if (*in == '-')
      return 1;
  }
  if (*in != '+')
    return *in == '\t' || *in == '\n' || *in == '\r' || (*in >= ' ' && *in <= '}' && *in != '\\')
               ? decode_plain(out, *in)
               : INVALID;
  if (n_in < 2)
    return INCOMPLETE;
  if (in[1] == '-') {
    decode_plain(out, '+');
    return 2;
  }
  state->in_base64 = true;
  return 1;
}

/* --- the interface */

static const Decoder decoders[] = {
    {.name = "UTF-8", .decode = decode_utf_8},
    {.name = "US-ASCII", .decode = decode_ascii},
    {.name = "ANSI_X3.4-1968", .decode = decode_ascii},
    {.name = "UTF-16", .decode = decode_utf_16},
    {.name = "UTF-16BE", .decode = decode_utf_16},
    {.name = "UTF-16LE", .decode = decode_utf_16},
    {.name = "UTF-32", .decode = decode_utf_32},
    {.name = "UTF-7", .decode = decode_utf_7},
    {.name = "ISO-2022-JP", .decode = decode_iso_2022, .designations = japanese, .single_shifts = ""},
    {.name = "ISO-2022-JP-2", .decode = decode_iso_2022, .designations = japanese_2, .single_shifts = "N"},
    {.name = "ISO-2022-KR",
     .decode = decode_iso_2022,
     .designations = korean,
     .single_shifts = "",
     .has_shift = true,
     .root = PART_KS_C_5601_SHIFTED},
    {.name = "ISO-2022-CN-EXT",
     .decode = decode_iso_2022,
     .designations = chinese,
     .single_shifts = "NO",
     .has_shift = true,
     .resets_by_line = true},
};

typedef struct Conversion {
  Decoder decoder;
  State state;
  bool to_ascii;
} Conversion;

static bool find_decoder(const char *name, Decoder *decoder) {
  for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++)
    if (strcasecmp(decoders[i].name, name) == 0) {
      *decoder = decoders[i];
      return true;
    }
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
    if (strcasecmp(sets[i].name, name) == 0) {
      *decoder = (Decoder){
          .name = sets[i].name, .decode = decode_by_table, .root = sets[i].root, .composes = sets[i].composes};
      return true;
    }
  return false;
}

iconv_t iconv_open(const char *to, const char *from) {
  Decoder decoder, target;
  Conversion *conversion;

  if (!find_decoder(from, &decoder) || !find_decoder(to, &target) ||
      (target.decode != decode_utf_8 && target.decode != decode_ascii)) {
    errno = EINVAL;
    return (iconv_t)-1;
  }
  conversion = malloc(sizeof *conversion);
  if (!conversion)
    return (iconv_t)-1;
  *conversion = (Conversion){.decoder = decoder, .to_ascii = target.decode == decode_ascii};
  return conversion;
}

int iconv_close(iconv_t handle) {
  free(handle);
  return 0;
}

/* Joins a letter that waits with a mark, or lets it go. */
static void compose(const Decoder *decoder, State *state, Out *out) {
  uint32_t character = out->characters[0];
  uint32_t waiting = state->waiting;
  bool may_wait = false;

  if (!decoder->composes || out->n == 0)
    return;
  state->waiting = 0;
  for (size_t i = 0; i < sizeof compositions / sizeof *compositions; i++)
    if (waiting != 0 && compositions[i].letter == waiting && compositions[i].mark == character) {
      character = compositions[i].both;
      waiting = 0;
      break;
    }
  for (size_t i = 0; i < sizeof compositions / sizeof *compositions; i++)
    may_wait |= compositions[i].letter == character;
  out->n = 0;
  if (waiting != 0)
    out->characters[out->n++] = waiting;
  if (may_wait)
    state->waiting = character;
  else
    out->characters[out->n++] = character;
}

static size_t print_utf_8(uint32_t character, char *bytes) {
  size_t n = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

  for (size_t i = n - 1; i > 0; i--, character >>= 6)
    bytes[i] = (char)(0x80 | (character & 0x3F));
  bytes[0] = (char)(n == 1 ? character : (0xF00u >> n & 0xFF) | character);
  return n;
}

/* 0, or EILSEQ or E2BIG with nothing written. */
static int write_out(const Conversion *conversion, const Out *out, char **to, size_t *n_to) {
  char bytes[2 * 4] = "";
  size_t n = 0;

  for (unsigned i = 0; i < out->n; i++) {
    if (conversion->to_ascii && out->characters[i] > 0x7F)
      return EILSEQ;
    n += print_utf_8(out->characters[i], bytes + n);
  }
  if (n > *n_to)
    return E2BIG;
  memcpy(*to, bytes, n);
  *to += n;
  *n_to -= n;
  return 0;
}

static size_t fail(int code) {
  errno = code;
  return (size_t)-1;
}

/* Writes the letter that waits. */
static size_t flush_letter(Conversion *conversion, char **to, size_t *n_to) {
  Out out = {.characters = {conversion->state.waiting}, .n = conversion->state.waiting != 0};
  int problem = write_out(conversion, &out, to, n_to);

  if (problem != 0)
    return fail(problem);
  conversion->state.waiting = 0;
  return 0;
}

size_t iconv(iconv_t handle, char **from, size_t *n_from, char **to, size_t *n_to) {
  Conversion *conversion = handle;

  if (!from || !*from) {
    if (to && *to && flush_letter(conversion, to, n_to) != 0)
      return (size_t)-1;
    conversion->state = (State){0};
    return 0;
  }
  while (*n_from > 0) {
    State state = conversion->state;
    Out out = {.n = 0};
    int n = conversion->decoder.decode(&conversion->decoder, &state, (const uint8_t *)*from, *n_from, &out);
    if (n == INCOMPLETE)
      return fail(EINVAL);
    if (n == INVALID) {
      return flush_letter(conversion, to, n_to) == 0 ? fail(EILSEQ) : (size_t)-1;
    }
    compose(&conversion->decoder, &state, &out);
    int problem = write_out(conversion, &out, to, n_to);
    if (problem != 0)
      return fail(problem);
    conversion->state = state;
    *from += n;
    *n_from -= (size_t)n;
  }
  return 0;
}
