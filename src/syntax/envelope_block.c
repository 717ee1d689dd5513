/* The block in front of a stored message, read again; envelope.c prints it. */
#include "syntax/dsn.h"
#include "syntax/envelope.h"
#include "syntax/smtp_command.h"
#include <stdio.h>
#include <string.h>

/* What is left of the bytes. */
typedef struct Text {
  const char *at;
  const char *end;
} Text;

/* Takes the line that `text` begins with; FALSE: it ends before a line does. */
static gboolean take_line(Text *text, Text *line) {
  const char *lf = text->at < text->end ? memchr(text->at, '\n', (gsize)(text->end - text->at)) : NULL;

  if (!lf)
    return FALSE;
  *line = (Text){text->at, lf};
  text->at = lf + 1;
  return TRUE;
}

static gboolean begins_with(const Text *text, const char *start) {
  gsize len = strlen(start);

  return (gsize)(text->end - text->at) >= len && memcmp(text->at, start, len) == 0;
}

static gboolean continues(const Text *text) {
  return text->at < text->end && (*text->at == ' ' || *text->at == '\t');
}

/* The value of the field `name`, which `text` must begin with, unfolded; NULL: it does not. */
static char *take_field(Text *text, const char *name) {
  Text rest = *text;
  Text line;

  if (!begins_with(&rest, name) || !take_line(&rest, &line))
    return NULL;
  g_autoptr(GString) value = g_string_new_len(line.at + strlen(name), line.end - line.at - (gssize)strlen(name));
  while (continues(&rest)) {
    if (!take_line(&rest, &line))
      return NULL;
    g_string_append_len(value, line.at, line.end - line.at);
  }
  *text = rest;
  return g_strdup(g_strchug(value->str));
}

/* Commas inside quoted local parts separate nothing (RFC 5321 4.1.2). */
static void split_forward_paths(const char *list, GPtrArray *forward_paths) {
  gboolean in_quotes = FALSE;
  const char *start = list;
  const char *at = list;

  for (; *at; at++) {
    if (*at == '\\' && in_quotes && at[1]) {
      at++;
    } else if (*at == '"') {
      in_quotes = !in_quotes;
    } else if (!in_quotes && at[0] == ',' && at[1] == ' ') {
      g_ptr_array_add(forward_paths, g_strndup(start, (gsize)(at - start)));
      start = at + 2;
    }
  }
  if (at > start)
    g_ptr_array_add(forward_paths, g_strdup(start));
}

/* The inside of a comment, which may have quoted pairs in it. */
static char *unquote(const char *text, gsize len) {
  GString *out = g_string_sized_new(len);

  for (gsize i = 0; i < len; i++) {
    if (text[i] == '\\' && i + 1 < len)
      i++;
    g_string_append_c(out, text[i]);
  }
  return g_string_free(out, FALSE);
}

/* "from NAME (HOST [LITERAL])", "from [LITERAL] (helo=TEXT)", "from [LITERAL]", and the same for who has no address. */
static void read_from(const char *line, Envelope *envelope) {
  static const char helo_start[] = " (helo=";
  const char *helo = strstr(line, helo_start);
  const char *comment = strstr(line, " (");
  gsize name_len = comment ? (gsize)(comment - line) : strlen(line);
  const char *literal = comment && !helo ? strchr(comment, '[') : NULL;
  const char *literal_end = literal ? strchr(literal, ']') : NULL;

  if (helo) {
    helo += strlen(helo_start);
    gsize len = strlen(helo);
    envelope->helo = unquote(helo, len > 0 && helo[len - 1] == ')' ? len - 1 : len);
  } else if (comment && strcmp(line, "localhost (unix socket)") != 0) {
    envelope->helo = g_strndup(line, name_len);
    envelope->helo_is_name = TRUE;
  }
  if (literal_end && literal > comment + 2)
    envelope->peer_name = g_strndup(comment + 2, (gsize)(literal - comment - 3));
  if (literal_end)
    envelope->peer_literal = g_strndup(literal, (gsize)(literal_end + 1 - literal));
  else if ((helo || !comment) && *line == '[')
    envelope->peer_literal = g_strndup(line, name_len);
}

/* "by HOST (dsmtpd VERSION) with PROTOCOL id ID" */
static void read_protocol(const char *line, Envelope *envelope) {
  static const char *const protocols[] = {"SMTP",     "ESMTP",     "ESMTPA",    "ESMTPS",     "ESMTPSA",
                                          "UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA", "HTTP"};
  const char *with = strstr(line, " with ");

  if (!with)
    return;
  with += strlen(" with ");
  gsize len = strcspn(with, " ;");
  for (gsize i = 0; i < G_N_ELEMENTS(protocols); i++)
    if (strlen(protocols[i]) == len && memcmp(protocols[i], with, len) == 0)
      envelope->protocol = protocols[i];
}

