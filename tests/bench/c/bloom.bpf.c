#include "common.h"
struct { __u64 known, fresh; __u32 bits[64]; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct eth *e = DATA(ctx);
	struct ip4 *ip = (void *)(e + 1);
	if ((void *)(ip + 1) > END(ctx) || e->type != ETH_IP4)
		return XDP_PASS;
	__u32 h = bpf_ntohl(ip->saddr) * 0x9e3779b1u;
	int seen = 1;
#pragma unroll
	for (int i = 0; i < 3; i++) {
		__u32 n = h >> (i * 7) & 2047;
		__u32 bit = 1u << (n & 31), *w = &globals.bits[n >> 5];
		if (!(*w & bit)) {
			seen = 0;
			*w |= bit;
		}
	}
	if (seen)
		ADD(globals.known, 1);
	else
		ADD(globals.fresh, 1);
	return XDP_PASS;
}
