#include "common.h"
struct { __u32 count; } globals;
struct rule { __u32 source, mask; __u16 low, high; __u8 proto, action; __u64 hits; };
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct rule);
} rules SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = DATA(ctx), *end = END(ctx);
	struct eth *e = data;
	struct ip4 *ip = (void *)(e + 1);
	struct udp *u = (void *)(ip + 1);
	if ((void *)(u + 1) > end || e->type != ETH_IP4 || (ip->vihl & 15) != 5)
		return XDP_PASS;
	__u32 src = ip->saddr;
	__u16 port = bpf_ntohs(u->dport);
	__u8 proto = ip->proto;
	for (__u32 i = 0; i < 64; i++) {
		if (i >= globals.count) break;
		__u32 k = i;
		struct rule *r = bpf_map_lookup_elem(&rules, &k);
		if (!r) break;
		if ((src ^ r->source) & r->mask) continue;
		if (r->proto && r->proto != proto) continue;
		if (port < bpf_ntohs(r->low) || port > bpf_ntohs(r->high)) continue;
		__sync_fetch_and_add(&r->hits, 1);
		return r->action;
	}
	return XDP_PASS;
}
