/** Frames as `tcpdump -xx` showed them; the router is near, 02:00:5e:10:00:01, and far is Linux. */
export const captured = {
  /** FRR 8.4, `neighbor v0 interface remote-as external`. */
  frr: `
    333300000001 02005e100001 86dd            # to all nodes
    600b2458 0018 3a ff                       # a flow label; 24 octets of ICMPv6, hop limit 255
    fe8000000000000000005efffe100001
    ff020000000000000000000000000001
    86 00 7de6
    40 00 001e                                # hop limit 64, no flags, default router for 30 s
    00000000 00000000                         # says no times
    01 01 02005e100001                        # its MAC
  `,
  /** The same FRR as it ends: RFC 4861 §6.2.5. */
  frrEnds: `
    333300000001 02005e100001 86dd
    600b2458 0018 3a ff
    fe8000000000000000005efffe100001
    ff020000000000000000000000000001
    86 00 7e04
    40 00 0000                                # no default router any more
    00000000 00000000
    01 01 02005e100001
  `,
  /** FRR told `ipv6 nd ra-lifetime 0` and `ipv6 nd ra-hop-limit 0`: it says that it is there, and nothing else. */
  frrSilent: `
    333300000001 02005e100001 86dd
    600b2458 0018 3a ff
    fe8000000000000000005efffe100001
    ff020000000000000000000000000001
    86 00 be04
    00 00 0000
    00000000 00000000
    01 01 02005e100001
  `,
  /** BIRD 2.0.12, `protocol radv`. */
  bird: `
    333300000001 02005e100001 86dd
    600b2458 0050 3a ff
    fe8000000000000000005efffe100001
    ff020000000000000000000000000001
    86 00 91a4
    40 00 0000                                # no default router
    00000000 00000000
    05 01 0000000005dc                        # MTU 1500; and no MAC
    03 04 40c0 00015180 00003840 00000000     # 2001:db8::/64 is on the link
          20010db8000000000000000000000000
    19 03 0000 0000000f                       # a resolver, RFC 8106
          20010db8000000000000000000000053
  `,
  /** Linux 6.18, an interface that came up. */
  solicitation: `
    333300000002 02005e100002 86dd            # to all routers
    60000000 0010 3a ff
    fe8000000000000000005efffe100002
    ff020000000000000000000000000002
    85 00 bf09 00000000
    01 01 02005e100002
  `,
} as const
