/* Sockets and lines: connects, registers, joins, answers PING, hands messages on. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_MAX = 1 << 20, CARRY_MAX = 16384, EVENTS = 64 };
#define RETRY_NAME SECOND
#define PASSWORD "sesame" /* of every account, see ../servers.py */

struct conn *conns;
int nconns;
int registered, joined, ponged;
void (*on_line)(int, int, const char *, size_t);
void (*on_closed)(int);

static int epoll_fd;
static char input[CARRY_MAX + READ_MAX];
static int *dirty, ndirty, refused_now;

uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void net_init(int count)
{
	nconns = count;
	conns = calloc((size_t)count, sizeof *conns);
	dirty = calloc((size_t)count, sizeof *dirty);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!conns || !dirty || epoll_fd < 0)
		fail("no memory for %d connections", count);
	for (int i = 0; i < count; i++) {
		conns[i].fd = -1;
		conns[i].port = opt.ports[opt.kill_pid ? i < opt.senders : i % opt.nports];
	}
}

void name_of(int i, char name[NAME_LEN + 1])
{
	snprintf(name, NAME_LEN + 1, "u%06u", (unsigned)i % 1000000u);
}

static void watch(int i, bool output, int how)
{
	struct epoll_event event = {.events = EPOLLIN | (output ? EPOLLOUT : 0), .data.u32 = (uint32_t)i};
	conns[i].writable_wanted = output;
	if (epoll_ctl(epoll_fd, how, conns[i].fd, &event))
		fail("epoll_ctl: %s", strerror(errno));
}

static void flush(int i)
{
	struct conn *c = &conns[i];
	if (c->fd < 0 || !c->out_len)
		return;
	ssize_t n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != ENOTCONN && errno != EINTR)
			n = c->out_len; /* the reading side sees the end and counts it */
		else
			n = 0;
	}
	c->out_len -= (uint32_t)n;
	memmove(c->out, c->out + n, c->out_len);
	if (c->writable_wanted != (c->out_len > 0))
		watch(i, c->out_len > 0, EPOLL_CTL_MOD);
}

void conn_flush_dirty(void)
{
	for (int k = 0; k < ndirty; k++) {
		conns[dirty[k]].dirty = false;
		if (!conns[dirty[k]].writable_wanted)
			flush(dirty[k]);
	}
	ndirty = 0;
}

void conn_send(int i, const char *data, size_t len)
{
	struct conn *c = &conns[i];
	if (c->out_len + len > c->out_cap) {
		c->out_cap = (uint32_t)((c->out_len + len) * 2 + 64);
		c->out = realloc(c->out, c->out_cap);
		if (!c->out)
			fail("no memory to send");
	}
	memcpy(c->out + c->out_len, data, len);
	c->out_len += (uint32_t)len;
	if (!c->dirty) {
		c->dirty = true;
		dirty[ndirty++] = i;
	}
}

void conn_printf(int i, const char *format, ...)
{
	char line[512];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	conn_send(i, line, (size_t)n);
}

void conn_open(int i)
{
	struct conn *c = &conns[i];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	struct linger reset = {1, 0}; /* leaves no TIME_WAIT behind: the next run needs the ports */
	int one = 1;
	char name[NAME_LEN + 1];

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		fail("socket %d: %s", i, strerror(errno));
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
		fail("connect %d: %s", i, strerror(errno));
	c->state = CONNECTING;
	c->carry_len = c->out_len = 0;
	watch(i, true, EPOLL_CTL_ADD);
	name_of(i, name);
	if (opt.accounts)
		conn_printf(i, "PASS %s:" PASSWORD "\r\n", name);
	conn_printf(i, "NICK %s\r\nUSER %s 0 * :%s\r\n", name, name, name);
}

void conn_close(int i)
{
	struct conn *c = &conns[i];
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->out_len = c->carry_len = 0;
	c->state = CLOSED;
}

static void lost_connection(int i, const char *why)
{
	if (on_closed) {
		conn_close(i);
		on_closed(i);
		return;
	}
	tally.closed++;
	if (!tally.last_error[0])
		snprintf(tally.last_error, sizeof tally.last_error, "connection %d: %s", i, why);
	conn_close(i);
}

/* The number of the connection whose name a source carries, or -1. */
int source_of(const char *line, size_t len)
{
	if (len < NAME_LEN + 2 || line[0] != ':' || line[1] != 'u')
		return -1;
	int number = 0;
	for (int k = 2; k <= NAME_LEN; k++) {
		if (line[k] < '0' || line[k] > '9')
			return -1;
		number = number * 10 + line[k] - '0';
	}
	return number < nconns ? number : -1;
}

