// Sockets as the kernel offers them, for src/native.ts. There is no protocol in here: addresses, options, filters and control
// messages are octets that TypeScript wrote or will read. Every function returns a count or -errno; only wrong argument types throw.
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <linux/filter.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum { BATCH = 64, ROUNDS = 4 };

// One message in the memory shared with src/slots.ts, which repeats this layout. Integers are in host order.
typedef struct {
  uint32_t length, flags, name_length, control_length;
  unsigned char name[32], control[96], data[];
} slot;

typedef struct {
  unsigned char *octets;
  size_t length;
} memory;

typedef struct reader {
  uv_poll_t poll;
  napi_env env;
  napi_ref callback, kept;
  napi_async_cleanup_hook_handle hook;
  struct reader *next;
  memory slots;
  uint32_t slot_size;
  int fd;
  bool closing;
} reader;

typedef struct {
  napi_env env;
  napi_value value[5];
  bool wrong;
} arguments;

static arguments take(napi_env env, napi_callback_info info, size_t wanted) {
  arguments a = {.env = env};
  size_t count = wanted;
  a.wrong = napi_get_cb_info(env, info, &count, a.value, NULL, NULL) != napi_ok || count < wanted;
  return a;
}

static int32_t integer(arguments *a, int at) {
  int32_t value = 0;
  if (a->wrong || napi_get_value_int32(a->env, a->value[at], &value) != napi_ok) a->wrong = true;
  return value;
}

static memory octets(arguments *a, int at) {
  memory m = {0};
  napi_typedarray_type type = napi_int8_array;
  void *data = NULL;
  if (a->wrong || napi_get_typedarray_info(a->env, a->value[at], &type, &m.length, &data, NULL, NULL) != napi_ok) a->wrong = true;
  if (type != napi_uint8_array) a->wrong = true;
  m.octets = data;
  return m;
}

static napi_value answer(arguments *a, long result) {
  napi_value value = NULL;
  if (a->wrong) napi_throw_type_error(a->env, NULL, "packet.node: wrong arguments");
  else napi_create_int64(a->env, result, &value);
  return value;
}

static long checked(long result) { return result < 0 ? -errno : result; }

static napi_value open_socket(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 3);
  int domain = integer(&a, 0), type = integer(&a, 1), protocol = integer(&a, 2);
  return answer(&a, a.wrong ? 0 : checked(socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)));
}

static napi_value bind_socket(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 2);
  int fd = integer(&a, 0);
  memory name = octets(&a, 1);
  return answer(&a, a.wrong ? 0 : checked(bind(fd, (struct sockaddr *)name.octets, (socklen_t)name.length)));
}

static napi_value set_option(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 4);
  int fd = integer(&a, 0), level = integer(&a, 1), option = integer(&a, 2);
  memory value = octets(&a, 3);
  return answer(&a, a.wrong ? 0 : checked(setsockopt(fd, level, option, value.octets, (socklen_t)value.length)));
}

static napi_value get_option(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 4);
  int fd = integer(&a, 0), level = integer(&a, 1), option = integer(&a, 2);
  memory value = octets(&a, 3);
  socklen_t length = (socklen_t)value.length;
  if (a.wrong) return answer(&a, 0);
  return answer(&a, getsockopt(fd, level, option, value.octets, &length) < 0 ? -errno : (long)length);
}

// The one option whose value holds a pointer.
static napi_value attach_filter(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 2);
  int fd = integer(&a, 0);
  memory code = octets(&a, 1);
  struct sock_fprog program = {(unsigned short)(code.length / sizeof(struct sock_filter)), (struct sock_filter *)code.octets};
  return answer(&a, a.wrong ? 0 : checked(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program)));
}

static slot *slot_at(memory slots, uint32_t slot_size, unsigned at) { return (slot *)(slots.octets + (size_t)at * slot_size); }

static unsigned slots_in(memory slots, int32_t slot_size) {
  bool usable = slot_size > (int32_t)sizeof(slot) && slot_size % 8 == 0 && (uintptr_t)slots.octets % 8 == 0;
  return usable ? (unsigned)(slots.length / (size_t)slot_size) : 0;
}

