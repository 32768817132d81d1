// Generated from crds/manifests by crds/generate.mjs. Do not edit.

/** Where the API server serves each kind. */
export const resources = {
  AnnouncementPlan: { group: 'loadstone.dev', version: 'v1alpha1', plural: 'announcementplans' },
  AnnouncementSlice: { group: 'loadstone.dev', version: 'v1alpha1', plural: 'announcementslices' },
  RouteSet: { group: 'loadstone.dev', version: 'v1alpha1', plural: 'routesets' },
  BFDProfile: { group: 'metallb.io', version: 'v1beta1', plural: 'bfdprofiles' },
  BGPAdvertisement: { group: 'metallb.io', version: 'v1beta1', plural: 'bgpadvertisements' },
  BGPPeer: { group: 'metallb.io', version: 'v1beta2', plural: 'bgppeers' },
  Community: { group: 'metallb.io', version: 'v1beta1', plural: 'communities' },
  ConfigurationState: { group: 'metallb.io', version: 'v1beta1', plural: 'configurationstates' },
  IPAddressPool: { group: 'metallb.io', version: 'v1beta1', plural: 'ipaddresspools' },
  L2Advertisement: { group: 'metallb.io', version: 'v1beta1', plural: 'l2advertisements' },
  ServiceBGPStatus: { group: 'metallb.io', version: 'v1beta1', plural: 'servicebgpstatuses' },
  ServiceL2Status: { group: 'metallb.io', version: 'v1beta1', plural: 'servicel2statuses' },
} as const
