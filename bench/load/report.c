/* What is measured besides the messages: latencies, CPU, memory, and the JSON object. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Buckets: 64 per power of two, so that a percentile is right within 1.6 %. */
enum { SUB = 64, BUCKETS = 44 * SUB };
static uint64_t buckets[BUCKETS], bucket_total, slowest;

static struct {
	double own, pids[MAX_PIDS], all, busy, stolen; /* machine: ticks; the rest: seconds */
	uint64_t at;
} begin, end;

void latency_reset(void)
{
	memset(buckets, 0, sizeof buckets);
	bucket_total = slowest = 0;
}

static int bucket_of(uint64_t ns)
{
	if (ns < SUB)
		return (int)ns;
	int power = 63 - __builtin_clzll(ns);
	int bucket = (power - 5) * SUB + (int)(ns >> (power - 6) & (SUB - 1));
	return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static double bucket_ns(int bucket)
{
	if (bucket < SUB)
		return bucket;
	int power = bucket / SUB + 5;
	return (double)(1ull << power) * (1.0 + (bucket % SUB + 0.5) / SUB);
}

void latency_add(uint64_t ns, uint64_t count)
{
	buckets[bucket_of(ns)] += count;
	bucket_total += count;
	if (ns > slowest)
		slowest = ns;
}

double latency_ms(double percentile)
{
	uint64_t wanted = (uint64_t)((double)bucket_total * percentile / 100.0), seen = 0;
	for (int k = 0; k < BUCKETS; k++) {
		seen += buckets[k];
		if (seen > wanted)
			return bucket_ns(k) / 1e6;
	}
	return (double)slowest / 1e6;
}

static double own_cpu(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Seconds of CPU of a process, all its threads: utime + stime of proc(5). */
static double cpu_of(int pid)
{
	char path[64], text[1024];
	unsigned long user = 0, kernel = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	size_t n = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[n] = 0;
	char *after = strrchr(text, ')');
	if (!after || sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			     &kernel) != 2)
		return 0;
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

long resident_kib(int pid)
{
	char path[64], line[128];
	long kib = 0;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	while (fgets(line, sizeof line, file))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

/* Ticks of all cores since boot: all, those in which something ran, those the host took away. */
static void machine_time(double *all, double *busy, double *stolen)
{
	unsigned long t[8] = {0}; /* user nice system idle iowait irq softirq steal */
	FILE *file = fopen("/proc/stat", "r");
	if (!file)
		return;
	if (fscanf(file, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", t, t + 1, t + 2, t + 3, t + 4, t + 5,
		   t + 6, t + 7) == 8) {
		*busy = (double)(t[0] + t[1] + t[2] + t[5] + t[6]);
		*stolen = (double)t[7];
		*all = *busy + *stolen + (double)(t[3] + t[4]);
	}
	fclose(file);
}

void measure_begin(void)
{
	latency_reset();
	for (int k = 0; k < opt.npids; k++)
		begin.pids[k] = cpu_of(opt.pids[k].pid);
	machine_time(&begin.all, &begin.busy, &begin.stolen);
	begin.own = own_cpu();
	begin.at = now_ns();
}

void measure_end(void)
{
	end.at = now_ns();
	end.own = own_cpu();
	for (int k = 0; k < opt.npids; k++)
		end.pids[k] = cpu_of(opt.pids[k].pid);
	machine_time(&end.all, &end.busy, &end.stolen);
}

double measured_seconds(void)
{
	return (double)(end.at - begin.at) / (double)SECOND;
}

static bool first = true;

static void key(const char *name)
{
	printf("%s\"%s\": ", first ? "{" : ", ", name);
	first = false;
}

void json_number(const char *name, double value)
{
	key(name);
	printf("%.10g", value);
}

void json_latency(void)
{
	json_number("p50_ms", latency_ms(50));
	json_number("p99_ms", latency_ms(99));
	json_number("max_ms", (double)slowest / 1e6);
}

static double back_last, back_sum, back_count;

void back_after(uint64_t ns)
{
	back_last = (double)ns / 1e6;
	back_sum += back_last;
	back_count++;
}

void json_back(void)
{
	json_number("back", back_count);
	json_number("back_mean_ms", back_count ? back_sum / back_count : 0);
	json_number("back_last_ms", back_last);
}

void json_resident(const char *name, const long kib[])
{
	key(name);
	for (int k = 0; k < opt.npids; k++)
		printf("%s\"%s\": %ld", k ? ", " : "{", opt.pids[k].label, kib[k]);
	printf(opt.npids ? "}" : "{}");
}

void json_measured(void)
{
	double ticks = end.all - begin.all, seconds = measured_seconds();
	double own = end.own - begin.own, servers = 0;
	for (int k = 0; k < opt.npids; k++)
		servers += end.pids[k] - begin.pids[k];
	double foreign = (end.busy - begin.busy) / (double)sysconf(_SC_CLK_TCK) - own - servers;
	json_number("seconds", seconds);
	json_number("generator_cpu_s", own);
	json_number("generator_busy", seconds > 0 ? own / seconds : 0);
	json_number("stolen", ticks > 0 ? (end.stolen - begin.stolen) / ticks : 0);
	json_number("foreign_cpu_s", foreign > 0 ? foreign : 0);
	key("cpu_s");
	for (int k = 0; k < opt.npids; k++)
		printf("%s\"%s\": %.2f", k ? ", " : "{", opt.pids[k].label, end.pids[k] - begin.pids[k]);
	printf(opt.npids ? "}" : "{}");
}

static void json_text(const char *name, const char *text)
{
	key(name);
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		if ((unsigned char)*text >= ' ' && (unsigned char)*text < 127)
			putchar(*text);
	}
	putchar('"');
}

/* Print the verdict; return the exit code: 0 when every receiver got everything, once, in order. */
int json_finish(void)
{
	bool ordered = message_order_held();
	bool sound = !tally.lost && !tally.doubled && !tally.misplaced && !tally.forged && !tally.closed &&
		     (ordered || !opt.require_order);
	json_text("scenario", opt.scenario);
	json_number("lost", (double)tally.lost);
	json_number("doubled_or_disordered", (double)tally.doubled);
	json_number("misplaced", (double)(tally.misplaced + tally.forged));
	json_number("closed", (double)tally.closed);
	json_text("error", tally.last_error);
	key("one_order");
	printf("%s", ordered ? "true" : "false");
	key("sound");
	printf("%s}\n", sound ? "true" : "false");
	return sound ? 0 : 1;
}
