/*
 * What access from user space costs in C, by libbpf: a line for each title of userspace.ts that C has something for, with
 * nanoseconds, the best of some rounds. userspace.ts compiles it (cc -O2 user.c -lbpf) and prints its figures beside ours.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define ENTRIES 1000000
#define PIECE 4096

struct key { __u32 saddr, daddr, ports, protocol; };
struct value { __u64 packets, bytes; };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Does something so many times, with `i` counting. */
#define MEASURE(title, times, ...) do { \
	double best = 1e18; \
	for (int round = 0; round < ((times) <= 1000 ? 300 : 5); round++) { \
		double start = now(); \
		for (long i = 0; i < (times); i++) { __VA_ARGS__; } \
		double took = now() - start; \
		if (took < best) best = took; \
	} \
	printf("%s\t%.2f\n", title, best / (times)); \
} while (0)

static int make(enum bpf_map_type type, int key, int value, int entries, int flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
	int map = bpf_map_create(type, "measured", key, value, entries, &options);
	if (map < 0) { perror("map"); exit(1); }
	return map;
}

/* Goes through all entries, many at a time. */
static __u64 walk(int map, void *keys, void *values, int words)
{
	__u32 at, count, *from = NULL;
	__u64 sum = 0;
	for (int error = 0; !error; from = &at) {
		count = PIECE;
		error = bpf_map_lookup_batch(map, from, &at, keys, values, &count, NULL);
		for (__u32 i = 0; i < count; i++) sum += ((__u64 *)values)[words * i];
	}
	return sum;
}

int main(void)
{
	int variables = make(BPF_MAP_TYPE_ARRAY, 4, 16, 1, BPF_F_MMAPABLE);
	int slots = make(BPF_MAP_TYPE_ARRAY, 4, 8, 1024, 0);
	int tuples = make(BPF_MAP_TYPE_HASH, sizeof(struct key), sizeof(struct value), 65536, 0);
	int counts = make(BPF_MAP_TYPE_HASH, 4, 8, ENTRIES, 0);
	int flows = make(BPF_MAP_TYPE_HASH, 4, sizeof(struct value), ENTRIES, 0);
	int queue = make(BPF_MAP_TYPE_QUEUE, 0, sizeof(struct value), 1024, 0);
	int known = make(BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 1024, 0);
	volatile __u64 *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, variables, 0);
	if (memory == MAP_FAILED) { perror("mmap"); return 1; }
	volatile __u32 *small = (volatile __u32 *)(memory + 1);
	static __u32 keys[PIECE * 4];
	static struct value values[PIECE];
	volatile __u64 sum = 0;
	__u32 n;
	__u64 word = 1;
	struct key key = { 0 };
	struct value value = { 1, 2 };

	MEASURE("read a u32 variable", 10000000L, sum += *small);
	MEASURE("write a u32 variable", 10000000L, *small = i);
	MEASURE("read a u64 variable and compare it", 10000000L, sum += *memory > 7);
	MEASURE("atomic add to a u32 variable", 10000000L, __sync_fetch_and_add(small, 1));
	MEASURE("store a number into an ArrayMap", 1000L, n = i; bpf_map_update_elem(slots, &n, &word, 0));
	MEASURE("look a number up in an ArrayMap", 1000L, n = i; bpf_map_lookup_elem(slots, &n, &word); sum += word);
	for (n = 0; n < ENTRIES; n++) {
		bpf_map_update_elem(counts, &n, &word, 0);
		bpf_map_update_elem(flows, &n, &value, 0);
	}
	MEASURE("store a known number into a HashMap", 1000L, n = i; bpf_map_update_elem(counts, &n, &word, 0));
	MEASURE("look a number up in a HashMap", 1000L, n = i; bpf_map_lookup_elem(counts, &n, &word); sum += word);
	for (n = 0; n < 1000; n++) {
		key.saddr = n;
		bpf_map_update_elem(tuples, &key, &value, 0);
	}
	MEASURE("look a struct up in a HashMap by a struct", 1000L,
		key.saddr = i; bpf_map_lookup_elem(tuples, &key, &value); sum += value.packets);
	MEASURE("the same for keys that are not there", 1000L,
		key.saddr = i + 5000; sum += !bpf_map_lookup_elem(tuples, &key, &value));
	MEASURE("ask for a struct in a HashMap", 1000L,
		key.saddr = i; sum += !bpf_map_lookup_elem(tuples, &key, &value));
	MEASURE("store a struct into a HashMap", 1000L, key.saddr = i; bpf_map_update_elem(tuples, &key, &value, 0));
	key.saddr = 9999;
	MEASURE("store a new struct and delete it", 1000L,
		bpf_map_update_elem(tuples, &key, &value, 0); bpf_map_delete_elem(tuples, &key));
	MEASURE("push a struct into a Queue and pop it", 1000L,
		bpf_map_update_elem(queue, NULL, &value, 0); bpf_map_lookup_and_delete_elem(queue, NULL, &value));
	bpf_map_update_elem(queue, NULL, &value, 0);
	MEASURE("peek into a Queue", 1000L, bpf_map_lookup_elem(queue, NULL, &value); sum += value.packets);
	MEASURE("add a number to a BloomFilter", 1000L, n = i; bpf_map_update_elem(known, NULL, &n, 0));
	MEASURE("ask a BloomFilter for a number", 1000L, n = i; sum += !bpf_map_lookup_elem(known, NULL, &n));
	MEASURE("go through 1000 structs", 1000L, if (i == 0) sum += walk(tuples, keys, values, 2));
	MEASURE("go through 1000000 numbers", (long)ENTRIES, if (i == 0) sum += walk(counts, keys, values, 1));
	MEASURE("go through 1000000 structs", (long)ENTRIES, if (i == 0) sum += walk(flows, keys, values, 2));
	return 0;
}
