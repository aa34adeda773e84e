/* Many at once: connections (rate, memory), joins of one room, the return after a gateway's death. */
#define _GNU_SOURCE
#include "load.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static uint64_t begun;

static double ms_since_begun(void)
{
	return (double)(now_ns() - begun) / 1e6;
}

/* connect, idle: all `members` register; what a registration costs, and what a connection weighs. */
void scenario_connect(void)
{
	long before[MAX_PIDS];
	net_init(opt.members);
	for (int k = 0; k < opt.npids; k++)
		before[k] = resident_kib(opt.pids[k].pid);
	measure_begin();
	open_all(0, nconns);
	measure_end();
	json_number("registrations_per_s", nconns / measured_seconds());
	fence_all(0, nconns);
	uint64_t end = now_ns() + (uint64_t)(opt.seconds * SECOND);
	while (!strcmp(opt.scenario, "idle") && now_ns() < end)
		net_once(SECOND / 20);
	json_number("connections", nconns);
	json_resident("resident_before_kib", before);
	for (int k = 0; k < opt.npids; k++)
		before[k] = resident_kib(opt.pids[k].pid);
	json_resident("resident_after_kib", before);
}

/* --- joinstorm --- */

static unsigned char *seen, *came; /* bits: connection i knows of j; i got j's JOIN line */
static uint64_t unseen;

static bool mark(unsigned char *bits, int i, int j)
{
	size_t bit = (size_t)i * (size_t)nconns + (size_t)j;
	bool was = bits[bit / 8] >> (bit % 8) & 1;
	bits[bit / 8] |= (unsigned char)(1 << (bit % 8));
	return was;
}

static void learn(int i, int j)
{
	if (!mark(seen, i, j))
		unseen--;
}

/* 353: the names of those who are in the room already, each with its marks. */
static void learn_names(int i, const char *line, size_t len)
{
	const char *end = line + len, *at = memmem(line + 1, len - 1, " :", 2);
	char source[NAME_LEN + 2] = ":";
	for (at = at ? at + 2 : end; at < end; at++) {
		while (at < end && strchr("@+%&~", *at))
			at++;
		const char *stop = memchr(at, ' ', (size_t)(end - at));
		stop = stop ? stop : end;
		if (stop - at == NAME_LEN) {
			memcpy(source + 1, at, NAME_LEN);
			int j = source_of(source, NAME_LEN + 2);
			if (j >= 0)
				learn(i, j);
		}
		at = stop;
	}
}

static bool command_is(const char *line, size_t len, const char *command)
{
	const char *space = memchr(line, ' ', len);
	size_t n = strlen(command);
	return space && (size_t)(line + len - space) > n + 1 && !memcmp(space + 1, command, n) &&
	       space[1 + n] == ' ';
}

static void on_join_line(int i, int from, const char *line, size_t len)
{
	if (from >= 0 && command_is(line, len, "JOIN")) {
		tally.doubled += mark(came, i, from);
		learn(i, from);
	} else if (command_is(line, len, "353")) {
		learn_names(i, line, len);
	} else if (command_is(line, len, "366")) {
		latency_add(now_ns() - begun, 1);
	}
}

void scenario_joinstorm(void)
{
	size_t bits = (size_t)opt.members * (size_t)opt.members / 8 + 1;
	net_init(opt.members);
	seen = calloc(bits, 1);
	came = calloc(bits, 1);
	if (!seen || !came)
		fail("no memory for %d members", opt.members);
	open_all(0, nconns);
	fence_all(0, nconns);
	unseen = (uint64_t)nconns * (uint64_t)nconns;
	on_line = on_join_line;
	measure_begin();
	begun = now_ns();
	for (int i = 0; i < nconns; i++)
		conn_printf(i, "JOIN #g0\r\n");
	while ((unseen || joined < nconns) && !tally.closed && ms_since_begun() < opt.timeout * 1e3)
		net_once(SECOND / 20);
	measure_end();
	json_number("complete_ms", ms_since_begun());
	json_number("connections", nconns);
	json_latency();
	tally.lost += unseen;
}

/* --- reconnect --- */

static unsigned char *asked, *quits, *joins; /* per connection, as the first witness sees it */

static void come_back(int i)
{
	conns[i].port = opt.ports[1];
	conn_open(i);
}

static void on_storm_line(int i, int from, const char *line, size_t len)
{
	if (i >= opt.senders && conns[i].state == REGISTERED && !asked[i]) {
		asked[i] = 1;
		conn_printf(i, "JOIN #g0\r\n");
	} else if (i >= opt.senders && command_is(line, len, "366")) {
		back_after(now_ns() - begun);
	} else if (i == 0 && from >= opt.senders) {
		quits[from] += command_is(line, len, "QUIT");
		joins[from] += command_is(line, len, "JOIN");
	}
}

static bool all_back(void)
{
	return joined == nconns * 2 - opt.senders || ms_since_begun() > opt.timeout * 1e3;
}

/*
 * The first `senders` are on the second gateway and talk to each other all the time; the others
 * are on the first one, which is killed. They come back to the second one at once, all together.
 */
void scenario_reconnect(void)
{
	if (opt.nports < 2 || !opt.kill_pid)
		fail("reconnect needs two --port and --kill with the process of the first one");
	build_groups();
	asked = calloc((size_t)nconns, 3);
	if (!asked)
		fail("no memory for %d members", nconns);
	quits = asked + nconns;
	joins = quits + nconns;
	for (int i = opt.senders; i < nconns; i++)
		conns[i].next = NULL; /* away for a while: nothing is counted at them */
	for (int s = 0; s < nsenders; s++)
		senders[s].receivers = opt.senders - 1;
	pace(opt.rate, opt.warmup, NULL);
	message_drain(5);
	on_line = on_storm_line;
	on_closed = come_back;
	measure_begin();
	begun = now_ns();
	kill(opt.kill_pid, SIGKILL);
	pace(opt.rate, opt.timeout, all_back);
	json_number("complete_ms", ms_since_begun());
	json_number("connections", nconns - opt.senders);
	pace(opt.rate, opt.seconds, NULL);
	measure_end();
	json_latency();
	json_back();
	message_drain(5);
	message_verify();
	int most_quits = 0, most_joins = 0, total_quits = 0, total_joins = 0;
	for (int i = opt.senders; i < nconns; i++) {
		most_quits = quits[i] > most_quits ? quits[i] : most_quits;
		most_joins = joins[i] > most_joins ? joins[i] : most_joins;
		total_quits += quits[i];
		total_joins += joins[i];
	}
	json_number("quits", total_quits);
	json_number("joins", total_joins);
	json_number("most_quits_of_one", most_quits);
	json_number("most_joins_of_one", most_joins);
	json_number("names_refused", (double)tally.refused);
	tally.lost += (uint64_t)(nconns * 2 - opt.senders - joined);
}
