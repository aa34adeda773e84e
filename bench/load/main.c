/* Options, and the choice of the scenario. */
#define _GNU_SOURCE
#include "load.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct options opt = {
	.members = 2, .groups = 1, .senders = 1, .window = 1, .payload = 64, .ack_percent = 100,
	.concurrency = 100, .rate = 200, .seconds = 5, .warmup = 1, .step = 1.5, .timeout = 60,
};

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{"fanout", scenario_windowed}, {"rooms", scenario_windowed}, {"direct", scenario_windowed},
	{"paced", scenario_paced},     {"slo", scenario_slo},        {"idle", scenario_connect},
	{"connect", scenario_connect}, {"joinstorm", scenario_joinstorm}, {"reconnect", scenario_reconnect},
};

void fail(const char *format, ...)
{
	char why[256];
	va_list args;
	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	fprintf(stderr, "load: %s%s%s\n", why, tally.last_error[0] ? "; " : "", tally.last_error);
	exit(2);
}

static const struct option names[] = {
	{"port", 1, 0, 'p'},    {"members", 1, 0, 'm'},     {"groups", 1, 0, 'g'},
	{"senders", 1, 0, 's'}, {"window", 1, 0, 'w'},      {"payload", 1, 0, 'l'},
	{"ack", 1, 0, 'a'},     {"concurrency", 1, 0, 'c'}, {"rate", 1, 0, 'r'},
	{"seconds", 1, 0, 't'}, {"warmup", 1, 0, 'u'},      {"step", 1, 0, 'e'},
	{"timeout", 1, 0, 'T'}, {"pid", 1, 0, 'P'},         {"kill", 1, 0, 'K'},
	{"both", 0, 0, 'b'},    {"one-order", 0, 0, 'o'},   {"accounts", 0, 0, 'A'},
	{0, 0, 0, 0},
};

static void add_pid(const char *text)
{
	const char *equals = strchr(text, '=');
	if (!equals || opt.npids == MAX_PIDS)
		fail("--pid takes LABEL=PID, at most %d times", MAX_PIDS);
	snprintf(opt.pids[opt.npids].label, sizeof opt.pids[0].label, "%.*s", (int)(equals - text), text);
	opt.pids[opt.npids++].pid = atoi(equals + 1);
}

static void read_option(int letter)
{
	switch (letter) {
	case 'p':
		if (opt.nports == MAX_PORTS)
			fail("at most %d ports", MAX_PORTS);
		opt.ports[opt.nports++] = atoi(optarg);
		break;
	case 'm': opt.members = atoi(optarg); break;
	case 'g': opt.groups = atoi(optarg); break;
	case 's': opt.senders = atoi(optarg); break;
	case 'w': opt.window = atoi(optarg); break;
	case 'l': opt.payload = atoi(optarg); break;
	case 'a': opt.ack_percent = atoi(optarg); break;
	case 'c': opt.concurrency = atoi(optarg); break;
	case 'r': opt.rate = atof(optarg); break;
	case 't': opt.seconds = atof(optarg); break;
	case 'u': opt.warmup = atof(optarg); break;
	case 'e': opt.step = atof(optarg); break;
	case 'T': opt.timeout = atof(optarg); break;
	case 'P': add_pid(optarg); break;
	case 'K': opt.kill_pid = atoi(optarg); break;
	case 'b': opt.both = true; break;
	case 'o': opt.require_order = true; break;
	case 'A': opt.accounts = true; break;
	default: exit(2);
	}
}

static void check_options(void)
{
	if (!opt.nports)
		fail("--port is missing");
	if (!strcmp(opt.scenario, "direct")) {
		opt.members = 2;
		opt.senders = opt.both ? 2 : 1;
	}
	if (opt.members < 2 || opt.senders > opt.members || opt.senders < 1 || opt.groups < 1)
		fail("a group needs two members or more, and no more senders than members");
	if (opt.window < 1 || opt.window > MAX_WINDOW || opt.payload < HEADER || opt.payload > 380)
		fail("window: 1 to %d, payload: %d to 380", MAX_WINDOW, HEADER);
}

/* Every connection is a descriptor; the hard limit is raised too where that is allowed (root). */
static void raise_limit(void)
{
	struct rlimit limit = {1 << 16, 1 << 16};
	if (setrlimit(RLIMIT_NOFILE, &limit) && !getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	int letter;
	if (argc < 2)
		fail("usage: load SCENARIO --port PORT [options]; see README.md");
	opt.scenario = argv[1];
	optind = 2;
	while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
		read_option(letter);
	check_options();
	raise_limit();
	alarm((unsigned)(opt.timeout * 3 + opt.seconds + 60)); /* the last resort: never stay behind */
	for (size_t k = 0; k < sizeof scenarios / sizeof *scenarios; k++)
		if (!strcmp(scenarios[k].name, opt.scenario)) {
			scenarios[k].run();
			json_measured();
			return json_finish();
		}
	fail("no scenario %s", opt.scenario);
}
