#!/bin/sh
# Writes beside each capture what Wireshark's dissector sees in it: a line for each packet with BGP, the fields below between tabs.
cd "$(dirname "$0")" || exit 1
fields='frame.number tcp.srcport bgp.type bgp.open.myas bgp.open.identifier bgp.open.holdtime bgp.notify.major_error bgp.notify.minor_error_cease
  bgp.route_refresh.afi bgp.route_refresh.subtype bgp.nlri_path_id bgp.nlri_prefix bgp.mp_reach_nlri_ipv4_prefix bgp.mp_reach_nlri_ipv6_prefix
  bgp.update.path_attribute.next_hop bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6 bgp.update.path_attribute.community_value
  bgp.large_communities.ldp2'
for file in *.pcap *.pcapng; do
  # shellcheck disable=SC2046
  tshark -r "$file" -Y bgp -T fields -E header=y $(for field in $fields; do echo "-e $field"; done) >"${file%.*}.tsv"
done