/* "for <PATH>; Mon, 1 Jan 2024 05:30:09 +0530", or the date alone. 0: none. */
static gint64 read_date(const char *line) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const char *date = g_str_has_prefix(line, "for <") ? g_strrstr(line, "; ") : line;
  char month[4] = "";
  int day;
  int year;
  int hour;
  int minute;
  int second;
  int offset;

  if (!date || !(date = strstr(date, ", ")))
    return 0;
  if (sscanf(date, ", %2d %3s %4d %2d:%2d:%2d %5d", &day, month, &year, &hour, &minute, &second, &offset) != 7)
    return 0;
  const char *found = strlen(month) == 3 ? strstr(months, month) : NULL;
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
  g_autoptr(GDateTime) time =
      found ? g_date_time_new(utc, year, 1 + (int)(found - months) / 3, day, hour, minute, MIN(second, 59)) : NULL;
  gint64 offset_seconds = (offset / 100 * 60 + offset % 100) * 60;
  return time ? (g_date_time_to_unix(time) - offset_seconds) * G_USEC_PER_SEC : 0;
}

/* Received has three lines, no more: a message that begins with a blank follows directly. */
static gboolean take_received(Text *text, Envelope *envelope) {
  Text lines[3];

  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
    if ((i > 0 && !continues(text)) || !take_line(text, &lines[i]))
      return FALSE;
  gsize name_len = strlen("Received: from ");
  g_autofree char *from = g_strndup(lines[0].at + name_len, (gsize)(lines[0].end - lines[0].at) - name_len);
  g_autofree char *by = g_strndup(lines[1].at + 1, (gsize)(lines[1].end - lines[1].at) - 1);
  g_autofree char *date = g_strndup(lines[2].at + 1, (gsize)(lines[2].end - lines[2].at) - 1);
  read_from(from, envelope);
  read_protocol(by, envelope);
  envelope->received_us = read_date(date);
  return TRUE;
}

/* A value that SMTP would not take is passed over, so that what is printed again is sound. */
static void read_dsn_word(const char *word, guint64 recipient, Envelope *envelope) {
  char *notify = NULL; /* set only when it is taken over */
  const char *value = strchr(word, '=');

  if (!value || recipient > envelope->forward_paths->len)
    return;
  gsize keyword_len = (gsize)(value++ - word);
  gsize len = strlen(value);
  if (recipient == 0 && smtp_word_equal(word, keyword_len, "RET")) {
    (void)dsn_ret_parse(value, len, &envelope->dsn_ret);
  } else if (recipient == 0 && smtp_word_equal(word, keyword_len, "ENVID") && !dsn_envid_check(value, len)) {
    g_free(envelope->dsn_envid);
    envelope->dsn_envid = g_strdup(value);
  } else if (recipient > 0 && smtp_word_equal(word, keyword_len, "NOTIFY") && !dsn_notify_parse(value, len, &notify)) {
    EnvelopeDsn *dsn = envelope_dsn_add(envelope, (guint)recipient - 1);
    g_free(dsn->notify);
    dsn->notify = notify;
  } else if (recipient > 0 && smtp_word_equal(word, keyword_len, "ORCPT") && !dsn_orcpt_check(value, len)) {
    EnvelopeDsn *dsn = envelope_dsn_add(envelope, (guint)recipient - 1);
    g_free(dsn->orcpt);
    dsn->orcpt = g_strdup(value);
  }
}

/* See print_dsn() in envelope.c. */
static void read_dsn(const char *text, Envelope *envelope) {
  g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
  guint64 recipient = 0;

  for (char **word = words; *word; word++)
    if (!smtp_number_parse(*word, strlen(*word), &recipient))
      read_dsn_word(*word, recipient, envelope);
}

/* The fields that may stand between X-RcptTo and Received. One that is not known here, as another version may write it,
 * is passed over. FALSE: it is none of the block's. */
static gboolean take_optional_field(Text *text, Envelope *envelope, char **dsn, char **bare_lf) {
  const struct {
    const char *name;
    char **value;
  } fields[] = {
      {"X-Auth-User:", &envelope->auth_user},
      {"X-Dsn:", dsn},
      {"X-Diagnostics:", &envelope->diagnostics},
      {"X-Bare-LF:", bare_lf},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    if (begins_with(text, fields[i].name)) {
      g_free(*fields[i].value);
      *fields[i].value = take_field(text, fields[i].name);
      return *fields[i].value != NULL;
    }
  g_autofree char *unknown = begins_with(text, "X-") ? take_field(text, "X-") : NULL;
  return unknown != NULL;
}

Envelope *envelope_parse_block(const char *bytes, gsize n_bytes, gsize *block_len, char **bare_lf) {
  g_autoptr(Envelope) envelope = envelope_new();
  g_autofree char *bare_lf_found = NULL;
  g_autofree char *dsn = NULL;
  Text text = {bytes, bytes + n_bytes};
  g_autofree char *return_path = take_field(&text, "Return-Path:");

  envelope->peer = return_path ? take_field(&text, "X-Peer:") : NULL;
  envelope->reverse_path = envelope->peer ? take_field(&text, "X-MailFrom:") : NULL;
  g_autofree char *forward_paths = envelope->reverse_path ? take_field(&text, "X-RcptTo:") : NULL;
  if (!forward_paths)
    return NULL;
  split_forward_paths(forward_paths, envelope->forward_paths);
  while (take_optional_field(&text, envelope, &dsn, &bare_lf_found))
    ;
  read_dsn(dsn, envelope);
  if (!begins_with(&text, "Received: from ") || !take_received(&text, envelope))
    return NULL;
  *block_len = (gsize)(text.at - bytes);
  if (bare_lf)
    *bare_lf = g_steal_pointer(&bare_lf_found);
  return g_steal_pointer(&envelope);
}
