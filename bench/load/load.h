/* A load generator for IRC servers: one thread, epoll, one process. See ../README.md. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_PORTS = 16, MAX_PIDS = 16, NAME_LEN = 7, HEADER = 18, MAX_WINDOW = 4096 };
#define SECOND 1000000000ull

/* What a run is asked to do; sizes are counts, times are nanoseconds unless they say otherwise. */
struct options {
	const char *scenario;
	int ports[MAX_PORTS], nports;
	int members, groups, senders, window, payload, ack_percent, concurrency;
	bool both, require_order, accounts;
	double rate, seconds, warmup, step, timeout;
	struct { char label[24]; int pid; } pids[MAX_PIDS];
	int npids, kill_pid;
};
extern struct options opt;

enum state { NEW, CONNECTING, REGISTERED, JOINED, CLOSED };

struct conn {
	int fd;
	int port;
	enum state state;
	int group;
	bool writable_wanted, dirty;
	uint32_t *next;   /* per sender of the group: the sequence number that must come next */
	uint64_t order;   /* hash of everything that came, in the order in which it came */
	uint64_t retry_at; /* when the name is tried again after 433; 0 = not refused */
	char *carry;      /* the beginning of a line whose end has not come yet */
	uint32_t carry_len, carry_cap;
	char *out;
	uint32_t out_len, out_cap;
};

struct sender {
	int conn, local; /* local: its number among the senders of its group */
	int receivers;
	uint32_t sent, acked;
	uint16_t *got; /* ring by sequence number: receivers that have the message */
	char head[40]; /* "PRIVMSG target :" */
	int head_len;
};

/* What went wrong at the receivers, and what came. */
struct tally {
	uint64_t deliveries, lost, doubled, misplaced, forged, closed, refused;
	char last_error[200];
};

extern struct conn *conns;
extern int nconns;
extern struct sender *senders;
extern int nsenders;
extern struct tally tally;
extern int registered, joined, ponged;

/* net.c: sockets, lines, what the server says */
uint64_t now_ns(void);
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void net_init(int count);
void net_once(uint64_t wait_ns);
void conn_open(int i);
void conn_close(int i);
void conn_send(int i, const char *data, size_t len);
void conn_printf(int i, const char *format, ...) __attribute__((format(printf, 2, 3)));
void conn_flush_dirty(void);
void name_of(int i, char name[NAME_LEN + 1]);
void open_all(int from, int to);
void join_all(int from, int to);
void fence_all(int from, int to);

/* Called by net.c for each line that is no message of ours: the name's number or -1. */
extern void (*on_line)(int conn, int from, const char *line, size_t len);
/* Called instead of counting a connection that ended as a fault. */
extern void (*on_closed)(int conn);
int source_of(const char *line, size_t len);

/* message.c: the messages that are counted, and the scenarios with a window */
bool message_line(int i, const char *line, size_t len, uint64_t now);
void message_post(int s, uint64_t stamp);
uint64_t message_due(void);
void message_drain(double seconds);
void message_verify(void);
bool message_order_held(void);
void build_groups(void);
void scenario_windowed(void);

/* pace.c: what happens at a rate, whatever the server does */
bool pace(double rate, double seconds, bool (*done)(void));
void scenario_paced(void);
void scenario_slo(void);

/* storm.c */
void scenario_connect(void);
void scenario_joinstorm(void);
void scenario_reconnect(void);

/* report.c: latencies, CPU, the JSON object */
void latency_reset(void);
void latency_add(uint64_t ns, uint64_t count);
double latency_ms(double percentile);
void back_after(uint64_t ns);
void measure_begin(void);
void measure_end(void);
double measured_seconds(void);
long resident_kib(int pid);
void json_number(const char *key, double value);
void json_latency(void);
void json_back(void);
void json_resident(const char *key, const long kib[]);
void json_measured(void);
int json_finish(void);

#endif
