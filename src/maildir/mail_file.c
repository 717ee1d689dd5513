#include "maildir/mail_file.h"

#include "inbox/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INFO ":2,"

enum { FLAGS_MAX = 64, DAY_SECONDS = 24 * 60 * 60, HASH_DIGITS = 32 };

static const struct {
  char letter;
  MailFlags flag;
} letters[] = {{'F', MAIL_FLAG_FLAGGED}, {'S', MAIL_FLAG_SEEN}};

char *mail_file_id(const char *file_name) {
  gsize len = maildir_id_length(file_name);
  gboolean is_plain = len > 0 && !g_str_has_prefix(file_name, "x-"); /* no name can pass for another's hash */

  for (gsize i = 0; i < len; i++)
    is_plain &= g_ascii_isalnum(file_name[i]) || strchr("._~-", file_name[i]) != NULL;
  if (is_plain)
    return g_strndup(file_name, len);
  g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)file_name, len);
  return g_strdup_printf("x-%.*s", HASH_DIGITS, digest);
}

const char *mail_file_directory_name(MailDirectory directory) {
  static const char *const names[] = {[MAIL_DIRECTORY_NEW] = "new", [MAIL_DIRECTORY_CUR] = "cur"};

  return names[directory];
}

void mail_file_clear(MailFile *file) {
  g_clear_pointer(&file->name, g_free);
}

/* The flags' letters; "" where there are none. */
static const char *letters_of(const char *name) {
  const char *info = strrchr(name, ':');

  return info && g_str_has_prefix(info, INFO) ? info + strlen(INFO) : "";
}

MailFlags mail_file_flags(const MailFile *file) {
  MailFlags flags = 0;

  for (gsize i = 0; file->directory == MAIL_DIRECTORY_CUR && i < G_N_ELEMENTS(letters); i++)
    if (strchr(letters_of(file->name), letters[i].letter))
      flags |= letters[i].flag;
  return flags;
}

/* Letters stand in the order of ASCII (maildir(5)). */
static char *print_letters(const char *present, MailFlags flags) {
  gboolean has[128] = {FALSE};

  for (; *present; present++)
    if (g_ascii_isalpha(*present))
      has[(guchar)*present] = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(letters); i++)
    has[(guchar)letters[i].letter] = (flags & letters[i].flag) != 0;
  char text[FLAGS_MAX];
  gsize len = 0;
  for (guint letter = 'A'; letter <= 'z'; letter++)
    if (has[letter])
      text[len++] = (char)letter;
  return g_strndup(text, len);
}

MailFile mail_file_with_flags(const MailFile *file, MailFlags flags) {
  if (flags == mail_file_flags(file))
    return (MailFile){file->directory, g_strdup(file->name)};
  g_autofree char *text = print_letters(file->directory == MAIL_DIRECTORY_CUR ? letters_of(file->name) : "", flags);
  const char *info = strchr(file->name, ':');
  gsize len = info ? (gsize)(info - file->name) : strlen(file->name);
  return (MailFile){MAIL_DIRECTORY_CUR, g_strdup_printf("%.*s" INFO "%s", (int)len, file->name, text)};
}

int mail_file_directory_fd(const Maildir *maildir, MailDirectory directory) {
  return directory == MAIL_DIRECTORY_NEW ? maildir->new_fd : maildir->cur_fd;
}

gboolean mail_file_exists(const Maildir *maildir, const MailFile *file) {
  struct stat status;

  return store_look_at(mail_file_directory_fd(maildir, file->directory), file->name, &status) == 0;
}

static gint64 micros(struct timespec time) {
  return (gint64)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* "SECONDS.M<micros>..." as most programs name messages. Without microseconds some are made of the name, so that
 * messages of one second have an order, and the same one each time. 0: it does not say. */
gint64 mail_file_time_in_name(const char *name) {
  const char *dot = NULL;
  gint64 seconds = (gint64)g_ascii_strtoull(name, (char **)&dot, 10);
  gint64 now_s = g_get_real_time() / G_USEC_PER_SEC;

  if (dot == name || *dot != '.' || seconds <= 0 || seconds > now_s + DAY_SECONDS)
    return 0;
  const char *end = dot + 1;
  guint64 part = dot[1] == 'M' ? g_ascii_strtoull(dot + 2, (char **)&end, 10) : 0;
  if (end <= dot + 2 || part >= G_USEC_PER_SEC)
    part = g_str_hash(name) % G_USEC_PER_SEC;
  return seconds * G_USEC_PER_SEC + (gint64)part;
}

gboolean mail_file_times(const Maildir *maildir, const MailFile *file, gint64 *out_received_us,
                         gint64 *out_written_us) {
  struct stat status;

  if (store_look_at(mail_file_directory_fd(maildir, file->directory), file->name, &status) < 0)
    return FALSE;
#ifdef __APPLE__
  *out_written_us = micros(status.st_mtimespec);
#else
  *out_written_us = micros(status.st_mtim);
#endif
  gint64 named_us = mail_file_time_in_name(file->name);
  *out_received_us = named_us > 0 ? named_us : *out_written_us;
  return TRUE;
}

int mail_file_open(const Maildir *maildir, const MailFile *file, guint64 *out_size, GError **error) {
  struct stat status;
  int fd = store_open_regular(mail_file_directory_fd(maildir, file->directory), file->name, &status);

  if (fd >= 0)
    *out_size = (guint64)status.st_size;
  else if (errno == ENOENT || !store_name_is_plain(file->name))
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND, "the message %s no longer exists", file->name);
  else
    inbox_set_errno(error, errno, "cannot open %s/%s/%s", maildir->path, mail_file_directory_name(file->directory),
                    file->name);
  return fd;
}

static void set_read_error(GError **error, int error_number, const Maildir *maildir, const MailFile *file) {
  inbox_set_errno(error, error_number, "cannot read %s/%s/%s", maildir->path, mail_file_directory_name(file->directory),
                  file->name);
}

gboolean mail_file_each_piece(const Maildir *maildir, const MailFile *file, MailFileFunc func, gpointer user_data,
                              guint64 *out_n_left, GError **error) {
  guint64 whole_size = 0;
  int fd = mail_file_open(maildir, file, &whole_size, error);

  if (fd < 0)
    return FALSE;
  gsize size = (gsize)MIN(whole_size, INBOX_WHOLE_BYTES_MAX);
  *out_n_left = whole_size - size;
  g_autofree char *piece = g_malloc(MAIL_FILE_PIECE_BYTES);
  gssize len = 1;
  for (gsize at = 0; at < size && len > 0; at += (gsize)MAX(len, 0)) {
    len = store_io_read_at(fd, piece, MIN(size - at, (gsize)MAIL_FILE_PIECE_BYTES), at);
    if (len > 0)
      func(piece, (gsize)len, user_data);
  }
  if (len < 0)
    set_read_error(error, errno, maildir, file);
  close(fd);
  return len >= 0;
}
