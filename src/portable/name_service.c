/* How a static program finds hosts, users and groups: by files and DNS, whatever the system's nsswitch.conf says. What
 * else that names is a library made for the system's C library, and not for the one in here. */
#include <nss.h>

__attribute__((constructor)) static void choose_services(void) {
  __nss_configure_lookup("hosts", "files dns");
  __nss_configure_lookup("passwd", "files");
  __nss_configure_lookup("group", "files");
}
