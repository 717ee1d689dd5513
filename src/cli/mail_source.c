#include "cli/mail_source.h"
#include "cli/local.h"
#include "maildir/mail_file.h"
#include "syntax/mbox_read.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024 };

typedef struct SourceFile {
  char *path; /* NULL: standard input */
  guint word;
  MailFlags flags;
  gboolean is_mail; /* whatever it looks like */
} SourceFile;

struct MailSource {
  GArray *kinds;    /* SourceKind of each word */
  GPtrArray *files; /* SourceFile * */
  guint n_opened;
  guint64 total_bytes, done_bytes;
  /* the file that is read */
  const SourceFile *file; /* NULL: none is */
  int fd;
  MboxReader *mbox; /* NULL: it is one message */
  guint64 n_messages;
  char *piece; /* of PIECE_BYTES */
  gsize at, len;
};

void source_mail_free(SourceMail *mail) {
  if (!mail)
    return;
  g_clear_pointer(&mail->bytes, g_bytes_unref);
  g_free(mail->name);
  g_free(mail->sender);
  g_free(mail);
}

static void file_free(gpointer data) {
  SourceFile *file = data;

  g_free(file->path);
  g_free(file);
}

MailSource *mail_source_new(void) {
  MailSource *source = g_new0(MailSource, 1);

  source->kinds = g_array_new(FALSE, TRUE, sizeof(SourceKind));
  source->files = g_ptr_array_new_with_free_func(file_free);
  source->piece = g_malloc(PIECE_BYTES);
  return source;
}

static void close_file(MailSource *source) {
  if (source->file && source->file->path)
    close(source->fd);
  source->file = NULL;
  g_clear_pointer(&source->mbox, mbox_reader_free);
  source->at = source->len = 0;
  source->n_messages = 0;
}

void mail_source_free(MailSource *source) {
  if (!source)
    return;
  close_file(source);
  g_array_unref(source->kinds);
  g_ptr_array_unref(source->files);
  g_free(source->piece);
  g_free(source);
}

static SourceKind *kind_at(const MailSource *source, guint word) {
  return &g_array_index(source->kinds, SourceKind, word);
}

SourceKind mail_source_kind(const MailSource *source, guint word) {
  return *kind_at(source, word);
}

guint64 mail_source_total(const MailSource *source) {
  return source->total_bytes;
}

guint64 mail_source_done(const MailSource *source) {
  return source->done_bytes;
}

/* --- adding */

static SourceFile *add_file(MailSource *source, const char *path) {
  SourceFile *file = g_new0(SourceFile, 1);
  struct stat status;

  file->path = g_strdup(path);
  file->word = source->kinds->len - 1;
  if (path && stat(path, &status) == 0 && S_ISREG(status.st_mode))
    source->total_bytes += (guint64)status.st_size;
  g_ptr_array_add(source->files, file);
  return file;
}

static gboolean is_wanted(const SourceFile *file) {
  return g_str_has_suffix(file->path, ".eml") || g_str_has_suffix(file->path, ".mbox");
}

typedef void (*EntryFunc)(MailSource *source, const char *path, const char *name, gboolean is_in_cur);

static void add_mail(MailSource *source, const char *path, const char *name, gboolean is_in_cur) {
  SourceFile *file = add_file(source, path);
  const MailFile mail = {.directory = is_in_cur ? MAIL_DIRECTORY_CUR : MAIL_DIRECTORY_NEW, .name = (char *)name};

  file->flags = mail_file_flags(&mail);
  file->is_mail = TRUE;
}

static void add_wanted(MailSource *source, const char *path, const char *name, gboolean is_in_cur) {
  const SourceFile file = {.path = (char *)path};

  if (is_wanted(&file))
    (void)add_file(source, path);
}

static gboolean each_entry(MailSource *source, const char *directory, gboolean is_cur, EntryFunc func, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GDir) entries = g_dir_open(directory, 0, &failure);

  if (!entries)
    return cli_fail(error, EXIT_CODE_FAILED, "%s", failure->message);
  for (const char *name; (name = g_dir_read_name(entries));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (name[0] != '.')
      func(source, path, name, is_cur);
  }
  return TRUE;
}

/* Names of a Maildir begin with the time. */
static int compare_names(gconstpointer a, gconstpointer b) {
  const SourceFile *const *files[] = {a, b};
  const char *paths[] = {(*files[0])->path, (*files[1])->path};

  return strcmp(strrchr(paths[0], '/') + 1, strrchr(paths[1], '/') + 1);
}

