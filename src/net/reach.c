#include "net/reach.h"
#include "net/cidr.h"

typedef struct Block {
  guint8 ip[16];
  guint n_bits;
  const char *kind;
  guint ip4_at; /* where in an IPv6 address the IPv4 address is that it stands for; 0: it stands for none */
} Block;

static const Block ip4_blocks[] = {
    {{0}, 8, "an unspecified"},
    {{10}, 8, "a private"},
    {{100, 64}, 10, "a carrier's private"},
    {{127}, 8, "a loopback"},
    {{169, 254}, 16, "a link-local"},
    {{172, 16}, 12, "a private"},
    {{192, 0, 0}, 24, "a reserved"},
    {{192, 0, 2}, 24, "a documentation"},
    {{192, 88, 99}, 24, "a reserved"},
    {{192, 168}, 16, "a private"},
    {{198, 18}, 15, "a benchmarking"},
    {{198, 51, 100}, 24, "a documentation"},
    {{203, 0, 113}, 24, "a documentation"},
    {{224}, 4, "a multicast"},
    {{240}, 4, "a reserved"},
};

/* The first that fits counts; nothing but 2000::/3 has been given out to the public. */
static const Block ip6_blocks[] = {
    {{[15] = 0}, 128, "an unspecified"},
    {{[15] = 1}, 128, "a loopback"},
    {{0}, 96, "a reserved"},
    {{0x00, 0x64, 0xff, 0x9b}, 96, NULL, 12},
    {{0xfc}, 7, "a private"},
    {{0xfe, 0x80}, 10, "a link-local"},
    {{0xfe, 0xc0}, 10, "a private"},
    {{0xff}, 8, "a multicast"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "a documentation"},
    {{0x3f, 0xff}, 20, "a documentation"},
    {{0x20, 0x01}, 23, "a reserved"},
    {{0x20, 0x02}, 16, NULL, 2},
    {{0x20}, 3, NULL},
    {{0}, 0, "a reserved"},
};

static const char *kind_of_ip4(const guint8 *ip) {
  for (gsize i = 0; i < G_N_ELEMENTS(ip4_blocks); i++)
    if (net_ip_has_prefix(ip, ip4_blocks[i].ip, ip4_blocks[i].n_bits))
      return ip4_blocks[i].kind;
  return NULL;
}

static const char *kind_of_ip6(const guint8 *ip) {
  gsize i = 0;

  while (!net_ip_has_prefix(ip, ip6_blocks[i].ip, ip6_blocks[i].n_bits))
    i++;
  return ip6_blocks[i].ip4_at > 0 ? kind_of_ip4(ip + ip6_blocks[i].ip4_at) : ip6_blocks[i].kind;
}

const char *net_reach_kind(const NetAddress *address) {
  guint8 ip[16];
  gsize ip_len = net_address_ip(address, ip);

  if (ip_len == 0)
    return "a unix socket's";
  return ip_len == 4 ? kind_of_ip4(ip) : kind_of_ip6(ip);
}
