#include "api/stored_mail.h"
#include "syntax/received_bytes.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* So that what was received of it fits a piece, whatever its line ends. */
enum { STORED_PIECE = HTTP_SOURCE_PIECE / 2, BLOCK_START = 64 * 1024 };

struct StoredMail {
  int fd;
  guint64 size;
  guint64 block_len;
  Envelope *envelope;
  char *bare_lf;
  guint64 offset; /* of what is read next */
  ReceivedBytes received;
};

static gsize read_at(const StoredMail *mail, guint64 offset, void *bytes, gsize n_bytes) {
  guint64 left = mail->size > offset ? mail->size - offset : 0;
  ssize_t n_read;

  do
    n_read = pread(mail->fd, bytes, (gsize)MIN(left, n_bytes), (off_t)offset);
  while (n_read < 0 && errno == EINTR);
  return (gsize)MAX(n_read, 0);
}

/* The block is not known to be one before it is whole, so more is read as long as it may be one. */
static void read_block(StoredMail *mail) {
  static const char first_field[] = "Return-Path:";

  for (gsize n_bytes = BLOCK_START; !mail->envelope; n_bytes *= 4) {
    g_autofree char *start = g_malloc(n_bytes);
    gsize len = read_at(mail, 0, start, n_bytes);
    gsize block_len = 0;
    mail->envelope = envelope_parse_block(start, len, &block_len, &mail->bare_lf);
    mail->block_len = block_len;
    if (len < n_bytes || n_bytes >= STORED_MAIL_BLOCK_MAX || memcmp(start, first_field, strlen(first_field)) != 0)
      break;
  }
  if (!mail->envelope)
    mail->envelope = envelope_new();
}

void stored_mail_rewind(StoredMail *mail, gboolean with_block) {
  mail->offset = with_block ? 0 : mail->block_len;
  received_bytes_init(&mail->received, mail->bare_lf);
}

StoredMail *stored_mail_new(int fd, guint64 size_bytes) {
  StoredMail *mail = g_new0(StoredMail, 1);

  mail->fd = fd;
  mail->size = size_bytes;
  read_block(mail);
  stored_mail_rewind(mail, FALSE);
  return mail;
}

void stored_mail_free(StoredMail *mail) {
  if (!mail)
    return;
  close(mail->fd);
  envelope_free(mail->envelope);
  g_free(mail->bare_lf);
  g_free(mail);
}

const Envelope *stored_mail_envelope(const StoredMail *mail) {
  return mail->envelope;
}

gsize stored_mail_next_stored(StoredMail *mail, guint8 *bytes, gsize n_max) {
  gsize len = read_at(mail, mail->offset, bytes, n_max);

  mail->offset += len;
  return len;
}

gsize stored_mail_next(StoredMail *mail, guint8 *bytes) {
  guint8 stored[STORED_PIECE];
  gsize len = read_at(mail, mail->offset, stored, sizeof stored);

  mail->offset += len;
  return received_bytes_feed(&mail->received, stored, len, bytes);
}

guint64 stored_mail_size(const StoredMail *mail) {
  return mail->size;
}

guint64 stored_mail_length(StoredMail *mail) {
  guint8 stored[STORED_PIECE];
  guint64 n_received = 0;
  ReceivedBytes counting;

  received_bytes_init(&counting, mail->bare_lf);
  for (guint64 at = mail->block_len, len; (len = read_at(mail, at, stored, sizeof stored)) > 0; at += len)
    n_received += received_bytes_count(&counting, stored, (gsize)len);
  return n_received;
}

GBytes *stored_mail_read(StoredMail *mail, HttpBudget *budget) {
  if (mail->size > INBOX_WHOLE_BYTES_MAX)
    return NULL;
  g_autoptr(HttpCharge) charge = http_charge_new(budget, (gsize)mail->size);
  if (!charge) /* it is not gone through for its length first */
    return NULL;
  gsize length = (gsize)stored_mail_length(mail);
  if (length > mail->size && !http_charge_grow(charge, length - (gsize)mail->size))
    return NULL;
  g_autofree guint8 *received = g_try_malloc(MAX(length, 1));
  g_autofree guint8 *piece = received ? g_malloc(HTTP_SOURCE_PIECE) : NULL;
  gsize n_received = 0;

  if (!received)
    return NULL;
  stored_mail_rewind(mail, FALSE);
  for (gsize len; (len = stored_mail_next(mail, piece)) > 0; n_received += len) {
    len = MIN(len, length - n_received); /* others may have written to it */
    memcpy(received + n_received, piece, len);
  }
  return http_charge_attach(g_steal_pointer(&charge), g_bytes_new_take(g_steal_pointer(&received), n_received));
}

static gsize source_read_cb(gpointer data, guint8 *bytes) {
  return stored_mail_next(data, bytes);
}

static void source_free_cb(gpointer data) {
  stored_mail_free(data);
}

HttpSource stored_mail_source(StoredMail *mail) {
  stored_mail_rewind(mail, FALSE);
  gboolean is_counted = mail->size <= STORED_MAIL_COUNTED_MAX;

  return (HttpSource){.size = is_counted ? stored_mail_length(mail) : HTTP_SOURCE_SIZE_UNKNOWN,
                      .read = source_read_cb,
                      .free = source_free_cb,
                      .data = mail};
}
