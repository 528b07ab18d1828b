#include "common.h"
struct { __u64 listed, multicast, inside, refused; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *end = END(ctx);
	struct eth *e = DATA(ctx);
	if ((void *)(e + 1) > end)
		return XDP_PASS;
	if (e->dst[0] & 1) {
		ADD(globals.multicast, 1);
		return XDP_PASS;
	}
	__u32 a = *(__u32 *)e->src;
	__u16 b = *(__u16 *)(e->src + 4);
	/* 02:00:00:00:01:0{1,2,3}, 52:54:00:12:34:56, 00:16:3e:aa:bb:cc, 3c:fd:fe:01:02:03 */
	if ((a == 0x00000002 && (b == 0x0101 || b == 0x0201 || b == 0x0301)) || (a == 0x12005452 && b == 0x5634) ||
	    (a == 0xaa3e1600 && b == 0xccbb) || (a == 0x01fefd3c && b == 0x0302)) {
		ADD(globals.listed, 1);
		return XDP_PASS;
	}
	if (e->type == ETH_IP6) {
		struct ip6 *ip = (void *)(e + 1);
		if ((void *)(ip + 1) > end)
			return XDP_PASS;
		/* 2001:db8:1::/48, fe80::/10, 2001:db8:2:3::/64 */
		__u64 h = bpf_be64_to_cpu(*(__u64 *)ip->saddr);
		if (h >> 16 == 0x20010db80001 || h >> 54 == 0x3fa || h == 0x20010db800020003) {
			ADD(globals.inside, 1);
			return XDP_PASS;
		}
	}
	ADD(globals.refused, 1);
	return XDP_DROP;
}
