import { resources } from '@loadstone/crds'
import type { Resource } from '@loadstone/kube'
import { selectorText } from '../model/selector'
import type { OperatorSettings } from '../model/settings'
import type { WatchedKind } from '../observe/observe'

/** The kinds that the operator watches, limited to namespaces and labels that matter. */
export function watchedResources({
  namespace,
  configNamespace,
  speakerSelector,
}: OperatorSettings): Readonly<Record<WatchedKind, Resource>> {
  const core = (plural: string): Resource => ({ group: '', version: 'v1', plural })
  const config = { namespace: configNamespace }
  return {
    services: core('services'),
    endpointslices: { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' },
    nodes: core('nodes'),
    namespaces: { ...core('namespaces'), metadataOnly: true },
    pods: { ...core('pods'), namespace, labelSelector: selectorText(speakerSelector) },
    ipaddresspools: { ...resources.IPAddressPool, ...config },
    l2advertisements: { ...resources.L2Advertisement, ...config },
    bgpadvertisements: { ...resources.BGPAdvertisement, ...config },
    bgppeers: { ...resources.BGPPeer, ...config },
    bfdprofiles: { ...resources.BFDProfile, ...config },
    communities: { ...resources.Community, ...config },
    secrets: { ...core('secrets'), ...config, metadataOnly: true },
    announcementplans: { ...resources.AnnouncementPlan, namespace },
    announcementslices: { ...resources.AnnouncementSlice, namespace },
    routesets: { ...resources.RouteSet, namespace },
    servicel2statuses: { ...resources.ServiceL2Status, namespace },
    servicebgpstatuses: { ...resources.ServiceBGPStatus, namespace },
    configurationstates: { ...resources.ConfigurationState, namespace },
  }
}