static void point_at(struct mmsghdr *message, struct iovec *vector, slot *s) {
  *vector = (struct iovec){s->data, s->length};
  *message = (struct mmsghdr){.msg_hdr = {.msg_iov = vector, .msg_iovlen = 1}};
  if (s->name_length > 0) message->msg_hdr.msg_name = s->name;
  if (s->control_length > 0) message->msg_hdr.msg_control = s->control;
  message->msg_hdr.msg_namelen = s->name_length;
  message->msg_hdr.msg_controllen = s->control_length;
}

static int receive(reader *r) {
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
  unsigned room = slots_in(r->slots, (int32_t)r->slot_size);
  if (room > BATCH) room = BATCH;
  for (unsigned i = 0; i < room; i++) {
    slot *s = slot_at(r->slots, r->slot_size, i);
    *s = (slot){.length = r->slot_size - (uint32_t)sizeof *s, .name_length = sizeof s->name, .control_length = sizeof s->control};
    point_at(&messages[i], &vectors[i], s);
  }
  int count = recvmmsg(r->fd, messages, room, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    slot *s = slot_at(r->slots, r->slot_size, (unsigned)i);
    s->length = messages[i].msg_len;
    s->flags = (uint32_t)messages[i].msg_hdr.msg_flags;
    s->name_length = messages[i].msg_hdr.msg_namelen;
    s->control_length = (uint32_t)messages[i].msg_hdr.msg_controllen;
  }
  return count < 0 ? -errno : count;
}

static void hand_over(reader *r, int count) {
  napi_handle_scope scope;
  napi_value callback, global, argument, error;
  bool thrown = false;
  if (napi_open_handle_scope(r->env, &scope) != napi_ok) return;
  if (napi_get_reference_value(r->env, r->callback, &callback) == napi_ok && napi_get_global(r->env, &global) == napi_ok &&
      napi_create_int32(r->env, count, &argument) == napi_ok) {
    napi_make_callback(r->env, NULL, global, callback, 1, &argument, NULL);
    if (napi_is_exception_pending(r->env, &thrown) == napi_ok && thrown &&
        napi_get_and_clear_last_exception(r->env, &error) == napi_ok)
      napi_fatal_exception(r->env, error);
  }
  napi_close_handle_scope(r->env, scope);
}

// Drains, but not without end: other handles of the loop get their turn, and epoll reports again what is left.
static void on_readable(uv_poll_t *poll, int status, int events) {
  reader *r = poll->data;
  (void)events;
  for (int round = 0; round < ROUNDS && !r->closing; round++) {
    int count = receive(r);
    if (count == -EAGAIN || count == -EINTR) break;
    hand_over(r, count);
    if (count < BATCH) break;
  }
  // libuv stops a handle whose socket has an error pending, such as ENETDOWN; receiving has cleared it, so go on.
  if (status < 0 && !r->closing) uv_poll_start(poll, UV_READABLE, on_readable);
}

// The hook stays until here, so an environment that ends waits for its loop to let go of the handle. env may be gone: no napi on it.
static void on_closed(uv_handle_t *handle) {
  reader *r = handle->data;
  napi_remove_async_cleanup_hook(r->hook);
  free(r);
}

static void stop(reader *r) {
  reader **at = NULL;
  if (r->closing) return;
  r->closing = true;
  if (napi_get_instance_data(r->env, (void **)&at) == napi_ok && at != NULL) {
    while (*at != NULL && *at != r) at = &(*at)->next;
    if (*at == r) *at = r->next;
  }
  napi_delete_reference(r->env, r->callback);
  napi_delete_reference(r->env, r->kept);
  uv_poll_stop(&r->poll);
  uv_close((uv_handle_t *)&r->poll, on_closed);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  stop(data);
}

