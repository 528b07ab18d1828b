#include "common.h"
struct { __u64 replies; } globals;
struct icmp { __u8 type, code; __be16 csum; __be16 id, seq; };
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct eth *e = DATA(ctx);
	struct ip4 *ip = (void *)(e + 1);
	struct icmp *ic = (void *)(ip + 1);
	if ((void *)(ic + 1) > END(ctx))
		return XDP_PASS;
	if (e->type != ETH_IP4 || ip->vihl != 0x45 || ip->proto != 1 || ic->type != 8)
		return XDP_PASS;
	__u32 a = *(__u32 *)e->dst;
	__u16 b = *(__u16 *)(e->dst + 4);
	*(__u32 *)e->dst = *(__u32 *)e->src;
	*(__u16 *)(e->dst + 4) = *(__u16 *)(e->src + 4);
	*(__u32 *)e->src = a;
	*(__u16 *)(e->src + 4) = b;
	__u32 t = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = t;
	ic->type = 0;
	__u32 c = ic->csum + bpf_htons(0x0800);
	ic->csum = c + (c >> 16);
	ADD(globals.replies, 1);
	return XDP_TX;
}
