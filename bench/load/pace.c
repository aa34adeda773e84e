/* Messages at a fixed rate whatever the server does (an open loop), and the search for the rate. */
#define _GNU_SOURCE
#include "load.h"

#include <math.h>
#include <stdio.h>

#define SLO_MS 50.0

/*
 * Post `rate` messages a second, one sender after the other, for `seconds` or until done() says so.
 * A message carries the time at which it was due, so a server that makes the generator wait cannot
 * hide that. Returns whether it came to the end of the time with all connections.
 */
bool pace(double rate, double seconds, bool (*done)(void))
{
	static int turn;
	uint64_t begin = now_ns(), end = begin + (uint64_t)(seconds * SECOND), now, count = 0;
	double gap = (double)SECOND / rate;
	while ((now = now_ns()) < end && !tally.closed) {
		uint64_t due = begin + (uint64_t)((double)count * gap);
		for (; due <= now; due = begin + (uint64_t)((double)++count * gap))
			message_post(turn++ % nsenders, due);
		net_once(due > now ? due - now : 0);
		if (done && done())
			return false;
	}
	return !tally.closed;
}

void scenario_paced(void)
{
	build_groups();
	pace(opt.rate, opt.warmup, NULL);
	message_drain(5);
	measure_begin();
	uint64_t before = tally.deliveries;
	pace(opt.rate, opt.seconds, NULL);
	measure_end();
	message_drain(5);
	uint64_t deliveries = tally.deliveries - before;
	json_number("deliveries", (double)deliveries);
	json_number("deliveries_per_s", (double)deliveries / measured_seconds());
	json_number("messages_per_s", opt.rate);
	json_latency();
	message_verify();
}

static double trying;

/* A second's worth is under way: this rate is lost, and going on would only fill buffers. */
static bool swamped(void)
{
	static unsigned calls;
	return ++calls % 64 == 0 && message_due() > (uint64_t)(trying * (opt.members - 1));
}

/* One try of a rate: all of it, in time. A try that fails is repeated once: the machine stutters. */
static bool holds(double rate)
{
	for (int attempt = 0; attempt < 2 && !tally.closed; attempt++) {
		latency_reset();
		trying = rate;
		bool kept_up = pace(rate, opt.step, swamped);
		message_drain(5);
		double p99 = latency_ms(99);
		fprintf(stderr, "slo: %.0f/s p99 %.2f ms%s\n", rate, p99, kept_up ? "" : " (given up)");
		if (tally.lost || tally.doubled)
			return false;
		if (kept_up && p99 < SLO_MS && !message_due())
			return true;
	}
	return false;
}

/* Double the rate until it fails, then halve the distance (as a ratio) until it is below 5 %. */
void scenario_slo(void)
{
	double good = 0, bad = 0, rate = opt.rate;
	build_groups();
	pace(opt.rate, opt.warmup, NULL);
	message_drain(5);
	measure_begin();
	while (!tally.closed && !tally.lost && !(good && bad && bad / good < 1.05) && rate >= 10) {
		if (holds(rate))
			good = rate;
		else
			bad = rate;
		if (!bad)
			rate = good * 2;
		else if (!good)
			rate = bad / 4;
		else
			rate = good * sqrt(bad / good);
	}
	measure_end();
	json_number("messages_per_s", good);
	json_number("deliveries_per_s", good * (opt.members - 1));
	message_verify();
}
