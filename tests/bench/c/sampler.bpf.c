#include "common.h"
struct { __u64 sampled; __u32 share; } globals;
INLINE __u32 mix(__u32 h) { h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13; h *= 0xc2b2ae35; h ^= h >> 16; return h; }
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct eth *e = DATA(ctx);
	struct ip4 *ip = (void *)(e + 1);
	struct udp *u = (void *)(ip + 1);
	if ((void *)(u + 1) > END(ctx) || e->type != ETH_IP4 || ip->vihl != 0x45 || (ip->proto != 6 && ip->proto != 17))
		return XDP_PASS;
	__u32 h = mix(bpf_ntohl(ip->saddr) ^ bpf_ntohl(ip->daddr)) ^ mix((__u32)bpf_ntohs(u->sport) << 16 | bpf_ntohs(u->dport)) ^ ip->proto;
	if (globals.share != 0 && h % globals.share == 0)
		ADD(globals.sampled, 1);
	return h % 100 < 3 ? XDP_DROP : XDP_PASS;
}
