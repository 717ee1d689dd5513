#pragma once
/* The checksum CRC-32C (Castagnoli), by the processor's instruction where it has one.
 *
 * Thread: any; pure.
 * Units and limits: bytes.
 * Source: RFC 3720 B.4, whose test vectors the unit test runs. */
#include <glib.h>

/* Continues a checksum: begin with 0 and pass each result on. */
guint32 crc32c_update(guint32 crc, const void *bytes, gsize n_bytes);
