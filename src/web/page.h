#pragma once
/* The page that shows the messages in a browser: the files of web/, which are in the program.
 *
 * Owns: nothing; the files lie in the program's own memory.
 * Thread: the loop thread.
 * Errors: 404 for what is not a file of the page.
 * Source: docs/page.md; tools/pack_page.py puts the files in. */
#include "http/routes.h"

/* Adds `/`, `/view/{id}`, `/api/v1/` and the files they load. */
void page_add_routes(HttpRoutes *routes);
