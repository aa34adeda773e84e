/* The messages that are counted: written, recognised, verified; the scenarios with a window. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sender *senders;
int nsenders;
struct tally tally;

static bool refilling; /* a message that was acknowledged is followed by the next one */

/*
 * A message's text: '~' sender (3 digits) sequence (5) send time in ns (8) '~', then filler up to
 * the payload's size. Digits are 6 bits each, from '0' upwards: all are printable.
 */
static void put(char *at, uint64_t value, int digits)
{
	for (int k = digits - 1; k >= 0; k--, value >>= 6)
		at[k] = (char)('0' + (value & 63));
}

static inline uint64_t take(const char *at, int digits)
{
	uint64_t value = 0;
	for (int k = 0; k < digits; k++)
		value = value << 6 | (uint64_t)((unsigned char)at[k] - '0');
	return value;
}

void message_post(int s, uint64_t stamp)
{
	static char text[512];
	struct sender *from = &senders[s];
	if (!text[0])
		memset(text, 'x', sizeof text);
	text[0] = text[HEADER - 1] = '~';
	put(text + 1, (uint64_t)s, 3);
	put(text + 4, from->sent, 5);
	put(text + 9, stamp, 8);
	text[opt.payload] = '\r';
	text[opt.payload + 1] = '\n';
	from->sent++;
	conn_send(from->conn, from->head, (size_t)from->head_len);
	conn_send(from->conn, text, (size_t)opt.payload + 2);
}

static void fill_window(struct sender *from)
{
	while (from->sent - from->acked < (uint32_t)opt.window) {
		from->got[from->sent % MAX_WINDOW] = 0;
		message_post((int)(from - senders), now_ns());
	}
}

/* A receiver has it: enough receivers acknowledge it, and with it all that were sent before. */
static inline void acknowledge(struct sender *from, uint32_t seq)
{
	int needed = (from->receivers * opt.ack_percent + 99) / 100;
	if (++from->got[seq % MAX_WINDOW] != (needed ? needed : 1) || seq < from->acked)
		return;
	from->acked = seq + 1;
	if (refilling)
		fill_window(from);
}

static void out_of_order(uint32_t *next, uint32_t seq)
{
	if (seq < *next) {
		/* It came before, or it was counted as lost and comes after its successors. */
		tally.doubled++;
		return;
	}
	tally.lost += seq - *next;
	*next = seq + 1;
}

bool message_line(int i, const char *line, size_t len, uint64_t now)
{
	struct conn *c = &conns[i];
	const char *text = line + len - opt.payload;
	if (!c->next || len < (size_t)opt.payload + 12 || text[0] != '~' || text[HEADER - 1] != '~' ||
	    text[-1] != ':')
		return false;
	uint32_t s = (uint32_t)take(text + 1, 3), seq = (uint32_t)take(text + 4, 5);
	if (s >= (uint32_t)nsenders) {
		tally.forged++;
		return true;
	}
	struct sender *from = &senders[s];
	const struct conn *origin = &conns[from->conn];
	char name[NAME_LEN + 1];
	if (__builtin_expect(seq == 0, 0)) { /* the first one of each is looked at closely */
		name_of(from->conn, name);
		if (memcmp(line + 1, name, NAME_LEN))
			tally.forged++;
	}
	if (__builtin_expect(origin->group != c->group || from->conn == i, 0)) {
		tally.misplaced++;
		return true;
	}
	uint32_t *next = &c->next[from->local];
	if (__builtin_expect(seq == *next, 1))
		++*next;
	else
		out_of_order(next, seq);
	c->order = (c->order ^ ((uint64_t)s << 32 | seq)) * 0x9E3779B97F4A7C15ull;
	tally.deliveries++;
	latency_add((now - take(text + 9, 8)) & 0xFFFFFFFFFFFFull, 1);
	if (from->got)
		acknowledge(from, seq);
	return true;
}

/* How many deliveries are still to come. */
uint64_t message_due(void)
{
	uint64_t expected = 0;
	for (int s = 0; s < nsenders; s++)
		expected += (uint64_t)senders[s].sent * (uint64_t)senders[s].receivers;
	uint64_t settled = tally.deliveries - tally.doubled + tally.lost;
	return expected > settled ? expected - settled : 0;
}

