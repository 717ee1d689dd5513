#include "app/server_file.h"
#include "app/state_directory.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_NAME "servers"
#define SUFFIX ".json"

enum { DIRECTORY_MODE = 0700 };

struct ServerFile {
  char *path;
  int fd; /* has the lock */
};

void server_facts_free(ServerFacts *facts) {
  if (!facts)
    return;
  g_free(facts->maildir);
  g_free(facts->http);
  g_free(facts->smtp_host);
  g_free(facts->ca_file);
  g_free(facts);
}

/* Where it may be, the first choice first; NULL ends. */
static char **directories_of(const char *state_directory) {
  g_autofree char *state = state_directory_find(state_directory);
  g_autofree char *runtime = state_directory_find_runtime();
  char **directories = g_new0(char *, 3);

  directories[0] = g_build_filename(state, DIRECTORY_NAME, NULL);
  directories[1] = runtime ? g_build_filename(runtime, DIRECTORY_NAME, NULL) : NULL;
  return directories;
}

/* --- writing */

static json_t *text_or_null(const char *text) {
  return text ? json_string(text) : json_null();
}

/* A path that is not UTF-8 cannot be told in JSON; NULL. */
static char *print_facts(const ServerFacts *facts) {
  json_t *object = json_pack("{s:I, s:s, s:o, s:{s:s, s:i}, s:o, s:b, s:s}", "pid", (json_int_t)facts->pid, "maildir",
                             facts->maildir, "http", text_or_null(facts->http), "smtp", "host", facts->smtp_host,
                             "port", (int)facts->smtp_port, "ca", text_or_null(facts->ca_file), "login",
                             facts->needs_login, "version", DSMTPD_VERSION);
  char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;

  json_decref(object);
  return text;
}

/* The lock is the file's, not the name's, and so there from the first moment at which others see it. */
static int write_locked(const char *directory, const char *path, const char *text) {
  g_autofree char *temporary = g_build_filename(directory, ".XXXXXX", NULL);
  int fd =
      g_mkdir_with_parents(directory, DIRECTORY_MODE) == 0 ? g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600) : -1;
  gsize len = strlen(text);

  if (fd < 0)
    return -1;
  (void)flock(fd, LOCK_EX | LOCK_NB);
  if (write(fd, text, len) == (gssize)len && rename(temporary, path) == 0)
    return fd;
  unlink(temporary);
  close(fd);
  return -1;
}

static ServerFile *write_in(const char *directory, const char *name, const char *text) {
  g_autofree char *path = g_build_filename(directory, name, NULL);
  int fd = write_locked(directory, path, text);

  if (fd < 0)
    return NULL;
  ServerFile *file = g_new0(ServerFile, 1);
  file->path = g_steal_pointer(&path);
  file->fd = fd;
  return file;
}

ServerFile *server_file_write(const char *state_directory, const ServerFacts *facts) {
  g_auto(GStrv) directories = directories_of(state_directory);
  g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT SUFFIX, facts->pid);
  char *text = print_facts(facts);
  ServerFile *file = NULL;

  for (char **directory = directories; text && !file && *directory; directory++)
    file = write_in(*directory, name, text);
  free(text);
  return file;
}

/* In containers that share the directory, another server may have the same number, and the name by now. */
static gboolean is_ours(const ServerFile *file) {
  struct stat named, open;

  return stat(file->path, &named) == 0 && fstat(file->fd, &open) == 0 && named.st_ino == open.st_ino &&
         named.st_dev == open.st_dev;
}

void server_file_free(ServerFile *file) {
  if (!file)
    return;
  if (is_ours(file))
    unlink(file->path);
  close(file->fd);
  g_free(file->path);
  g_free(file);
}

/* --- reading */

/* NULL when it is none, as for what is null. */
static char *dup_text(const json_t *object, const char *name) {
  return g_strdup(json_string_value(json_object_get(object, name)));
}

static ServerFacts *parse_facts(const char *text, gsize len) {
  g_autoptr(ServerFacts) facts = g_new0(ServerFacts, 1);
  json_t *object = json_loadb(text, len, 0, NULL);
  const json_t *smtp = json_object_get(object, "smtp");
  json_int_t port = json_integer_value(json_object_get(smtp, "port"));

  *facts = (ServerFacts){
      .pid = json_integer_value(json_object_get(object, "pid")),
      .maildir = dup_text(object, "maildir"),
      .http = dup_text(object, "http"),
      .smtp_host = dup_text(smtp, "host"),
      .smtp_port = (guint16)CLAMP(port, 0, G_MAXUINT16),
      .ca_file = dup_text(object, "ca"),
      .needs_login = json_is_true(json_object_get(object, "login")),
  };
  json_decref(object);
  return facts->maildir && facts->smtp_host ? g_steal_pointer(&facts) : NULL;
}

static ServerFacts *read_facts(int fd) {
  g_autofree char *text = g_malloc(SERVER_FILE_MAX);
  gssize len = read(fd, text, SERVER_FILE_MAX);

  return len > 0 ? parse_facts(text, (gsize)len) : NULL;
}

/* NULL: its server is gone, or it is none of ours. */
static ServerFacts *read_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  ServerFacts *facts = NULL;

  if (fd < 0)
    return NULL;
  if (flock(fd, LOCK_SH | LOCK_NB) == 0)
    unlink(path);
  else
    facts = read_facts(fd);
  close(fd);
  return facts;
}

static void read_directory(const char *directory, GPtrArray *out_facts) {
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    ServerFacts *facts = g_str_has_suffix(name, SUFFIX) ? read_file(path) : NULL;
    if (facts)
      g_ptr_array_add(out_facts, facts);
  }
}

GPtrArray *server_files_read(const char *state_directory) {
  g_auto(GStrv) directories = directories_of(state_directory);
  GPtrArray *facts = g_ptr_array_new_with_free_func((GDestroyNotify)server_facts_free);

  for (char **directory = directories; *directory; directory++)
    read_directory(*directory, facts);
  return facts;
}
