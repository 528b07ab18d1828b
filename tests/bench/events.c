/*
 * Takes events out of a ring buffer by libbpf, as the loops of events.ts do: `events ID`. It says "ready", looks each
 * millisecond, and ends when the events do: with how many there were and the seconds from the first to the last one.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct event { __u64 time; __u32 source, destination; __u16 source_port, destination_port; };

static volatile __u64 received, ports;

static int take(void *context, void *data, size_t size)
{
	received++;
	ports += ((struct event *)data)->source_port;
	return 0;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
	int map = count > 1 ? bpf_map_get_fd_by_id(atoi(arguments[1])) : -1;
	struct ring_buffer *ring = map < 0 ? NULL : ring_buffer__new(map, take, NULL, NULL);
	if (!ring) { perror("ring buffer"); return 1; }
	puts("ready");
	fflush(stdout);
	double first = 0, last = 0, begin = now();
	/* Half a second after the last event, or five without one. */
	while (first ? now() - last < 0.5 : now() - begin < 5) {
		if (ring_buffer__consume(ring) > 0) {
			last = now();
			if (!first) first = last;
		}
		usleep(1000);
	}
	printf("%llu %.6f %d\n", (unsigned long long)received, last - first, ports == received);
	return 0;
}
