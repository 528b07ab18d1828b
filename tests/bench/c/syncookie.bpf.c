#include "common.h"
struct { __u64 secret, cookies; } globals;
INLINE __u64 rol64(__u64 x, int n) { return x << n | x >> (64 - n); }
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct eth *e = DATA(ctx);
	struct ip4 *ip = (void *)(e + 1);
	struct tcp *t = (void *)(ip + 1);
	if ((void *)(t + 1) > END(ctx) || e->type != ETH_IP4 || ip->vihl != 0x45 || ip->proto != 6 || (t->flags & 0x12) != 2)
		return XDP_PASS;
	__u64 h = globals.secret ^ ((__u64)bpf_ntohl(ip->saddr) << 32 | bpf_ntohl(ip->daddr));
	h *= 0x9e3779b97f4a7c15ull;
	h = rol64(h, 31) ^ ((__u64)bpf_ntohs(t->sport) << 16 | bpf_ntohs(t->dport));
	h *= 0xff51afd7ed558ccdull;
	h ^= h >> 33;
	__u32 addr = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = addr;
	__u16 port = t->sport;
	t->sport = t->dport;
	t->dport = port;
	t->ack = bpf_htonl(bpf_ntohl(t->seq) + 1);
	t->seq = bpf_htonl((__u32)h);
	t->flags = 0x12;
	ADD(globals.cookies, 1);
	return XDP_TX;
}