static void sort_from(MailSource *source, guint first) {
  if (source->files->len > first)
    qsort(source->files->pdata + first, source->files->len - first, sizeof(gpointer), compare_names);
}

static gboolean add_maildir(MailSource *source, const char *path, GError **error) {
  g_autofree char *new = g_build_filename(path, "new", NULL);
  g_autofree char *cur = g_build_filename(path, "cur", NULL);
  guint first = source->files->len;
  gboolean is_whole = each_entry(source, new, FALSE, add_mail, error) && each_entry(source, cur, TRUE, add_mail, error);

  *kind_at(source, source->kinds->len - 1) = SOURCE_KIND_MAILDIR;
  sort_from(source, first);
  return is_whole;
}

static gboolean add_directory(MailSource *source, const char *path, GError **error) {
  guint first = source->files->len;

  *kind_at(source, source->kinds->len - 1) = SOURCE_KIND_DIRECTORY;
  if (!each_entry(source, path, FALSE, add_wanted, error))
    return FALSE;
  sort_from(source, first);
  if (source->files->len == first)
    return cli_fail(error, EXIT_CODE_FAILED, "%s is neither a Maildir nor contains *.eml or *.mbox files", path);
  return TRUE;
}

gboolean mail_source_add(MailSource *source, const char *word, GError **error) {
  gboolean is_input = strcmp(word, "-") == 0;
  struct stat status;

  g_array_set_size(source->kinds, source->kinds->len + 1);
  if (!is_input && stat(word, &status) != 0)
    return cli_fail(error, EXIT_CODE_FAILED, "%s: %s", word, g_strerror(errno));
  if (!is_input && S_ISDIR(status.st_mode))
    return local_is_maildir(word) ? add_maildir(source, word, error) : add_directory(source, word, error);
  (void)add_file(source, is_input ? NULL : word);
  return TRUE;
}

/* --- reading */

static const char *name_of(const SourceFile *file) {
  return file->path ? file->path : "standard input";
}

static gboolean fail_file(const SourceFile *file, GError **error) {
  return cli_fail(error, EXIT_CODE_FAILED, "%s: %s", name_of(file), g_strerror(errno));
}

/* More bytes after those that are there. FALSE: it could not be read; none came: it has ended. */
static gboolean read_more(MailSource *source, gsize *out_n, GError **error) {
  gssize n;

  do
    n = read(source->fd, source->piece + source->len, PIECE_BYTES - source->len);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return fail_file(source->file, error);
  source->len += (gsize)n;
  *out_n = (gsize)n;
  return TRUE;
}

/* The next piece. */
static gboolean read_piece(MailSource *source, GError **error) {
  gsize n;

  source->at = source->len = 0;
  return read_more(source, &n, error);
}

/* As much as tells what it is. */
static gboolean read_beginning(MailSource *source, GError **error) {
  gsize n = 1;

  source->at = source->len = 0;
  while (n > 0 && source->len < MBOX_LINE_MAX)
    if (!read_more(source, &n, error))
      return FALSE;
  return TRUE;
}

/* Reads it once to learn how it is quoted; what comes through a pipe is taken for an mboxrd. Of standard input somebody
 * may have read a part before. */
static gboolean guess_kind(MailSource *source, MboxKind *out_kind, GError **error) {
  g_autoptr(MboxReader) reader = mbox_reader_new(MBOX_KIND_RD, 0);
  off_t behind = lseek(source->fd, 0, SEEK_CUR);
  off_t start = behind - (off_t)source->len;

  *out_kind = MBOX_KIND_RD;
  if (behind < 0)
    return TRUE;
  while (source->len > 0) {
    g_auto(MboxMail) mail = {0};
    gsize n_taken;
    if (mbox_reader_take(reader, source->piece + source->at, source->len - source->at, &n_taken, &mail))
      source->at += n_taken;
    else if (!read_piece(source, error))
      return FALSE;
  }
  *out_kind = mbox_reader_guess(reader);
  if (lseek(source->fd, start, SEEK_SET) < 0)
    return fail_file(source->file, error);
  return read_piece(source, error);
}

static void note_kind(MailSource *source, SourceKind kind) {
  SourceKind *of_word = kind_at(source, source->file->word);

  if (*of_word == SOURCE_KIND_MAIL)
    *of_word = kind;
}

static gboolean begin_mbox(MailSource *source, GError **error) {
  MboxKind kind;

  if (!guess_kind(source, &kind, error))
    return FALSE;
  source->mbox = mbox_reader_new(kind, SOURCE_MAIL_MAX);
  note_kind(source, kind == MBOX_KIND_RD ? SOURCE_KIND_MBOXRD : SOURCE_KIND_MBOXO);
  return TRUE;
}