/* Everything but the messages: rare, so it may take its time. */
static void other_line(int i, const char *line, size_t len)
{
	struct conn *c = &conns[i];
	const char *end = line + len, *command = line;
	if (*command == ':') {
		command = memchr(line, ' ', len);
		if (!command)
			return;
		command++;
	}
	size_t left = (size_t)(end - command);
#define IS(word) (left >= sizeof word - 1 && !memcmp(command, word, sizeof word - 1))
	if (IS("PING ")) {
		conn_send(i, "PONG ", 5);
		conn_send(i, command + 5, left - 5);
		conn_send(i, "\r\n", 2);
	} else if (IS("001 ") && c->state == CONNECTING) {
		c->state = REGISTERED;
		registered++;
	} else if (IS("366 ") && c->state == REGISTERED) {
		c->state = JOINED;
		joined++;
	} else if (IS("PONG ") && memmem(command, left, "fence", 5)) {
		ponged++;
	} else if (IS("433 ")) {
		tally.refused++;
		refused_now++;
		c->retry_at = now_ns() + RETRY_NAME;
	} else if (IS("ERROR") || IS("465 ") || IS("404 ") || IS("401 ") || IS("405 ") || IS("437 ") ||
		   IS("421 ") || IS("FAIL")) {
		if (!tally.last_error[0])
			snprintf(tally.last_error, sizeof tally.last_error, "%.*s", (int)len, line);
	}
#undef IS
	if (on_line)
		on_line(i, source_of(line, len), line, len);
}

static void readable(int i)
{
	struct conn *c = &conns[i];
	char *data = input + CARRY_MAX - c->carry_len;
	memcpy(data, c->carry, c->carry_len);
	ssize_t n = recv(c->fd, input + CARRY_MAX, READ_MAX, MSG_DONTWAIT);
	if (n <= 0) {
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		lost_connection(i, n ? strerror(errno) : "closed by the server");
		return;
	}
	uint64_t now = now_ns();
	char *end = input + CARRY_MAX + n, *stop;
	while (data < end && (stop = memchr(data, '\n', (size_t)(end - data)))) {
		size_t len = (size_t)(stop - data);
		if (len && stop[-1] == '\r')
			len--;
		if (!message_line(i, data, len, now)) {
			other_line(i, data, len);
			if (c->fd < 0)
				return;
		}
		data = stop + 1;
	}
	size_t rest = (size_t)(end - data);
	if (rest > CARRY_MAX)
		fail("the server sent a line of more than %d bytes", CARRY_MAX);
	if (rest > c->carry_cap) {
		c->carry_cap = rest < 1024 ? 1024 : CARRY_MAX;
		c->carry = realloc(c->carry, c->carry_cap);
		if (!c->carry)
			fail("no memory for a line");
	}
	memcpy(c->carry, data, rest);
	c->carry_len = (uint32_t)rest;
}

static void retry_names(void)
{
	uint64_t now = now_ns();
	char name[NAME_LEN + 1];
	for (int i = 0; i < nconns && refused_now; i++) {
		if (conns[i].retry_at && conns[i].retry_at <= now) {
			conns[i].retry_at = 0;
			refused_now--;
			name_of(i, name);
			conn_printf(i, "NICK %s\r\n", name);
		}
	}
}

void net_once(uint64_t wait)
{
	struct epoll_event events[EVENTS];
	if (refused_now)
		retry_names();
	conn_flush_dirty();
	struct timespec t = {(time_t)(wait / SECOND), (long)(wait % SECOND)};
	int n = epoll_pwait2(epoll_fd, events, EVENTS, &t, NULL);
	if (n < 0 && errno != EINTR)
		fail("epoll: %s", strerror(errno));
	for (int k = 0; k < n; k++) {
		int i = (int)events[k].data.u32;
		if (events[k].events & EPOLLOUT)
			flush(i);
		if (conns[i].fd >= 0 && events[k].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			readable(i);
	}
	conn_flush_dirty();
}

/* Carry out begin(i) for from <= i < to, `concurrency` at a time, until *done says all are through. */
static void for_all(int from, int to, void (*begin)(int), int *done, const char *what)
{
	uint64_t deadline = now_ns() + (uint64_t)(opt.timeout * SECOND);
	int base = *done, started = 0, count = to - from;
	while (*done - base < count) {
		while (started < count && started - (*done - base) < opt.concurrency)
			begin(from + started++);
		net_once(SECOND / 20);
		if (tally.closed)
			fail("%s: a connection ended", what);
		if (now_ns() > deadline)
			fail("%s: only %d of %d after %.0f s", what, *done - base, count, opt.timeout);
	}
}

static void join_group(int i)
{
	conn_printf(i, "JOIN #g%d\r\n", conns[i].group);
}

static void fence(int i)
{
	conn_send(i, "PING fence\r\n", 12);
}

void open_all(int from, int to)
{
	for_all(from, to, conn_open, &registered, "register");
}

void join_all(int from, int to)
{
	for_all(from, to, join_group, &joined, "join");
}

void fence_all(int from, int to)
{
	for_all(from, to, fence, &ponged, "PONG");
}
