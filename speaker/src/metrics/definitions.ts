import { counter, gauge } from '@loadstone/telemetry'

const bgp = ['peer', 'vrf'] as const

/** Every metric of a speaker, under MetalLB's name wherever it has one. docs/metrics.md explains them. */
export const metrics = {
  metallb_k8s_client_updates_total: counter([], 'How often the plan, its slices or route sets were seen to change'),
  metallb_k8s_client_update_errors_total: counter([], 'How often the status of the plan could not be written'),
  metallb_k8s_client_config_loaded_bool: gauge([], '1 once a plan has been read'),
  metallb_k8s_client_config_stale_bool: gauge([], '1 while part of the plan is missing or unreadable, or the API server is away'),
  metallb_speaker_announced: gauge(['service', 'protocol', 'node', 'ip'], 'Addresses that this node announces for a Service; always 1'),
  metallb_layer2_requests_received: counter(['ip'], 'ARP and NDP questions for an address that this node answers for'),
  metallb_layer2_responses_sent: counter(['ip'], 'Answers to ARP and NDP questions'),
  metallb_layer2_gratuitous_sent: counter(['ip'], 'Gratuitous ARP frames and unsolicited neighbor advertisements'),
  metallb_bgp_session_up: gauge(bgp, '1 while the BGP session is established'),
  metallb_bgp_announced_prefixes_total: gauge(bgp, 'Prefixes that the peer has been told'),
  metallb_bgp_pending_prefixes_total: gauge(bgp, 'Prefixes that the peer should be told'),
  metallb_bgp_updates_total: counter(bgp, 'UPDATE messages sent'),
  metallb_bgp_updates_total_received: counter(bgp, 'UPDATE messages received'),
  metallb_bgp_opens_sent: counter(bgp, 'OPEN messages sent'),
  metallb_bgp_opens_received: counter(bgp, 'OPEN messages received'),
  metallb_bgp_notifications_sent: counter(bgp, 'NOTIFICATION messages sent'),
  metallb_bgp_keepalives_sent: counter(bgp, 'KEEPALIVE messages sent'),
  metallb_bgp_keepalives_received: counter(bgp, 'KEEPALIVE messages received'),
  metallb_bgp_route_refresh_sent: counter(bgp, 'ROUTE-REFRESH messages sent'),
  metallb_bgp_total_sent: counter(bgp, 'BGP messages sent'),
  metallb_bgp_total_received: counter(bgp, 'BGP messages received'),
  metallb_bfd_session_up: gauge(bgp, '1 while the BFD session is up'),
  metallb_bfd_control_packet_input: counter(bgp, 'BFD control packets received'),
  metallb_bfd_control_packet_output: counter(bgp, 'BFD control packets sent'),
  metallb_bfd_session_up_events: counter(bgp, 'How often the BFD session came up'),
  metallb_bfd_session_down_events: counter(bgp, 'How often the BFD session went down'),
  loadstone_speaker_frames_total: counter(['family', 'outcome'], 'ARP and NDP frames, by what became of them'),
  loadstone_address_conflicts: gauge([], 'Addresses of ours that a stranger answers for'),
  loadstone_writes_total: counter(['kind', 'outcome'], 'Writes to the API server'),
  loadstone_watch_restarts_total: counter(['kind'], 'How often a watch of the API server broke or was refused'),
} as const

export type MetricName = keyof typeof metrics
