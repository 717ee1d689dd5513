#include "message/picture.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

enum {
  SCANS_MAX = 64, /* a progressive picture of a few bytes may ask for thousands of passes over all pixels */
  MEMORY_MAX = 128 * 1024 * 1024,
  QUALITY = 80
};

/* libjpeg ends what cannot go on by calling error_exit, which must not return. */
typedef struct Failure {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
} Failure;

static void error_cb(j_common_ptr jpeg) {
  longjmp(((Failure *)jpeg->err)->escape, 1);
}

static void message_cb(j_common_ptr jpeg) {}

static void progress_cb(j_common_ptr jpeg) {
  if (jpeg->is_decompressor && ((j_decompress_ptr)jpeg)->input_scan_number > SCANS_MAX)
    error_cb(jpeg);
}

static void init_failure(Failure *failure, struct jpeg_error_mgr **err) {
  *err = jpeg_std_error(&failure->manager);
  failure->manager.error_exit = error_cb;
  failure->manager.output_message = message_cb;
}

/* The strongest reduction by which the picture still fills the box. */
static guint choose_reduction(const struct jpeg_decompress_struct *jpeg, guint box_width, guint box_height) {
  guint reduction = 8;

  while (reduction > 1 && jpeg->image_width / reduction < box_width && jpeg->image_height / reduction < box_height)
    reduction /= 2;
  return reduction;
}

gboolean picture_read_jpeg(const guint8 *bytes, gsize len, guint box_width, guint box_height, Picture *picture) {
  struct jpeg_decompress_struct jpeg = {0};
  struct jpeg_progress_mgr progress = {.progress_monitor = progress_cb};
  Failure failure;

  init_failure(&failure, &jpeg.err);
  if (setjmp(failure.escape)) {
    jpeg_destroy_decompress(&jpeg);
    return FALSE;
  }
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &progress;
  jpeg.mem->max_memory_to_use = MEMORY_MAX;
  jpeg_mem_src(&jpeg, bytes, len);
  jpeg_read_header(&jpeg, TRUE);
  jpeg.scale_denom = choose_reduction(&jpeg, box_width, box_height);
  jpeg.scale_num = 1;
  jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&jpeg);
  if (!picture_allocate(picture, jpeg.output_width, jpeg.output_height))
    error_cb((j_common_ptr)&jpeg);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = picture->rgb + 3 * (gsize)jpeg.output_scanline * picture->width;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_destroy_decompress(&jpeg);
  return TRUE;
}

/* Writing to memory only fails when there is none left, which ends the program as it does everywhere. */
GBytes *picture_print_jpeg(const Picture *picture) {
  struct jpeg_compress_struct jpeg = {0};
  struct jpeg_error_mgr manager;
  unsigned char *bytes = NULL;
  unsigned long len = 0;

  jpeg.err = jpeg_std_error(&manager);
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &bytes, &len);
  jpeg.image_width = picture->width;
  jpeg.image_height = picture->height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, QUALITY, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = picture->rgb + 3 * (gsize)jpeg.next_scanline * picture->width;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  GBytes *printed = g_bytes_new(bytes, len);
  free(bytes);
  return printed;
}
