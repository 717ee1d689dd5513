#include "api/html_check.h"
#include "api/api_data.h"
#include "api/json.h"
#include "message/html_features.h"
#include "message/source_line.h"
#include <string.h>

/* How many of the versions that were tried support something. */
typedef struct Tally {
  guint n_yes;
  guint n_partial;
  guint n_no;
} Tally;

typedef struct Check {
  const char *html;
  HtmlFeatures *features;
  const json_t *families;  /* key to name */
  const json_t *platforms; /* key to name */
  guint n_tests;
  double partial; /* the worst of all, weighed by how much of the message it is */
  double unsupported;
  GPtrArray *warnings; /* json_t * */
} Check;

json_t *html_check_load(void) {
  g_autoptr(GBytes) bytes =
      g_resource_lookup_data(api_data_get_resource(), "/dsmtpd/caniemail.json", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize len;
  const char *text = g_bytes_get_data(bytes, &len);

  return json_loadb(text, len, 0, NULL);
}

static const char *name_of(const json_t *names, const char *key) {
  const char *name = json_string_value(json_object_get(names, key));

  return name ? name : key;
}

/* --- one feature */

/* *out_offset is where the first is. */
static guint count_found(const Check *check, const json_t *feature, gsize *out_offset) {
  const json_t *names = json_object_get(feature, "found_by");
  guint n = 0;

  *out_offset = G_MAXSIZE;
  for (gsize i = 0; i < json_array_size(names); i++) {
    const HtmlFeature *found = html_features_find(check->features, json_string_value(json_array_get(names, i)));
    n += found ? found->count : 0;
    *out_offset = MIN(*out_offset, found ? found->offset : G_MAXSIZE);
  }
  return n;
}

/* "y", "n", or something in between, "a #1": with a note. */
static json_t *print_result(const Check *check, const char *family, const char *platform, const char *version,
                            const char *support, Tally *tally) {
  gboolean is_yes = support[0] == 'y' && !strchr(support, '#');
  gboolean is_no = support[0] == 'n' && !strchr(support, '#');
  const char *note = strrchr(support, '#');
  g_autofree char *name =
      g_strdup_printf("%s %s (%s)", name_of(check->families, family), name_of(check->platforms, platform), version);
  json_t *result = json_object();

  tally->n_yes += is_yes;
  tally->n_no += is_no;
  tally->n_partial += !is_yes && !is_no;
  json_object_set_new(result, "Name", json_text(name));
  json_object_set_new(result, "Platform", json_text(platform));
  json_object_set_new(result, "Family", json_text(family));
  json_object_set_new(result, "Version", json_text(version));
  json_object_set_new(result, "Support", json_text(is_yes ? "yes" : is_no ? "no" : "partial"));
  json_object_set_new(result, "NoteNumber", json_text(note ? note + 1 : ""));
  return result;
}

static json_t *print_results(const Check *check, const json_t *feature, Tally *tally) {
  json_t *results = json_array();
  const char *family;
  const char *platform;
  const char *version;
  json_t *platforms;
  json_t *versions;
  json_t *support;

  json_object_foreach(json_object_get(feature, "stats"), family, platforms) {
    json_object_foreach(platforms, platform, versions) {
      json_object_foreach(versions, version, support) {
        json_array_append_new(results,
                              print_result(check, family, platform, version, json_string_value(support), tally));
      }
    }
  }
  return results;
}

static json_t *print_score(guint n_found, const Tally *tally) {
  double n = MAX(tally->n_yes + tally->n_partial + tally->n_no, 1);
  json_t *score = json_object();

  json_object_set_new(score, "Found", json_integer(n_found));
  json_object_set_new(score, "Supported", json_real(100 * tally->n_yes / n));
  json_object_set_new(score, "Partial", json_real(100 * tally->n_partial / n));
  json_object_set_new(score, "Unsupported", json_real(100 * tally->n_no / n));
  return score;
}

static json_t *copy_or(const json_t *feature, const char *key, json_t *otherwise) {
  json_t *value = json_object_get(feature, key);

  if (!value || json_is_null(value))
    return otherwise;
  json_decref(otherwise);
  return json_incref(value);
}

static void weigh(Check *check, guint n_found, const Tally *tally) {
  double n = MAX(tally->n_yes + tally->n_partial + tally->n_no, 1);
  double weight = MIN(1.0, (double)n_found / MAX(check->features->n_elements, 1));

  check->partial = MAX(check->partial, 100 * tally->n_partial / n * weight);
  check->unsupported = MAX(check->unsupported, 100 * tally->n_no / n * weight);
}

static json_t *print_location(const char *html, gsize offset) {
  guint line;
  g_autofree char *text = source_line_read(html, strlen(html), offset, &line);

  return json_location("html", line, text);
}

/* What is found and not supported by all is a warning. */
static void check_feature(Check *check, const json_t *feature) {
  static const char *const texts[][2] = {{"Slug", "slug"}, {"Title", "title"},       {"Description", "description"},
                                         {"URL", "url"},   {"Category", "category"}, {"Keywords", "keywords"}};
  gsize offset;
  guint n_found = count_found(check, feature, &offset);
  Tally tally = {0};

  check->n_tests++;
  if (n_found == 0)
    return;
  json_t *warning = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    json_object_set_new(warning, texts[i][0], copy_or(feature, texts[i][1], json_text("")));
  json_object_set_new(warning, "Tags", copy_or(feature, "tags", json_array()));
  json_object_set_new(warning, "Results", print_results(check, feature, &tally));
  json_object_set_new(warning, "NotesByNumber", copy_or(feature, "notes_by_num", json_object()));
  json_object_set_new(warning, "Score", print_score(n_found, &tally));
  json_object_set_new(warning, "Location", print_location(check->html, offset));
  if (tally.n_partial + tally.n_no == 0) {
    json_decref(warning);
    return;
  }
  weigh(check, n_found, &tally);
  g_ptr_array_add(check->warnings, warning);
}

/* --- the whole */

static double badness(const json_t *warning) {
  const json_t *score = json_object_get(warning, "Score");

  return (100 - json_real_value(json_object_get(score, "Supported"))) *
         (double)json_integer_value(json_object_get(score, "Found"));
}

static gint compare_badness(gconstpointer a, gconstpointer b) {
  double difference = badness(*(json_t *const *)b) - badness(*(json_t *const *)a);

  return (difference > 0) - (difference < 0);
}

/* Which families there are on each platform. */
static json_t *print_platforms(const Check *check, const json_t *features) {
  json_t *platforms = json_object();
  const char *family;
  const char *platform;
  json_t *on_platforms;
  json_t *versions;

  for (gsize i = 0; i < json_array_size(features); i++)
    json_object_foreach(json_object_get(json_array_get(features, i), "stats"), family, on_platforms) {
      json_object_foreach(on_platforms, platform, versions) {
        if (!json_object_get(platforms, platform))
          json_object_set_new(platforms, platform, json_object());
        json_object_set_new(json_object_get(platforms, platform), name_of(check->families, family), json_true());
      }
    }
  json_object_foreach(platforms, platform, on_platforms) {
    json_t *names = json_array();
    json_object_foreach(on_platforms, family, versions) {
      json_array_append_new(names, json_text(family));
    }
    json_object_set_new(platforms, platform, names);
  }
  return platforms;
}

static json_t *print_total(const Check *check) {
  json_t *total = json_object();
  double supported = MAX(0, 100 - check->partial - check->unsupported);

  json_object_set_new(total, "Tests", json_integer(check->n_tests));
  json_object_set_new(total, "Nodes", json_integer(check->features->n_elements));
  json_object_set_new(total, "Supported", json_real(supported));
  json_object_set_new(total, "Partial", json_real(check->partial));
  json_object_set_new(total, "Unsupported", json_real(check->unsupported));
  return total;
}

json_t *html_check(const json_t *data, const char *html) {
  const json_t *features = json_object_get(data, "data");
  const json_t *names = json_object_get(data, "nicenames");
  Check check = {
      .html = html,
      .features = html_features_read(html),
      .families = json_object_get(names, "family"),
      .platforms = json_object_get(names, "platform"),
      .warnings = g_ptr_array_new(),
  };
  json_t *answer = json_object();
  json_t *warnings = json_array();

  for (gsize i = 0; i < json_array_size(features); i++)
    check_feature(&check, json_array_get(features, i));
  g_ptr_array_sort(check.warnings, compare_badness);
  for (guint i = 0; i < check.warnings->len; i++)
    json_array_append_new(warnings, g_ptr_array_index(check.warnings, i));
  json_object_set_new(answer, "Warnings", warnings);
  json_object_set_new(answer, "Platforms", print_platforms(&check, features));
  json_object_set(answer, "FamilyNames", json_object_get(names, "family"));
  json_object_set(answer, "PlatformNames", json_object_get(names, "platform"));
  json_object_set_new(answer, "Total", print_total(&check));
  g_ptr_array_unref(check.warnings);
  html_features_free(check.features);
  return answer;
}
