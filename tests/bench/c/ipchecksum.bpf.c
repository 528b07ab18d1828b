#include "common.h"
struct { __u64 good, bad; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct eth *e = DATA(ctx);
	struct ip4 *ip = (void *)(e + 1);
	if ((void *)(ip + 1) > END(ctx) || e->type != ETH_IP4 || ip->vihl != 0x45)
		return XDP_PASS;
	__u16 *w = (void *)ip;
	__u32 sum = 0;
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += w[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	if (sum != 0xffff) {
		ADD(globals.bad, 1);
		return XDP_DROP;
	}
	ADD(globals.good, 1);
	return XDP_PASS;
}
