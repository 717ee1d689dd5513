/* The guess: every candidate reads a sample, and the one whose letters look most like a language wins. A library that
 * does this (uchardet) is C++ and would cost every start more than the rare undeclared mail is worth. */
#include "message/charset.h"

/* Frequent ideographs, by which languages that share them are told apart. */
static const char frequent_simplified[] = "的一是不了人我在有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会"
                                          "自着去之过家学对可她里后小么心多天而能好都然没日于"
                                          "起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知"
                                          "民样现分将外但身些与高意进把法此实回二理美点月明其种"
                                          "声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相"
                                          "次东政海口使教西再平真听世气信北少关并内加化由却代军"
                                          "产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安"
                                          "表原车白应路期叫死常提感金何更反合放做系计或司利受光"
                                          "您请验证码账户";

static const char frequent_traditional[] = "的一是不了人我在有他這中大來上個國到說們為子和你地出道也時年得就那要下以生"
                                           "會自著去之過家學對可她里後小麼心多天而能好都然沒日於"
                                           "起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長"
                                           "知民樣現分將外但身些與高意進把法此實回二理美點月明其種"
                                           "您請驗證碼帳戶";

static const char frequent_japanese[] = "日本語年大十二中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小"
                                        "七山話女北午百書先名川千水半男西電校土木聞食車何南"
                                        "万毎白天母火右読友左休父雨件会社様確認番号登録";

/* One character of the sample as a candidate reads it, between the two beside it; 0: none. */
typedef int (*PointsFunc)(gunichar before, gunichar c, gunichar after, const char *frequent);

static gboolean is_ascii_letter(gunichar c) {
  return c < 0x80 && g_ascii_isalpha((char)c);
}

static int cjk_points(gunichar before, gunichar c, gunichar after, const char *frequent) {
  if (c >= 0x3040 && c <= 0x30FF) /* kana */
    return 6;
  if (c >= 0xAC00 && c <= 0xD7A3) /* hangul */
    return 4;
  if (c >= 0x4E00 && c <= 0x9FFF)
    return !frequent ? -2 : g_utf8_strchr(frequent, -1, c) ? 8 : 2;
  if (c >= 0x3000 && c <= 0x303F)
    return 4;
  if (c >= 0xFF01 && c <= 0xFF5E)
    return 2;
  return c >= 0xFF61 && c <= 0xFF9F ? -1 : -6; /* half-width kana: what most other text looks like in Shift_JIS */
}

static gboolean is_cyrillic_lower(gunichar c) {
  return (c >= 0x430 && c <= 0x44F) || c == 0x451;
}

static gboolean is_cyrillic(gunichar c) {
  return is_cyrillic_lower(c) || (c >= 0x410 && c <= 0x42F) || c == 0x401;
}

static int cyrillic_points(gunichar before, gunichar c, gunichar after, const char *frequent) {
  if (!is_cyrillic(c) || is_ascii_letter(before) || is_ascii_letter(after))
    return -3;
  if (!is_cyrillic(before) && !is_cyrillic(after))
    return 1;
  if (is_cyrillic_lower(c))
    return 3;
  return !is_cyrillic(before) ? 2 : is_cyrillic_lower(before) ? -4 : 0;
}

static gboolean is_western_letter(gunichar c) {
  return (c >= 0xC0 && c <= 0xFF && c != 0xD7 && c != 0xF7) || (c >= 0x152 && c <= 0x17E);
}

/* Western letters stand among ASCII letters. */
static int western_points(gunichar before, gunichar c, gunichar after, const char *frequent) {
  gboolean is_sign = (c >= 0x2013 && c <= 0x2026) || c == 0x20AC || (c >= 0xA0 && c <= 0xBF);

  if (is_western_letter(c))
    return is_ascii_letter(before) || is_ascii_letter(after) ? 3 : is_western_letter(before) ? -3 : 1;
  return is_sign && !is_western_letter(before) ? 1 : -4;
}

static const struct {
  const char *charset;
  PointsFunc points;
  const char *frequent;
} candidates[] = {
    /* The first of those that read the same wins: EUC-JP and GB 18030 share their kana. */
    {"WINDOWS-1252", western_points, NULL},
    {"CP932", cjk_points, frequent_japanese},
    {"EUC-JP-MS", cjk_points, frequent_japanese},
    {"GB18030", cjk_points, frequent_simplified},
    {"CP950", cjk_points, frequent_traditional},
    {"CP949", cjk_points, NULL},
    {"KOI8-R", cyrillic_points, NULL},
    {"WINDOWS-1251", cyrillic_points, NULL},
};

static int points_of(const char *text, PointsFunc points, const char *frequent) {
  int sum = 0;
  gunichar before = 0;

  for (const char *at = text; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c >= 0x80)
      sum += points(before, c, g_utf8_get_char(g_utf8_next_char(at)), frequent);
    before = c;
  }
  return sum;
}

/* The sample as a candidate reads it; NULL: it has bytes that are not text there. A long text is cut anywhere, so up to
 * three bytes at the end of its sample may be the start of a character. */
static char *read_sample(const char *bytes, gsize n_bytes, const char *charset) {
  gsize sample = MIN(n_bytes, CHARSET_SAMPLE_BYTES);
  gsize n_cut_max = sample < n_bytes ? 3 : 0;
  char *text = NULL;

  for (gsize n_cut = 0; !text && n_cut <= n_cut_max; n_cut++)
    text = g_convert(bytes, (gssize)(sample - n_cut), "UTF-8", charset, NULL, NULL, NULL);
  return text;
}

const char *charset_guess(const char *bytes, gsize n_bytes) {
  const char *best = candidates[0].charset;
  int most = G_MININT;

  for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
    charset_keep_loaded(candidates[i].charset);
    g_autofree char *text = read_sample(bytes, n_bytes, candidates[i].charset);
    int points = text ? points_of(text, candidates[i].points, candidates[i].frequent) : G_MININT;
    if (points > most) {
      most = points;
      best = candidates[i].charset;
    }
  }
  return best;
}
