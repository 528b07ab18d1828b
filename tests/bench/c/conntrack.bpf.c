#include "common.h"
struct key { __u32 saddr, daddr; __u16 sport, dport; };
struct conn { __u8 state, closing; __u32 packets, replies; };
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct key);
	__type(value, struct conn);
} connections SEC(".maps");
#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16
SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = DATA(ctx), *end = END(ctx);
	struct eth *e = data;
	struct ip4 *ip = (void *)(e + 1);
	struct tcp *t = (void *)(ip + 1);
	if ((void *)(t + 1) > end || e->type != ETH_IP4 || ip->proto != 6 || (ip->vihl & 15) != 5)
		return XDP_PASS;
	__u8 fl = t->flags;
	struct key k = { ip->saddr, ip->daddr, t->sport, t->dport };
	struct conn *c = bpf_map_lookup_elem(&connections, &k);
	if (c) {
		if (fl & RST) { bpf_map_delete_elem(&connections, &k); return XDP_PASS; }
		__sync_fetch_and_add(&c->packets, 1);
		if (c->state == 2 && (fl & ACK)) c->state = 3;
		if (fl & FIN) {
			c->closing |= 1;
			if (c->closing == 3) c->state = 4;
		}
		return XDP_PASS;
	}
	struct key r = { ip->daddr, ip->saddr, t->dport, t->sport };
	c = bpf_map_lookup_elem(&connections, &r);
	if (c) {
		if (fl & RST) { bpf_map_delete_elem(&connections, &r); return XDP_PASS; }
		__sync_fetch_and_add(&c->replies, 1);
		if (c->state == 1 && (fl & (SYN | ACK)) == (SYN | ACK)) c->state = 2;
		if (fl & FIN) {
			c->closing |= 2;
			if (c->closing == 3) c->state = 4;
		}
		return XDP_PASS;
	}
	if ((fl & (SYN | ACK)) != SYN)
		return XDP_DROP;
	struct conn n = { 1, 0, 1, 0 };
	bpf_map_update_elem(&connections, &k, &n, BPF_ANY);
	return XDP_PASS;
}
