/* The description of all this for programs. */
#include "api/api_data.h"
#include "api/api_private.h"

static void get_openapi(HttpRequest *request, gpointer user_data) {
  g_autoptr(GBytes) json =
      g_resource_lookup_data(api_data_get_resource(), "/dsmtpd/openapi.json", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  http_request_answer(request, http_response_json(200, json));
}

const HttpRoute api_openapi_routes[] = {
    {.method = "GET", .pattern = "/api/v1/openapi.json", .handler = get_openapi},
    {.method = "GET", .pattern = "/api/v1/swagger.json", .handler = get_openapi},
    {.pattern = NULL},
};
