#include "app/estate.h"
#include "app/retention.h"
#include "intake/mail_log.h"
#include "intake/recipient_rules.h"
#include "intake/space_watch.h"
#include "store/storage_watch.h"
#include "store/store.h"

struct Estate {
  const EstateHost *host;
  const InboxSettings *settings;
  Inbox *inbox;   /* NULL: not open */
  Intake *intake; /* into the inbox */
  RecipientRules recipient_rules;
  SpaceWatch *space;    /* NULL: without --min-free */
  Retention *retention; /* NULL: without limits on what is kept */
  gboolean is_storing_troubled;
  EstateOpened opened; /* NULL: it is not being opened */
  gpointer opened_data;
  JobFunc closed; /* NULL: it is not being closed */
  gpointer closed_data;
};

/* --- what the log says */

static void counted_cb(guint64 n_messages, gpointer user_data) {
  Estate *estate = user_data;

  if (estate->closed)
    return;
  log_event(estate->host->log, LOG_LEVEL_INFO, "storage", "Storing messages in <place>, which holds <mails>",
            LOG_TEXT("place", inbox_place(estate->inbox)), LOG_NUMBER("mails", (gint64)n_messages));
}

static void intake_slowed_cb(const InboxIntake *intake, gpointer user_data) {
  const Estate *estate = user_data;

  mail_log_slowed(estate->host->log, intake);
}

static void index_troubled_cb(const char *trouble, gpointer user_data) {
  Estate *estate = user_data;

  if (trouble)
    log_say(estate->host->log, LOG_LEVEL_WARNING, "index",
            "messages are stored, but lists are out of date or need more memory: %s", trouble);
  else
    log_say(estate->host->log, LOG_LEVEL_INFO, "index", "lists are up to date again");
}

static void noticed_cb(const char *text, gpointer user_data) {
  const Estate *estate = user_data;

  log_say(estate->host->log, LOG_LEVEL_WARNING, "maildir", "%s", text);
}

static void storage_changed_cb(const InboxStorageChange *change, gpointer user_data) {
  Estate *estate = user_data;

  if (change->is_elsewhere)
    log_say(
        estate->host->log, LOG_LEVEL_WARNING, "storage-replaced",
        "the Maildir or a directory in it was replaced: opened what is there now; messages recovered from a journal "
        "there: %u",
        change->n_recovered);
  if (change->trouble)
    log_say(estate->host->log, LOG_LEVEL_WARNING, "storage-trouble",
            "messages cannot be stored: %s; trying every %d seconds", change->trouble,
            STORAGE_LOOK_US / G_USEC_PER_SEC);
  else if (estate->is_storing_troubled)
    log_say(estate->host->log, LOG_LEVEL_INFO, "storage-trouble", "messages can be stored again");
  estate->is_storing_troubled = change->trouble != NULL;
}

/* --- life */

Estate *estate_new(const EstateHost *host, const InboxSettings *settings, guint64 max_size_bytes) {
  Estate *estate = g_new0(Estate, 1);

  estate->host = host;
  estate->settings = settings;
  estate->intake = intake_new(host->log, max_size_bytes);
  estate->recipient_rules = (RecipientRules){
      .patterns = {.allow = settings->allow_recipients, .reject = settings->reject_recipients}, .log = host->log};
  intake_add_judge(estate->intake, 1U << INTAKE_STEP_RCPT, recipient_rules_judge, &estate->recipient_rules);
  return estate;
}

static void end(gpointer data) {
  Estate *estate = data;
  JobFunc closed = estate->closed;
  gpointer user_data = estate->closed_data;

  intake_free(estate->intake);
  g_free(estate);
  closed(user_data);
}

static void take_inbox(Estate *estate, InboxKeeper *keeper) {
  const InboxOptions options = {
      .troubled = index_troubled_cb,
      .noticed = noticed_cb,
      .storage_changed = storage_changed_cb,
      .slowed = intake_slowed_cb,
      .user_data = estate,
  };

  estate->inbox = inbox_new(keeper, estate->host->queue, &options);
  intake_open(estate->intake, estate->inbox, estate->host->queue);
}

static void store_opened_cb(InboxKeeper *keeper, guint n_recovered, const GError *error, gpointer user_data) {
  Estate *estate = user_data;
  EstateOpened opened = estate->opened;

  estate->opened = NULL;
  if (n_recovered > 0)
    log_say(estate->host->log, LOG_LEVEL_WARNING, "recovered",
            "the server was not stopped cleanly the last time; messages recovered from its journal: %u", n_recovered);
  if (estate->closed && keeper)
    inbox_close(inbox_new(keeper, estate->host->queue, NULL), end, estate);
  else if (estate->closed)
    end(estate);
  else {
    if (keeper)
      take_inbox(estate, keeper);
    opened(error, estate->opened_data);
  }
}

void estate_open(Estate *estate, EstateOpened opened, gpointer user_data) {
  const StoreOptions options = {
      .directory = estate->settings->directory,
      .making = estate->settings->init,
      .sync = estate->settings->sync,
      .auto_tags = estate->settings->auto_tags,
      .file_mode = estate->settings->file_mode,
      .followers = estate->host->followers,
  };

  estate->opened = opened;
  estate->opened_data = user_data;
  store_open(&options, estate->host->queue, store_opened_cb, estate);
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
    estate->space = space_watch_new(estate->host->base, estate->inbox, estate->host->log, settings->min_free_bytes);
    intake_add_judge(estate->intake, 1U << INTAKE_STEP_MAIL | 1U << INTAKE_STEP_END, space_watch_judge, estate->space);
  }
  estate->retention = retention_new(estate->host->base, estate->inbox, estate->host->log, &limits);
}

Inbox *estate_inbox(const Estate *estate) {
  return estate->inbox;
}

Intake *estate_intake(const Estate *estate) {
  return estate->intake;
}

void estate_leave(Estate *estate) {
  if (estate->inbox)
    inbox_leave(estate->inbox);
}

void estate_close(Estate *estate, JobFunc closed, gpointer user_data) {
  Inbox *inbox = g_steal_pointer(&estate->inbox);

  estate->closed = closed;
  estate->closed_data = user_data;
  intake_close(estate->intake);
  space_watch_close(g_steal_pointer(&estate->space));
  retention_close(g_steal_pointer(&estate->retention));
  if (inbox)
    inbox_close(inbox, end, estate);
  else if (!estate->opened) /* else it is known soon what there is to close */
    end(estate);
}
