#include "app/estate.h"
#include "app/retention.h"
#include "intake/mail_log.h"
#include "intake/recipient_rules.h"
#include "intake/space_watch.h"
#include "store/storage_watch.h"
#include "store/store.h"

struct Estate {
  const InboxSettings *settings;
  struct event_base *base;
  Log *log;
  Inbox *inbox;   /* NULL: not open */
  Intake *intake; /* into the inbox */
  RecipientRules recipient_rules;
  SpaceWatch *space;    /* NULL: without --min-free */
  Retention *retention; /* NULL: without limits on what is kept */
  gboolean is_storing_troubled;
};

/* --- what the log says */

static void counted_cb(guint64 n_messages, gpointer user_data) {
  Estate *estate = user_data;

  if (!estate->inbox)
    return; /* closed meanwhile */
  log_event(estate->log, LOG_LEVEL_INFO, "storage", "Storing messages in <place>, which holds <mails>",
            LOG_TEXT("place", inbox_place(estate->inbox)), LOG_NUMBER("mails", (gint64)n_messages));
}

static void intake_slowed_cb(const InboxIntake *intake, gpointer user_data) {
  const Estate *estate = user_data;

  mail_log_slowed(estate->log, intake);
}

static void index_troubled_cb(const char *trouble, gpointer user_data) {
  Estate *estate = user_data;

  if (trouble)
    log_say(estate->log, LOG_LEVEL_WARNING, "index",
            "messages are stored, but lists are out of date or need more memory: %s", trouble);
  else
    log_say(estate->log, LOG_LEVEL_INFO, "index", "lists are up to date again");
}

static void noticed_cb(const char *text, gpointer user_data) {
  const Estate *estate = user_data;

  log_say(estate->log, LOG_LEVEL_WARNING, "maildir", "%s", text);
}

static void storage_changed_cb(const InboxStorageChange *change, gpointer user_data) {
  Estate *estate = user_data;

  if (change->is_elsewhere)
    log_say(
        estate->log, LOG_LEVEL_WARNING, "storage-replaced",
        "the Maildir or a directory in it was replaced: opened what is there now; messages recovered from a journal "
        "there: %u",
        change->n_recovered);
  if (change->trouble)
    log_say(estate->log, LOG_LEVEL_WARNING, "storage-trouble", "messages cannot be stored: %s; trying every %d seconds",
            change->trouble, STORAGE_LOOK_US / G_USEC_PER_SEC);
  else if (estate->is_storing_troubled)
    log_say(estate->log, LOG_LEVEL_INFO, "storage-trouble", "messages can be stored again");
  estate->is_storing_troubled = change->trouble != NULL;
}

/* --- life */

Estate *estate_new(const InboxSettings *settings, guint64 max_size_bytes, struct event_base *base, Log *log) {
  Estate *estate = g_new0(Estate, 1);

  estate->settings = settings;
  estate->base = base;
  estate->log = log;
  estate->intake = intake_new(log, max_size_bytes);
  estate->recipient_rules = (RecipientRules){
      .patterns = {.allow = settings->allow_recipients, .reject = settings->reject_recipients}, .log = log};
  intake_add_judge(estate->intake, 1U << INTAKE_STEP_RCPT, recipient_rules_judge, &estate->recipient_rules);
  return estate;
}

gboolean estate_open(Estate *estate, LoopQueue *queue, GError **error) {
  const StoreOptions store_options = {
      .directory = estate->settings->directory,
      .making = estate->settings->init,
      .sync = estate->settings->sync,
      .auto_tags = estate->settings->auto_tags,
      .file_mode = estate->settings->file_mode,
  };
  const InboxOptions inbox_options = {
      .troubled = index_troubled_cb,
      .noticed = noticed_cb,
      .storage_changed = storage_changed_cb,
      .slowed = intake_slowed_cb,
      .user_data = estate,
  };
  guint n_recovered = 0;
  InboxKeeper *keeper = store_open(&store_options, queue, &n_recovered, error);

  if (keeper)
    estate->inbox = inbox_new(keeper, queue, &inbox_options);
  if (n_recovered > 0)
    log_say(estate->log, LOG_LEVEL_WARNING, "recovered",
            "the server was not stopped cleanly the last time; messages recovered from its journal: %u", n_recovered);
  if (estate->inbox)
    intake_open(estate->intake, estate->inbox, queue);
  return estate->inbox != NULL;
}

void estate_watch(Estate *estate) {
  const InboxSettings *settings = estate->settings;
  const InboxLimits limits = {
      .max_age_us = settings->max_age_s * G_USEC_PER_SEC,
      .max_messages = settings->max_messages,
      .max_bytes = settings->max_disk_bytes,
  };

  inbox_count(estate->inbox, counted_cb, estate);
  if (settings->min_free_bytes > 0) {
    estate->space = space_watch_new(estate->base, estate->inbox, estate->log, settings->min_free_bytes);
    intake_add_judge(estate->intake, 1U << INTAKE_STEP_MAIL | 1U << INTAKE_STEP_END, space_watch_judge, estate->space);
  }
  estate->retention = retention_new(estate->base, estate->inbox, estate->log, &limits);
}

Inbox *estate_inbox(const Estate *estate) {
  return estate->inbox;
}

Intake *estate_intake(const Estate *estate) {
  return estate->intake;
}

void estate_close(Estate *estate) {
  if (!estate)
    return;
  space_watch_stop(estate->space);
  retention_stop(estate->retention);
  intake_close(estate->intake);
  inbox_end(g_steal_pointer(&estate->inbox));
}

void estate_free(Estate *estate) {
  if (!estate)
    return;
  space_watch_free(estate->space);
  retention_free(estate->retention);
  intake_free(estate->intake);
  g_free(estate);
}
