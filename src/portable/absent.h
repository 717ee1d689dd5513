#pragma once
/* Functions that a library refers to and nothing here calls: they stand for a library that Debian has no static form
 * of.
 *
 * Errors: a call ends the process and names the function. The linker fails when a newer version refers to more. */
#include <stdio.h>
#include <stdlib.h>

#define ABSENT(name)                                                                                                   \
  void name(void);                                                                                                     \
  void name(void) {                                                                                                    \
    fputs("dsmtpd: " #name "() is not part of this program\n", stderr);                                                \
    abort();                                                                                                           \
  }
