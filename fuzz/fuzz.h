#pragma once
/* The entry that libFuzzer, and standalone_main.c in its place, calls with each input. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
