// Sockets as the kernel offers them, for src/kernel/native.ts. There is no protocol in here: addresses, options, filters and control
// messages are octets that TypeScript wrote or will read. Every call returns a count or -errno; only wrong argument types throw.
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <linux/filter.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum { BATCH = 64, ROUNDS = 4 };

// One message in the memory shared with src/kernel/message-buffers.ts, which repeats this layout. Integers are in host order.
typedef struct {
  uint32_t length, flags, name_length, control_length;
  unsigned char name[32], control[96], data[];
} slot;

// Slots of one size, side by side.
typedef struct {
  unsigned char *first;
  uint32_t size;
  unsigned count;
} batch;

typedef struct reader {
  uv_poll_t poll;
  napi_env env;
  napi_ref callback, kept;
  napi_async_cleanup_hook_handle hook;
  struct reader *next;
  batch slots;
  int fd, used;
  bool closing;
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
} reader;

typedef struct {
  napi_env env;
  napi_value value[4];
  bool wrong;
} arguments;

static int integer(arguments *a, int at) {
  int32_t value = 0;
  if (a->wrong || napi_get_value_int32(a->env, a->value[at], &value) != napi_ok) a->wrong = true;
  return value;
}

static struct iovec bytes(arguments *a, int at) {
  struct iovec found = {0};
  napi_typedarray_type type = napi_int8_array;
  if (a->wrong || napi_get_typedarray_info(a->env, a->value[at], &type, &found.iov_len, &found.iov_base, NULL, NULL) != napi_ok)
    a->wrong = true;
  if (type != napi_uint8_array) a->wrong = true;
  return found;
}

// From two arguments, memory and slot size. None when they do not fit or are not aligned.
static batch slots_in(arguments *a, int at) {
  struct iovec memory = bytes(a, at);
  int size = integer(a, at + 1);
  bool usable = size > (int)sizeof(slot) && size % 8 == 0 && (uintptr_t)memory.iov_base % 8 == 0;
  size_t count = usable ? memory.iov_len / (size_t)size : 0;
  return (batch){memory.iov_base, (uint32_t)size, count > BATCH ? BATCH : (unsigned)count};
}

static slot *slot_of(batch slots, int at) { return (slot *)(slots.first + (size_t)at * slots.size); }

static void point_at(struct mmsghdr *message, struct iovec *vector, slot *s) {
  *vector = (struct iovec){s->data, s->length};
  *message = (struct mmsghdr){.msg_hdr = {.msg_iov = vector, .msg_iovlen = 1}};
  if (s->name_length > 0) message->msg_hdr.msg_name = s->name;
  if (s->control_length > 0) message->msg_hdr.msg_control = s->control;
  message->msg_hdr.msg_namelen = s->name_length;
  message->msg_hdr.msg_controllen = s->control_length;
}

// Makes the first `count` slots receive. The kernel overwrites only those it fills, so only those need it again.
static void empty(reader *r, int count) {
  for (int i = 0; i < count; i++) {
    slot *s = slot_of(r->slots, i);
    *s = (slot){.length = r->slots.size - (uint32_t)sizeof *s, .name_length = sizeof s->name, .control_length = sizeof s->control};
    point_at(&r->messages[i], &r->vectors[i], s);
  }
}

static int receive(reader *r) {
  empty(r, r->used);
  int count = recvmmsg(r->fd, r->messages, r->slots.count, MSG_DONTWAIT, NULL);
  if (count < 0) count = -errno;
  r->used = count < 0 ? 0 : count;
  for (int i = 0; i < r->used; i++) {
    slot *s = slot_of(r->slots, i);
    struct msghdr *header = &r->messages[i].msg_hdr;
    s->length = r->messages[i].msg_len;
    s->flags = (uint32_t)header->msg_flags;
    s->name_length = header->msg_namelen;
    s->control_length = (uint32_t)header->msg_controllen;
  }
  return count;
}

static void hand_over(reader *r, int count) {
  napi_handle_scope scope;
  napi_value callback, global, argument, error;
  bool thrown = false;
  if (napi_open_handle_scope(r->env, &scope) != napi_ok) return;
  bool ready = napi_get_reference_value(r->env, r->callback, &callback) == napi_ok && napi_get_global(r->env, &global) == napi_ok;
  if (ready && napi_create_int32(r->env, count, &argument) == napi_ok)
    napi_make_callback(r->env, NULL, global, callback, 1, &argument, NULL);
  if (napi_is_exception_pending(r->env, &thrown) == napi_ok && thrown && napi_get_and_clear_last_exception(r->env, &error) == napi_ok)
    napi_fatal_exception(r->env, error);
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
    if (count < (int)r->slots.count) break;
  }
  // libuv stops a handle whose socket has an error pending, such as ENETDOWN. Receiving has cleared it, so go on.
  if (status < 0 && !r->closing) uv_poll_start(poll, UV_READABLE, on_readable);
}

// The hook stays until here, so that an environment that ends lets its loop release the handle first.
static void on_closed(uv_handle_t *handle) {
  reader *r = handle->data;
  napi_remove_async_cleanup_hook(r->hook);
  free(r);
}

static reader **first_reader(napi_env env) {
  void *first = NULL;
  napi_get_instance_data(env, &first);
  return first;
}

static reader *watching(napi_env env, int fd) {
  reader *r = *first_reader(env);
  while (r != NULL && r->fd != fd) r = r->next;
  return r;
}

