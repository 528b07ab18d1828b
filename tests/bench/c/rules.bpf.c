#include "common.h"
struct { __u64 blocked; } globals;
#define R1(n) case 0x0a000000u + (((n) * 7919u) & 0xffffffu):
#define R10(n) R1(n) R1(n + 1) R1(n + 2) R1(n + 3) R1(n + 4) R1(n + 5) R1(n + 6) R1(n + 7) R1(n + 8) R1(n + 9)
#define R100(n) R10(n) R10(n + 10) R10(n + 20) R10(n + 30) R10(n + 40) R10(n + 50) R10(n + 60) R10(n + 70) R10(n + 80) R10(n + 90)
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct eth *e = DATA(ctx);
	struct ip4 *ip = (void *)(e + 1);
	if ((void *)(ip + 1) > END(ctx) || e->type != ETH_IP4)
		return XDP_PASS;
	switch (bpf_ntohl(ip->saddr)) {
	R100(0) R100(100) R100(200) R100(300) R100(400) R100(500) R100(600) R100(700) R100(800) R100(900)
		ADD(globals.blocked, 1);
		return XDP_DROP;
	}
	return XDP_PASS;
}
