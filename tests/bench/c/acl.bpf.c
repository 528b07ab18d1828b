#include "common.h"
struct rule { __u32 priority, action; __u64 hits; };
struct k4 { __u32 len, addr; };
struct k6 { __u32 len; __u32 addr[4]; };
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, 1);
	__type(key, struct k4);
	__type(value, struct rule);
} sources SEC(".maps"), destinations SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, 1);
	__type(key, struct k6);
	__type(value, struct rule);
} sources6 SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = DATA(ctx), *end = END(ctx);
	struct eth *e = data;
	if ((void *)(e + 1) > end) return XDP_PASS;
	struct rule *r;
	if (e->type == ETH_IP4) {
		struct ip4 *ip = (void *)(e + 1);
		if ((void *)(ip + 1) > end) return XDP_PASS;
		struct k4 k = { 32, ip->saddr };
		struct rule *from = bpf_map_lookup_elem(&sources, &k);
		k.addr = ip->daddr;
		r = bpf_map_lookup_elem(&destinations, &k);
		if (from && (!r || from->priority >= r->priority)) r = from;
	} else if (e->type == ETH_IP6) {
		struct ip6 *ip = (void *)(e + 1);
		if ((void *)(ip + 1) > end) return XDP_PASS;
		struct k6 k = { 128 };
		__builtin_memcpy(k.addr, ip->saddr, 16);
		r = bpf_map_lookup_elem(&sources6, &k);
	} else return XDP_PASS;
	if (!r) return XDP_PASS;
	__sync_fetch_and_add(&r->hits, 1);
	return r->action;
}