static void stop(reader *r) {
  if (r->closing) return;
  r->closing = true;
  reader **at = first_reader(r->env);
  while (*at != r) at = &(*at)->next;
  *at = r->next;
  napi_delete_reference(r->env, r->callback);
  napi_delete_reference(r->env, r->kept);
  uv_close((uv_handle_t *)&r->poll, on_closed);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) { (void)hook, stop(data); }

static long open_socket(arguments *a) {
  int domain = integer(a, 0), type = integer(a, 1), protocol = integer(a, 2);
  return a->wrong ? 0 : socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

static long bind_socket(arguments *a) {
  int fd = integer(a, 0);
  struct iovec name = bytes(a, 1);
  return a->wrong ? 0 : bind(fd, name.iov_base, (socklen_t)name.iov_len);
}

static long set_option(arguments *a) {
  int fd = integer(a, 0), level = integer(a, 1), option = integer(a, 2);
  struct iovec value = bytes(a, 3);
  return a->wrong ? 0 : setsockopt(fd, level, option, value.iov_base, (socklen_t)value.iov_len);
}

static long get_option(arguments *a) {
  int fd = integer(a, 0), level = integer(a, 1), option = integer(a, 2);
  struct iovec value = bytes(a, 3);
  socklen_t length = (socklen_t)value.iov_len;
  return a->wrong ? 0 : getsockopt(fd, level, option, value.iov_base, &length) < 0 ? -1 : (long)length;
}

// The one option whose value holds a pointer.
static long attach_filter(arguments *a) {
  int fd = integer(a, 0);
  struct iovec code = bytes(a, 1);
  struct sock_fprog program = {(unsigned short)(code.iov_len / sizeof(struct sock_filter)), code.iov_base};
  return a->wrong ? 0 : setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static long refused(int error) { return errno = error, -1; }

// watch(fd, slots, slotSize, callback): calls back with a count of filled slots, or with -errno and goes on watching. The reader
// belongs to the environment and not to a JavaScript object, so no garbage collection can stop it.
static long watch(arguments *a) {
  napi_valuetype type = napi_undefined;
  uv_loop_t *loop;
  int fd = integer(a, 0);
  batch slots = slots_in(a, 1);
  if (a->wrong || napi_typeof(a->env, a->value[3], &type) != napi_ok || type != napi_function) return a->wrong = true;
  if (slots.count == 0) return refused(EINVAL);
  if (watching(a->env, fd) != NULL) return refused(EBUSY);
  if (napi_get_uv_event_loop(a->env, &loop) != napi_ok) return refused(ECANCELED);
  reader *r = malloc(sizeof *r), **first = first_reader(a->env);
  if (r == NULL) return refused(ENOMEM);
  *r = (reader){.env = a->env, .fd = fd, .slots = slots, .next = *first};
  empty(r, (int)slots.count);
  int failed = uv_poll_init(loop, &r->poll, fd);
  if (failed != 0) {
    free(r);
    return refused(-failed);
  }
  r->poll.data = r;
  *first = r;
  napi_create_reference(a->env, a->value[3], 1, &r->callback);
  napi_create_reference(a->env, a->value[1], 1, &r->kept);
  napi_add_async_cleanup_hook(a->env, on_environment_end, r, &r->hook);
  failed = uv_poll_start(&r->poll, UV_READABLE, on_readable);
  if (failed != 0) stop(r);
  return failed == 0 ? 0 : refused(-failed);
}

// send(fd, slots, slotSize, count): how many of the first `count` the kernel took.
static long send_batch(arguments *a) {
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
  int fd = integer(a, 0);
  batch slots = slots_in(a, 1);
  int count = integer(a, 3);
  if (a->wrong || count < 0 || count > (int)slots.count) return refused(EINVAL);
  for (int i = 0; i < count; i++) {
    slot *s = slot_of(slots, i);
    bool fits = s->length <= slots.size - sizeof *s && s->name_length <= sizeof s->name && s->control_length <= sizeof s->control;
    if (!fits) return refused(EMSGSIZE);
    point_at(&messages[i], &vectors[i], s);
  }
  return sendmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static long close_socket(arguments *a) {
  int fd = integer(a, 0);
  reader *r = a->wrong ? NULL : watching(a->env, fd);
  if (r != NULL) stop(r);
  return a->wrong ? 0 : close(fd);
}

typedef struct {
  const char *name;
  long (*perform)(arguments *);
} call;

static const call calls[] = {
    {"socket", open_socket},         {"bind", bind_socket}, {"setsockopt", set_option}, {"getsockopt", get_option},
    {"attachFilter", attach_filter}, {"watch", watch},      {"send", send_batch},       {"close", close_socket},
};

static napi_value dispatch(napi_env env, napi_callback_info info) {
  arguments a = {.env = env};
  size_t count = sizeof a.value / sizeof *a.value;
  void *chosen = NULL;
  napi_value value = NULL;
  if (napi_get_cb_info(env, info, &count, a.value, NULL, &chosen) != napi_ok) return NULL;
  long result = ((const call *)chosen)->perform(&a);
  if (a.wrong) napi_throw_type_error(env, NULL, "packet.node: wrong arguments");
  else napi_create_int64(env, result < 0 ? -errno : result, &value);
  return value;
}

static void free_list(napi_env env, void *first, void *hint) { (void)env, (void)hint, free(first); }

NAPI_MODULE_INIT() {
  reader **first = calloc(1, sizeof *first);
  if (first == NULL || napi_set_instance_data(env, first, free_list, NULL) != napi_ok) return NULL;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    napi_value function;
    napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, dispatch, (void *)&calls[i], &function);
    napi_set_named_property(env, exports, calls[i].name, function);
  }
  return exports;
}
