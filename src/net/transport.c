#include "net/transport.h"
#include <errno.h>
#include <sys/socket.h>

static gboolean is_passing(int reason) {
  return reason == EAGAIN || reason == EWOULDBLOCK || reason == EINTR;
}

static NetIo plain_read(gpointer carrier, int fd, struct evbuffer *input) {
  struct evbuffer_iovec room;

  if (evbuffer_reserve_space(input, NET_READ_BYTES, &room, 1) < 1)
    return NET_IO_BROKEN;
  ssize_t n_bytes = recv(fd, room.iov_base, room.iov_len, 0);
  if (n_bytes < 0)
    return is_passing(errno) ? NET_IO_WANTS_INPUT : NET_IO_BROKEN;
  room.iov_len = (gsize)n_bytes;
  evbuffer_commit_space(input, &room, 1);
  return n_bytes > 0 ? NET_IO_DONE : NET_IO_ENDED;
}

static NetIo plain_write(gpointer carrier, int fd, struct evbuffer *output) {
  if (evbuffer_write(output, fd) < 0 && !is_passing(errno))
    return NET_IO_BROKEN;
  return evbuffer_get_length(output) > 0 ? NET_IO_WANTS_OUTPUT : NET_IO_DONE;
}

const NetTransport net_transport_plain = {.read = plain_read, .write = plain_write};
