/*
 * Asks one question after the other and tells each, and each answer with the MAC that it came from, on standard output:
 *   q NUMBER MICROSECONDS          a NUMBER MICROSECONDS MAC
 * prober neighbour|udp|tcp DEVICE ADDRESS MILLISECONDS PORT, until standard input ends. Answers are read below the kernel's own
 * sockets, since only the frame says which machine sent it. What it asks as, is another station (neighbour), another number (udp)
 * or another port (tcp) each time, so that an answer belongs to one question.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A SYN that the kernel would repeat after a second must not count as one question that was answered late. */
#define PATIENCE_MICROS 900000
#define OPEN 1024

static int wire, udp = -1, v6, port, device;
static unsigned char mac[6], target[16];
static uint32_t numberOfPort[65536];
static struct { int fd; int64_t at; } opened[OPEN];

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void fail(const char *what) {
  fprintf(stderr, "prober: %s: %s\n", what, strerror(errno));
  exit(1);
}

static socklen_t destination(struct sockaddr_storage *to) {
  memset(to, 0, sizeof *to);
  to->ss_family = v6 ? AF_INET6 : AF_INET;
  if (v6) memcpy(&((struct sockaddr_in6 *)to)->sin6_addr, target, 16);
  else memcpy(&((struct sockaddr_in *)to)->sin_addr, target, 4);
  ((struct sockaddr_in *)to)->sin_port = htons(port); /* at the same place in both families */
  return v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static void put32(unsigned char *at, uint32_t value) { value = htonl(value), memcpy(at, &value, 4); }
static uint32_t get32(const unsigned char *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return ntohl(value);
}

/* Of an ICMPv6 message: the pseudo-header of RFC 8200 §8.1 is summed with it. */
static void checksum6(unsigned char *ip, unsigned length) {
  uint32_t sum = length + 58;
  for (unsigned i = 8; i < 40 + length; i += 2) sum += ip[i] << 8 | ip[i + 1];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  ip[42] = ~sum >> 8, ip[43] = ~sum;
}

/* Stations of 198.18.0.0/15, which is for tests (RFC 2544). */
static unsigned arpQuestion(unsigned char *frame, uint32_t number) {
  memset(frame, 0xff, 6), memcpy(frame + 6, mac, 6);
  memcpy(frame + 12, "\x08\x06\0\x01\x08\0\x06\x04\0\x01", 10);
  memcpy(frame + 22, mac, 6), put32(frame + 28, 198u << 24 | 18u << 16 | (number & 0x1ffff));
  memset(frame + 32, 0, 6), memcpy(frame + 38, target, 4);
  return 42;
}

/* Stations are link-local, fe80::5eed:NUMBER. */
static unsigned neighbourSolicitation(unsigned char *frame, uint32_t number) {
  unsigned char *ip = frame + 14;
  memset(frame, 0, 86);
  memcpy(frame, "\x33\x33\xff", 3), memcpy(frame + 3, target + 13, 3), memcpy(frame + 6, mac, 6), memcpy(frame + 12, "\x86\xdd", 2);
  memcpy(ip, "\x60\0\0\0\0\x20\x3a\xff\xfe\x80", 10), ip[18] = 0x5e, ip[19] = 0xed, put32(ip + 20, number);
  memcpy(ip + 24, "\xff\x02\0\0\0\0\0\0\0\0\0\x01\xff", 13), memcpy(ip + 37, target + 13, 3);
  ip[40] = 135, memcpy(ip + 48, target, 16), ip[64] = 1, ip[65] = 1, memcpy(ip + 66, mac, 6);
  checksum6(ip, 32);
  return 86;
}

static void connectAs(uint32_t number) {
  struct sockaddr_storage to, from;
  socklen_t length = destination(&to), size = sizeof from;
  int slot = number % OPEN, fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct linger reset = {1, 0};
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  /* Bound first, so that the number is known before an answer can come. */
  from = to, memset((char *)&from + 2, 0, sizeof from - 2);
  if (bind(fd, (struct sockaddr *)&from, length) < 0 || getsockname(fd, (struct sockaddr *)&from, &size) < 0) fail("bind");
  numberOfPort[ntohs(((struct sockaddr_in *)&from)->sin_port)] = number;
  connect(fd, (struct sockaddr *)&to, length);
  if (opened[slot].fd > 0) close(opened[slot].fd);
  opened[slot].fd = fd, opened[slot].at = now();
}

static void ask(const char *kind, uint32_t number) {
  printf("q %u %lld\n", number, (long long)now());
  if (*kind == 'n') {
    unsigned char frame[86];
    send(wire, frame, v6 ? neighbourSolicitation(frame, number) : arpQuestion(frame, number), 0);
  } else if (*kind == 'u') {
    struct sockaddr_storage to;
    unsigned char payload[8] = "ask", ignored[64];
    put32(payload + 4, number);
    sendto(udp, payload, 8, MSG_DONTWAIT, (struct sockaddr *)&to, destination(&to));
    while (recv(udp, ignored, sizeof ignored, MSG_DONTWAIT) >= 0) continue;
  } else connectAs(number);
}

static void answered(uint32_t number, const unsigned char *by) {
  printf("a %u %lld %02x:%02x:%02x:%02x:%02x:%02x\n", number, (long long)now(), by[0], by[1], by[2], by[3], by[4], by[5]);
}

/* Numbers in frames may be cut short; the newest question with that end is meant. */
static uint32_t whole(uint32_t cut, uint32_t mask, uint32_t next) { return next - 1 - ((next - 1 - cut) & mask); }

static void hear(const char *kind, const unsigned char *frame, int length, uint32_t next) {
  const unsigned char *ip = frame + 14, *inner = ip + (v6 ? 40 : (ip[0] & 15) * 4);
  int protocol = v6 ? ip[6] : ip[9];
  if (*kind == 'n' && !v6) {
    if (length >= 42 && frame[21] == 2 && !memcmp(frame + 28, target, 4) && frame[38] == 198 && (frame[39] & 0xfe) == 18)
      answered(whole(get32(frame + 38) & 0x1ffff, 0x1ffff, next), frame + 22);
    return;
  }
  if (inner + 16 > frame + length) return;
  if (*kind == 'n') {
    if (length < 78 || protocol != 58 || inner[0] != 136 || memcmp(inner + 8, target, 16) || ip[34] != 0x5e || ip[35] != 0xed) return;
    answered(get32(ip + 36), length >= 86 && inner[24] == 2 ? inner + 26 : frame + 6);
    return;
  }
  if (memcmp(v6 ? ip + 8 : ip + 12, target, v6 ? 16 : 4) || (inner[0] << 8 | inner[1]) != port) return;
  if (*kind == 'u' && protocol == 17 && !memcmp(inner + 8, "ask", 4)) answered(get32(inner + 12), frame + 6);
  if (*kind == 't' && protocol == 6 && inner[13] == 0x12) {
    uint32_t number = numberOfPort[inner[2] << 8 | inner[3]];
    if (opened[number % OPEN].fd > 0 && now() - opened[number % OPEN].at < PATIENCE_MICROS) answered(number, frame + 6);
  }
}

/* A connection that was answered stays for a moment: the kernel has yet to see the answer that the wire showed us. */
static void closeOld(void) {
  for (int i = 0; i < OPEN; i++)
    if (opened[i].fd > 0 && now() - opened[i].at > PATIENCE_MICROS) close(opened[i].fd), opened[i].fd = 0;
}

static void open_wire(const char *kind, const char *name) {
  struct ifreq link = {0};
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(v6 ? ETH_P_IPV6 : *kind == 'n' ? ETH_P_ARP : ETH_P_IP)};
  wire = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
  strncpy(link.ifr_name, name, IFNAMSIZ - 1);
  if (wire < 0 || ioctl(wire, SIOCGIFHWADDR, &link) < 0) fail(name);
  memcpy(mac, link.ifr_hwaddr.sa_data, 6);
  at.sll_ifindex = device = if_nametoindex(name);
  if (bind(wire, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
}

int main(int count, char **words) {
  if (count != 6) return fprintf(stderr, "prober neighbour|udp|tcp DEVICE ADDRESS MILLISECONDS PORT\n"), 64;
  const char *kind = words[1];
  v6 = strchr(words[3], ':') != NULL, port = atoi(words[5]);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, words[3], target) != 1) fail(words[3]);
  open_wire(kind, words[2]);
  if (*kind == 'u' && (udp = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0)) < 0) fail("socket");
  int64_t every = atof(words[4]) * 1000, due = now();
  struct pollfd sources[2] = {{.fd = wire, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (uint32_t next = 0;;) {
    if (now() >= due) {
      ask(kind, next++);
      closeOld();
      /* What was missed while nobody let us run is not made up for by a burst. */
      due = due + every > now() ? due + every : now() + every;
    }
    fflush(stdout);
    int64_t wait = due - now();
    struct timespec left = {0, wait > 0 ? wait * 1000 : 0};
    if (ppoll(sources, 2, &left, NULL) < 0 && errno != EINTR) fail("poll");
    unsigned char frame[2048];
    struct sockaddr_ll from;
    socklen_t size = sizeof from;
    for (int length; (length = recvfrom(wire, frame, sizeof frame, 0, (struct sockaddr *)&from, &size)) > 0; size = sizeof from)
      if (from.sll_pkttype != PACKET_OUTGOING && length >= 34) hear(kind, frame, length, next);
    if (sources[1].revents) {
      char ignored[64];
      if (due != INT64_MAX && read(0, ignored, sizeof ignored) <= 0) return 0;
    }
  }
}