static gboolean open_file(MailSource *source, GError **error) {
  const SourceFile *file = source->file = g_ptr_array_index(source->files, source->n_opened++);
  gboolean is_mail = file->is_mail || (file->path && g_str_has_suffix(file->path, ".eml"));

  source->fd = file->path ? open(file->path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  if (source->fd < 0) {
    source->file = NULL;
    fail_file(file, error);
    return FALSE;
  }
  if (!read_beginning(source, error))
    return FALSE;
  if (source->len == 0)
    return cli_fail(error, EXIT_CODE_FAILED, "%s: the file is empty", name_of(file));
  if (is_mail)
    return TRUE;
  if (mbox_begins(source->piece, source->len))
    return begin_mbox(source, error);
  return !memchr(source->piece, '\0', MIN(source->len, (gsize)MBOX_LINE_MAX)) ||
         cli_fail(error, EXIT_CODE_FAILED, "%s: a binary file, not a message; if it is one, rename it to *.eml",
                  name_of(file));
}

static SourceMail *new_mail(const MailSource *source, GBytes *bytes, char *name, char *sender) {
  SourceMail *mail = g_new0(SourceMail, 1);

  *mail = (SourceMail){
      .bytes = bytes,
      .name = name,
      .sender = sender,
      .is_read = source->file->flags & MAIL_FLAG_SEEN,
      .is_flagged = source->file->flags & MAIL_FLAG_FLAGGED,
      .word = source->file->word,
  };
  return mail;
}

static void fail_length(const char *name, GError **error) {
  cli_fail(error, EXIT_CODE_FAILED, "%s: larger than %d MiB", name, SOURCE_MAIL_MAX / 1024 / 1024);
}

/* The whole file is one. */
static SourceMail *read_mail(MailSource *source, GError **error) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();

  while (source->len > 0) {
    if (source->len > SOURCE_MAIL_MAX - bytes->len) {
      fail_length(name_of(source->file), error);
      return NULL;
    }
    g_byte_array_append(bytes, (const guint8 *)source->piece, (guint)source->len);
    source->done_bytes += source->len;
    if (!read_piece(source, error))
      return NULL;
  }
  return new_mail(source, g_byte_array_free_to_bytes(g_steal_pointer(&bytes)), g_strdup(name_of(source->file)), NULL);
}

static Found take_from_mbox(MailSource *source, MboxMail *found, SourceMail **out_mail, GError **error) {
  g_autofree char *name =
      g_strdup_printf("%s: message %" G_GUINT64_FORMAT, name_of(source->file), ++source->n_messages);

  if (!found->bytes) {
    mbox_mail_clear(found);
    fail_length(name, error);
    return FOUND_FAILED;
  }
  *out_mail = new_mail(source, found->bytes, g_steal_pointer(&name), found->sender);
  return FOUND;
}

static Found read_from_mbox(MailSource *source, SourceMail **out_mail, GError **error) {
  MboxMail found = {0};

  while (source->len > 0) {
    gsize n_taken;
    gboolean has_ended =
        mbox_reader_take(source->mbox, source->piece + source->at, source->len - source->at, &n_taken, &found);
    source->at += n_taken;
    source->done_bytes += n_taken;
    if (has_ended)
      return take_from_mbox(source, &found, out_mail, error);
    if (!read_piece(source, error)) {
      close_file(source);
      return FOUND_FAILED;
    }
  }
  return mbox_reader_end(source->mbox, &found) ? take_from_mbox(source, &found, out_mail, error) : FOUND_NOTHING;
}

/* In the current file, or the next when there is none. */
static Found read_next(MailSource *source, SourceMail **out_mail, GError **error) {
  gboolean is_open = source->file || open_file(source, error);
  gboolean is_mbox = is_open && source->mbox;
  Found found = FOUND_FAILED;

  if (is_mbox)
    found = read_from_mbox(source, out_mail, error);
  else if (is_open && (*out_mail = read_mail(source, error)))
    found = FOUND;
  if (!is_mbox || found == FOUND_NOTHING)
    close_file(source);
  return found;
}

Found mail_source_next(MailSource *source, SourceMail **out_mail, guint *out_word, GError **error) {
  while (source->file || source->n_opened < source->files->len) {
    const SourceFile *file = source->file ? source->file : g_ptr_array_index(source->files, source->n_opened);
    *out_word = file->word;
    Found found = read_next(source, out_mail, error);
    if (found != FOUND_NOTHING)
      return found;
  }
  return FOUND_NOTHING;
}