static reader *watching(napi_env env, int fd) {
  reader **first = NULL;
  napi_get_instance_data(env, (void **)&first);
  reader *r = first == NULL ? NULL : *first;
  while (r != NULL && r->fd != fd) r = r->next;
  return r;
}

// The reader belongs to the environment, not to a JavaScript object: no garbage collection can stop it.
static int start(arguments *a, int fd, memory slots, int32_t slot_size) {
  uv_loop_t *loop;
  reader **first = NULL;
  if (slots_in(slots, slot_size) == 0) return -EINVAL;
  if (watching(a->env, fd) != NULL) return -EBUSY;
  if (napi_get_uv_event_loop(a->env, &loop) != napi_ok || napi_get_instance_data(a->env, (void **)&first) != napi_ok) return -ECANCELED;
  reader *r = calloc(1, sizeof *r);
  if (r == NULL) return -ENOMEM;
  *r = (reader){.env = a->env, .fd = fd, .slots = slots, .slot_size = (uint32_t)slot_size, .next = *first};
  int failed = uv_poll_init(loop, &r->poll, fd);
  if (failed != 0) {
    free(r);
    return failed;
  }
  r->poll.data = r;
  *first = r;
  napi_create_reference(a->env, a->value[3], 1, &r->callback);
  napi_create_reference(a->env, a->value[1], 1, &r->kept);
  napi_add_async_cleanup_hook(a->env, on_environment_end, r, &r->hook);
  failed = uv_poll_start(&r->poll, UV_READABLE, on_readable);
  if (failed != 0) stop(r);
  return failed;
}

// watch(fd, slots, slotSize, callback): calls back with a count of filled slots, or with -errno and goes on watching.
static napi_value watch(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 4);
  napi_valuetype type = napi_undefined;
  int fd = integer(&a, 0);
  memory slots = octets(&a, 1);
  int32_t slot_size = integer(&a, 2);
  if (a.wrong || napi_typeof(env, a.value[3], &type) != napi_ok || type != napi_function) a.wrong = true;
  return answer(&a, a.wrong ? 0 : start(&a, fd, slots, slot_size));
}

// send(fd, slots, slotSize, count): how many the kernel took, or -errno when it took none.
static napi_value send_batch(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 4);
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
  int fd = integer(&a, 0);
  memory slots = octets(&a, 1);
  int32_t slot_size = integer(&a, 2), count = integer(&a, 3);
  if (a.wrong) return answer(&a, 0);
  if (count < 0 || count > BATCH || (unsigned)count > slots_in(slots, slot_size)) return answer(&a, -EINVAL);
  for (int i = 0; i < count; i++) {
    slot *s = slot_at(slots, (uint32_t)slot_size, (unsigned)i);
    bool fits = s->length <= (uint32_t)slot_size - sizeof *s && s->name_length <= sizeof s->name && s->control_length <= sizeof s->control;
    if (!fits) return answer(&a, -EMSGSIZE);
    point_at(&messages[i], &vectors[i], s);
  }
  return answer(&a, checked(sendmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL)));
}

static napi_value close_socket(napi_env env, napi_callback_info info) {
  arguments a = take(env, info, 1);
  int fd = integer(&a, 0);
  reader *r = a.wrong ? NULL : watching(env, fd);
  if (r != NULL) stop(r);
  return answer(&a, a.wrong ? 0 : checked(close(fd)));
}

static void free_list(napi_env env, void *first, void *hint) {
  (void)env, (void)hint;
  free(first);
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
#define FUNCTION(name, function) {name, NULL, function, NULL, NULL, NULL, napi_enumerable, NULL}
      FUNCTION("socket", open_socket),        FUNCTION("bind", bind_socket),
      FUNCTION("setsockopt", set_option),     FUNCTION("getsockopt", get_option),
      FUNCTION("attachFilter", attach_filter), FUNCTION("watch", watch),
      FUNCTION("send", send_batch),           FUNCTION("close", close_socket),
  };
  reader **first = calloc(1, sizeof *first);
  if (first == NULL || napi_set_instance_data(env, first, free_list, NULL) != napi_ok) return NULL;
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
