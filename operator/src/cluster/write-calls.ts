import { resources } from '@loadstone/crds'
import type { ApiCall, Resource } from '@loadstone/kube'
import { type AppliedObject, applyCall, deleteCall } from '@loadstone/kube/writes'
import { memoryAnnotation, passwordMark, poolAnnotation, summaryAnnotation } from '../model/annotations'
import type { OperatorSettings } from '../model/settings'
import { fieldManager } from '../observe/kubernetes/managers'
import type { WatchedKind } from '../observe/observe'
import type { PasswordWrite, ServiceWrite, StatusObjectWrite, StatusWrite, Write } from '../publish/write'
import { watchedResources } from './resources'

/** The kinds that are written, by the name that their objects bear. */
export const kindOf = {
  IPAddressPool: 'ipaddresspools',
  L2Advertisement: 'l2advertisements',
  BGPAdvertisement: 'bgpadvertisements',
  BGPPeer: 'bgppeers',
  BFDProfile: 'bfdprofiles',
  Community: 'communities',
  AnnouncementPlan: 'announcementplans',
  AnnouncementSlice: 'announcementslices',
  RouteSet: 'routesets',
  ServiceL2Status: 'servicel2statuses',
  ServiceBGPStatus: 'servicebgpstatuses',
  ConfigurationState: 'configurationstates',
  Secret: 'secrets',
} as const satisfies Readonly<Record<string, WatchedKind>>

/** The object that a write is for. */
type ObjectLocation = { readonly kind: WatchedKind; readonly namespace: string; readonly name: string }

/**
 * A write as an API call. Server-side apply of the own fields: fields of other managers stay, own fields left out are removed. With
 * `resourceVersion` an apply is refused if the object has changed since, by a call that was given up and is carried out late.
 */
export function callOf(write: Write, settings: OperatorSettings, resourceVersion?: string): ApiCall {
  const { kind, namespace, name } = locationOf(write, settings)
  const resource = watchedResources(settings)[kind]
  switch (write.do) {
    case 'service-status':
      return applyCall(resource, serviceStatus(write), { fieldManager, subresource: 'status' })
    case 'status':
      return applyCall(resource, objectStatus(write, resource), { fieldManager, subresource: 'status' })
    case 'apply': {
      const { kind: type, spec } = write.object
      const metadata = { namespace, name, labels: write.labels, ...(resourceVersion !== undefined && { resourceVersion }) }
      return applyCall(resource, { ...typeOf(resource, type), metadata, spec }, { fieldManager })
    }
    case 'status-object':
      return applyCall(resource, statusObject(write, resource, namespace), { fieldManager })
    case 'status-object-status': {
      const body = { ...typeOf(resource, write.kind), metadata: { namespace, name }, status: write.status }
      return applyCall(resource, body, { fieldManager, subresource: 'status' })
    }
    case 'delete':
      return deleteCall(resource, { namespace, name }, { uid: write.uid })
    case 'password':
      return applyCall(resource, passwordSecret(write, namespace), { fieldManager })
  }
}

const typeOf = ({ group, version }: Resource, kind: string): Pick<AppliedObject, 'apiVersion' | 'kind'> => ({
  apiVersion: group === '' ? version : `${group}/${version}`,
  kind,
})

/** Where the object of a write is. */
export function locationOf(write: Write, { namespace, configNamespace }: OperatorSettings): ObjectLocation {
  switch (write.do) {
    case 'service-status':
      return { kind: 'services', namespace: write.service.namespace, name: write.service.name }
    case 'status':
      return { kind: kindOf[write.kind], namespace: write.object.namespace, name: write.object.name }
    case 'apply':
      return { kind: kindOf[write.object.kind], namespace, name: write.name }
    case 'status-object':
    case 'status-object-status':
      return { kind: kindOf[write.kind], namespace, name: write.name }
    case 'delete':
      return { kind: kindOf[write.kind], namespace: write.kind === 'Secret' ? configNamespace : namespace, name: write.name }
    case 'password':
      return { kind: 'secrets', namespace: configNamespace, name: write.name }
  }
}

/** The Secret has its BGPPeer as owner, so the garbage collector removes it with the BGPPeer. */
function passwordSecret({ name, peer, mark, password }: PasswordWrite, namespace: string): AppliedObject {
  const owner = { ...typeOf(resources.BGPPeer, 'BGPPeer'), ...peer }
  return {
    ...typeOf({ group: '', version: 'v1', plural: 'secrets' }, 'Secret'),
    metadata: { namespace, name, annotations: { [passwordMark]: mark }, ownerReferences: [owner] },
    type: 'kubernetes.io/basic-auth',
    data: { password: Buffer.from(password).toString('base64') },
  }
}

function serviceStatus({ service, resourceVersion, ips, pool, memory, summary, conditions }: ServiceWrite): AppliedObject {
  const annotations = {
    ...(pool === undefined ? {} : { [poolAnnotation]: pool }),
    ...(memory === undefined ? {} : { [memoryAnnotation]: memory }),
    ...(summary === undefined ? {} : { [summaryAnnotation]: summary }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...service, resourceVersion, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) }, conditions },
  }
}

const objectStatus = ({ kind, object, counters, conditions }: StatusWrite, resource: Resource): AppliedObject => ({
  ...typeOf(resource, kind),
  metadata: object,
  status: { ...counters, conditions },
})

/** It goes with the pod whose state it tells. */
function statusObject(
  { kind, name, labels, owner }: Extract<StatusObjectWrite, { do: 'status-object' }>,
  resource: Resource,
  namespace: string,
): AppliedObject {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'Pod', ...owner }]
  return { ...typeOf(resource, kind), metadata: { namespace, name, labels, ownerReferences } }
}
