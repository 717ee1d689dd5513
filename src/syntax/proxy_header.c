#include "syntax/proxy_header.h"
#include <arpa/inet.h>
#include <string.h>

enum { V2_PREFIX = 16, V2_VERSION = 2, TLV_PREFIX = 3 };

static const char v1_start[] = "PROXY ";
static const guint8 v2_start[] = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

G_DEFINE_QUARK(proxy_header_error, proxy_header_error)

static gboolean wrong(const char *message, GError **error) {
  g_set_error_literal(error, PROXY_HEADER_ERROR, PROXY_HEADER_ERROR_WRONG, message);
  return FALSE;
}

static guint read_16(const guint8 *bytes) {
  return (guint)bytes[0] << 8 | bytes[1];
}

/* --- where the header ends */

static gboolean is_v2(const ProxyHeader *header) {
  return header->bytes[0] == v2_start[0];
}

static gboolean begins_with(const ProxyHeader *header, gconstpointer start, gsize start_len) {
  return memcmp(header->bytes, start, MIN(header->len, start_len)) == 0;
}

static ProxyHeaderStatus judge_v1(const ProxyHeader *header) {
  gsize start_len = strlen(v1_start);

  if (!begins_with(header, v1_start, start_len))
    return PROXY_HEADER_WRONG;
  if (header->len > start_len && header->bytes[header->len - 1] == '\n')
    return header->bytes[header->len - 2] == '\r' ? PROXY_HEADER_WHOLE : PROXY_HEADER_WRONG;
  return header->len < PROXY_HEADER_V1_MAX ? PROXY_HEADER_MORE : PROXY_HEADER_WRONG;
}

static ProxyHeaderStatus judge_v2(const ProxyHeader *header) {
  if (!begins_with(header, v2_start, sizeof v2_start))
    return PROXY_HEADER_WRONG;
  if (header->len < V2_PREFIX)
    return PROXY_HEADER_MORE;

  gsize whole = V2_PREFIX + read_16(header->bytes + V2_PREFIX - 2);
  if (whole > PROXY_HEADER_MAX)
    return PROXY_HEADER_WRONG;
  return header->len < whole ? PROXY_HEADER_MORE : PROXY_HEADER_WHOLE;
}

ProxyHeaderStatus proxy_header_feed(ProxyHeader *header, const guint8 *in, gsize in_len, gsize *out_used) {
  ProxyHeaderStatus status = PROXY_HEADER_MORE;

  for (*out_used = 0; status == PROXY_HEADER_MORE && *out_used < in_len; (*out_used)++) {
    header->bytes[header->len++] = in[*out_used];
    status = is_v2(header) ? judge_v2(header) : judge_v1(header);
  }
  return status;
}

/* --- version 1: "PROXY TCP4 192.0.2.1 192.0.2.2 40000 25" CR LF */

static gboolean read_port(const char *text, guint16 *out_port) {
  guint64 port;

  if ((text[0] == '0' && text[1] != '\0') || !g_ascii_isdigit(text[0]) ||
      !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT16, &port, NULL))
    return FALSE;
  *out_port = (guint16)port;
  return TRUE;
}