/* Wait until everything has come; give up when nothing came for `seconds`. */
void message_drain(double seconds)
{
	uint64_t last = tally.deliveries, since = now_ns();
	refilling = false;
	while (message_due()) {
		net_once(SECOND / 50);
		if (tally.deliveries != last) {
			last = tally.deliveries;
			since = now_ns();
		} else if (now_ns() - since > (uint64_t)(seconds * SECOND)) {
			return;
		}
	}
}

/* Count what never came; every receiver must have come to the last number of every sender. */
void message_verify(void)
{
	for (int s = 0; s < nsenders; s++) {
		int first = senders[s].conn / opt.members * opt.members;
		for (int i = first; i < first + opt.members; i++)
			if (i != senders[s].conn && conns[i].next && conns[i].next[senders[s].local] < senders[s].sent)
				tally.lost += senders[s].sent - conns[i].next[senders[s].local];
	}
}

/* Did all who only listen see all senders' messages in one and the same order? */
bool message_order_held(void)
{
	int talking = opt.senders, size = opt.members;
	for (int i = 0; i < nconns; i++)
		if (i % size > talking && conns[i].order != conns[i / size * size + talking].order)
			return false;
	return true;
}

static bool in_pairs(void)
{
	return !strcmp(opt.scenario, "direct");
}

/* Groups of `members` connections each; the first `senders` of each talk. */
void build_groups(void)
{
	char name[NAME_LEN + 1];
	int count = opt.groups * opt.members;
	net_init(count);
	nsenders = opt.groups * opt.senders;
	senders = calloc((size_t)nsenders, sizeof *senders);
	uint32_t *next = calloc((size_t)count * (size_t)opt.senders, sizeof *next);
	if (!senders || !next)
		fail("no memory for %d senders", nsenders);
	for (int i = 0; i < count; i++) {
		conns[i].group = i / opt.members;
		conns[i].next = next + (size_t)i * (size_t)opt.senders;
	}
	for (int s = 0; s < nsenders; s++) {
		struct sender *from = &senders[s];
		from->local = s % opt.senders;
		from->conn = s / opt.senders * opt.members + from->local;
		from->receivers = opt.members - 1;
		if (in_pairs()) {
			name_of(from->conn ^ 1, name);
			from->head_len = sprintf(from->head, "PRIVMSG %s :", name);
		} else {
			from->head_len = sprintf(from->head, "PRIVMSG #g%d :", s / opt.senders);
		}
	}
	open_all(0, count);
	if (!in_pairs())
		join_all(0, count);
	fence_all(0, count);
}

static void run_until(uint64_t end)
{
	uint64_t last = tally.deliveries, since = now_ns(), now;
	while ((now = now_ns()) < end && !tally.closed) {
		net_once(SECOND / 50);
		if (tally.deliveries != last) {
			last = tally.deliveries;
			since = now;
		} else if (now - since > 5 * SECOND) {
			return; /* nothing moves any more; what is missing is counted below */
		}
	}
}

/* fanout, rooms, direct: each sender has `window` messages unacknowledged all the time. */
void scenario_windowed(void)
{
	build_groups();
	for (int s = 0; s < nsenders; s++) {
		senders[s].got = calloc(MAX_WINDOW, sizeof *senders[s].got);
		if (!senders[s].got)
			fail("no memory for a window");
	}
	refilling = true;
	for (int s = 0; s < nsenders; s++)
		fill_window(&senders[s]);
	run_until(now_ns() + (uint64_t)(opt.warmup * SECOND));
	measure_begin();
	uint64_t before = tally.deliveries;
	run_until(now_ns() + (uint64_t)(opt.seconds * SECOND));
	measure_end();
	uint64_t after = tally.deliveries;
	json_number("deliveries", (double)(after - before));
	json_number("deliveries_per_s", (double)(after - before) / measured_seconds());
	json_number("messages_per_s", (double)(after - before) / measured_seconds() / (opt.members - 1));
	json_latency();
	message_drain(5);
	message_verify();
}
