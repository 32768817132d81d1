import { counter, gauge } from '@loadstone/telemetry'

/** The metrics of the operator, with MetalLB's names where MetalLB has the metric. docs/metrics.md documents them. */
export const metrics = {
  metallb_allocator_addresses_total: gauge(['pool'], 'Addresses of the pool'),
  metallb_allocator_addresses_in_use_total: gauge(['pool'], 'Addresses of the pool that Services have'),
  metallb_allocator_ipv4_addresses_total: gauge(['pool'], 'IPv4 addresses of the pool'),
  metallb_allocator_ipv4_addresses_in_use_total: gauge(['pool'], 'IPv4 addresses of the pool that Services have'),
  metallb_allocator_ipv6_addresses_total: gauge(['pool'], 'IPv6 addresses of the pool'),
  metallb_allocator_ipv6_addresses_in_use_total: gauge(['pool'], 'IPv6 addresses of the pool that Services have'),
  metallb_k8s_client_updates_total: counter([], 'Passes: how often everything was decided anew'),
  metallb_k8s_client_update_errors_total: counter([], 'Passes of which something could not be written'),
  metallb_k8s_client_config_loaded_bool: gauge([], '1 once everything has been seen whole'),
  metallb_k8s_client_config_stale_bool: gauge([], '1 while an object of the configuration is refused, or not everything can be read'),
  loadstone_leading: gauge([], '1 for the replica that decides'),
  loadstone_services_announced: gauge([], 'Services that nodes announce'),
  loadstone_services_not_announced: gauge(
    ['reason'],
    'Services that wait for an address or are not announced, by the reason they are told',
  ),
  loadstone_pass_seconds_total: counter(['part'], 'Time that passes took: to think, and until their writes had ended'),
  loadstone_writes_total: counter(['kind', 'outcome'], 'Writes to the API server'),
  loadstone_objects_held: gauge([], 'Objects whose last write was refused, failed or has no answer yet'),
  loadstone_watch_restarts_total: counter(['kind'], 'How often a watch of the API server broke or was refused'),
} as const

export type OperatorMetricName = keyof typeof metrics
