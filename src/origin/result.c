#include "origin/result.h"

const char *origin_result_name(OriginResult result) {
  static const char *const names[] = {
      [ORIGIN_NONE] = "none",           [ORIGIN_UNKNOWN] = "unknown",   [ORIGIN_PASS] = "pass",
      [ORIGIN_NEUTRAL] = "neutral",     [ORIGIN_SOFTFAIL] = "softfail", [ORIGIN_FAIL] = "fail",
      [ORIGIN_PERMERROR] = "permerror",
  };

  return names[result];
}
