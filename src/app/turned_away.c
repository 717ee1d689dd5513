#include "app/turned_away.h"

struct TurnedAway {
  Log *log;
  const char *what;
  struct event *quiet;
  guint64 n; /* 0: none for a while */
};

static void quiet_cb(evutil_socket_t fd, short event, void *user_data) {
  TurnedAway *turned = user_data;

  log_event(turned->log, LOG_LEVEL_INFO, "taken-again",
            "<server> connections are accepted again; rejected in the meantime: <connections>",
            LOG_TEXT("server", turned->what), LOG_NUMBER("connections", (gint64)turned->n));
  turned->n = 0;
}

TurnedAway *turned_away_new(struct event_base *base, Log *log, const char *what) {
  TurnedAway *turned = g_new0(TurnedAway, 1);

  turned->log = log;
  turned->what = what;
  turned->quiet = event_new(base, -1, 0, quiet_cb, turned);
  return turned;
}

void turned_away_add(TurnedAway *turned, const char *peer, const char *why) {
  static const struct timeval quiet = {.tv_sec = TURNED_AWAY_QUIET_S};

  event_add(turned->quiet, &quiet); /* which puts it off, if it is set */
  if (turned->n++ > 0)
    return;
  log_event(turned->log, LOG_LEVEL_WARNING, "not-taken",
            "<peer>: an <server> connection was not accepted: <reason>; further ones are only counted",
            LOG_TEXT("server", turned->what), LOG_TEXT("peer", peer), LOG_TEXT("reason", why));
}

void turned_away_free(TurnedAway *turned) {
  if (!turned)
    return;
  event_free(turned->quiet);
  g_free(turned);
}
