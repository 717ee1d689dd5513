#include "message/picture.h"
#include <gif_lib.h>
#include <string.h>

typedef struct Input {
  const guint8 *at;
  gsize left;
} Input;

static int read_cb(GifFileType *gif, GifByteType *out, int len) {
  Input *input = gif->UserData;
  gsize n = MIN((gsize)len, input->left);

  memcpy(out, input->at, n);
  input->at += n;
  input->left -= n;
  return (int)n;
}

/* -1: none. */
static int transparent_of(int code, const GifByteType *extension) {
  GraphicsControlBlock control;

  if (code != GRAPHICS_EXT_FUNC_CODE || !extension ||
      DGifExtensionToGCB(extension[0], extension + 1, &control) != GIF_OK)
    return -1;
  return control.TransparentColor;
}

/* Steps over what stands before the first picture. FALSE: there is none. */
static gboolean find_first(GifFileType *gif, int *transparent) {
  GifRecordType type;
  GifByteType *extension;
  int code;

  while (DGifGetRecordType(gif, &type) == GIF_OK && type != TERMINATE_RECORD_TYPE) {
    if (type == IMAGE_DESC_RECORD_TYPE)
      return DGifGetImageDesc(gif) == GIF_OK;
    if (type != EXTENSION_RECORD_TYPE || DGifGetExtension(gif, &code, &extension) != GIF_OK)
      return FALSE;
    while (extension) {
      int index = transparent_of(code, extension);
      *transparent = index >= 0 ? index : *transparent;
      if (DGifGetExtensionNext(gif, &extension) != GIF_OK)
        return FALSE;
    }
  }
  return FALSE;
}

static void set_row(Picture *picture, guint row, const guint8 *indices, const ColorMapObject *colors, int transparent) {
  guint8 *out = picture->rgb + 3 * (gsize)row * picture->width;

  for (guint i = 0; i < picture->width; i++, out += 3) {
    if (indices[i] == transparent || indices[i] >= colors->ColorCount)
      continue;
    const GifColorType *color = &colors->Colors[indices[i]];
    out[0] = color->Red;
    out[1] = color->Green;
    out[2] = color->Blue;
  }
}

/* Rows come in four passes when the picture is interlaced. */
static gboolean read_rows(GifFileType *gif, Picture *picture, const ColorMapObject *colors, int transparent) {
  static const guint starts[] = {0, 4, 2, 1};
  static const guint steps[] = {8, 8, 4, 2};
  g_autofree guint8 *indices = g_malloc(picture->width);
  guint n_passes = gif->Image.Interlace ? G_N_ELEMENTS(starts) : 1;

  for (guint pass = 0; pass < n_passes; pass++)
    for (guint row = gif->Image.Interlace ? starts[pass] : 0; row < picture->height;
         row += gif->Image.Interlace ? steps[pass] : 1) {
      if (DGifGetLine(gif, indices, (int)picture->width) != GIF_OK)
        return pass + row > 0; /* cut short: what there is */
      set_row(picture, row, indices, colors, transparent);
    }
  return TRUE;
}

gboolean picture_read_gif(const guint8 *bytes, gsize len, Picture *picture) {
  Input input = {bytes, len};
  GifFileType *gif = DGifOpen(&input, read_cb, NULL);
  gboolean is_read = FALSE;
  int transparent = -1;

  if (!gif)
    return FALSE;
  if (find_first(gif, &transparent) && gif->Image.Width > 0 && gif->Image.Height > 0) {
    const ColorMapObject *colors = gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
    is_read = colors && picture_allocate(picture, (guint)gif->Image.Width, (guint)gif->Image.Height) &&
              read_rows(gif, picture, colors, transparent);
  }
  DGifCloseFile(gif, NULL);
  return is_read;
}