static gboolean read_v1(const ProxyHeader *header, ProxyAddresses *out, GError **error) {
  enum { PROTOCOL, SOURCE, DESTINATION, SOURCE_PORT, DESTINATION_PORT, N_FIELDS };
  gsize len = header->len - strlen(v1_start) - strlen("\r\n");
  g_autofree char *text = g_strndup((const char *)header->bytes + strlen(v1_start), len);

  if (strlen(text) != len)
    return wrong("there is a NUL in its line", error);
  if (strcmp(text, "UNKNOWN") == 0 || g_str_has_prefix(text, "UNKNOWN "))
    return TRUE; /* what follows is to be ignored */

  g_auto(GStrv) fields = g_strsplit(text, " ", -1);
  if (g_strv_length(fields) != N_FIELDS)
    return wrong("its line has not six fields with one space between them", error);

  gboolean is_ip4 = strcmp(fields[PROTOCOL], "TCP4") == 0;
  int family = is_ip4 ? AF_INET : AF_INET6;
  if (!is_ip4 && strcmp(fields[PROTOCOL], "TCP6") != 0)
    return wrong("its protocol is not TCP4, TCP6 or UNKNOWN", error);
  if (inet_pton(family, fields[SOURCE], out->source.ip) != 1 ||
      inet_pton(family, fields[DESTINATION], out->destination.ip) != 1)
    return wrong("an address in it does not fit its protocol", error);
  if (!read_port(fields[SOURCE_PORT], &out->source.port) ||
      !read_port(fields[DESTINATION_PORT], &out->destination.port))
    return wrong("a port in it is not a number from 0 to 65535", error);
  out->ip_len = is_ip4 ? 4 : 16;
  return TRUE;
}

/* --- version 2: signature, version and command, family and protocol, length; addresses; type-length-values */

/* What follows the addresses has to be well-formed, whatever it means: else the addresses are not to be trusted. */
static gboolean check_tlvs(const guint8 *bytes, gsize len, GError **error) {
  while (len > 0) {
    gsize tlv_len = len >= TLV_PREFIX ? TLV_PREFIX + read_16(bytes + 1) : G_MAXSIZE;
    if (tlv_len > len)
      return wrong("a value after its addresses is cut off", error);
    bytes += tlv_len;
    len -= tlv_len;
  }
  return TRUE;
}

static void take_ends(const guint8 *bytes, gsize ip_len, ProxyAddresses *out) {
  memcpy(out->source.ip, bytes, ip_len);
  memcpy(out->destination.ip, bytes + ip_len, ip_len);
  out->source.port = (guint16)read_16(bytes + 2 * ip_len);
  out->destination.port = (guint16)read_16(bytes + 2 * ip_len + 2);
  out->ip_len = ip_len;
}

static gboolean read_v2(const ProxyHeader *header, ProxyAddresses *out, GError **error) {
  enum { COMMAND_LOCAL = 0, COMMAND_PROXY = 1 };
  static const struct {
    guint8 code; /* family and transport */
    gsize len;   /* of the addresses */
    gsize ip_len;
  } families[] = {{0x00, 0, 0}, {0x11, 12, 4}, {0x21, 36, 16}, {0x31, 216, 0}};
  const guint8 *body = header->bytes + V2_PREFIX;
  gsize body_len = header->len - V2_PREFIX;
  guint8 version_command = header->bytes[sizeof v2_start];
  guint8 family = header->bytes[sizeof v2_start + 1];
  gsize row = 0;

  if (version_command >> 4 != V2_VERSION || (version_command & 0x0F) > COMMAND_PROXY)
    return wrong("its version or command is unknown", error);
  if ((version_command & 0x0F) == COMMAND_LOCAL)
    return TRUE; /* the proxy speaks for itself; what follows is to be ignored */

  while (row < G_N_ELEMENTS(families) && families[row].code != family)
    row++;
  if (row == G_N_ELEMENTS(families))
    return wrong("its connection is not a stream over IPv4, IPv6 or a unix socket", error);
  if (body_len < families[row].len)
    return wrong("it is too short for its addresses", error);
  if (families[row].code == 0x00)
    return TRUE; /* nothing is said of what follows */
  if (!check_tlvs(body + families[row].len, body_len - families[row].len, error))
    return FALSE;
  if (families[row].ip_len > 0)
    take_ends(body, families[row].ip_len, out);
  return TRUE;
}

gboolean proxy_header_read(const ProxyHeader *header, ProxyAddresses *out_addresses, GError **error) {
  *out_addresses = (ProxyAddresses){0};
  return is_v2(header) ? read_v2(header, out_addresses, error) : read_v1(header, out_addresses, error);
}
