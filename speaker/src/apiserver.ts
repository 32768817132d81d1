import { type Clock, systemRandom } from '@loadstone/clock'
import {
  type ApiAnswer,
  type ApiServer,
  httpsApiServer,
  type KubeObject,
  keyOf,
  podServiceAccount,
  Reflector,
  type Resource,
  statusOf,
  watchRestarts,
} from '@loadstone/kube'
import { applyCall } from '@loadstone/kube/writes'
import { nodeLabel, nodeLabelKey, planGroup, planVersion, routesLabelKey } from '@loadstone/plan'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'
import type { ReadSecret, SecretRead } from './bgp/passwords'
import type { Observed, ObservedObject } from './plan/desired-state'
import type { Settings } from './settings'

/** The manager that owns what a speaker applies: the status of its own plan. */
const fieldManager = 'loadstone-speaker'

/** Asks for a short answer to a write of status: with thousands of claims the whole object takes hundreds of kilobytes. */
const metadataOnly = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'

/** All that a speaker asks of the API server: three watches, Secrets by name, and its plan's status. */
export type Api = {
  readonly start: () => void
  readonly stop: () => void
  readonly readSecret: ReadSecret
  readonly writeStatus: (status: AnnouncementPlanStatus) => Promise<void>
  /** How often the watch of each kind broke or was refused. */
  readonly watchRestarts: () => ReadonlyMap<string, number>
}

const kind = (plural: string, namespace: string): Resource => ({ group: planGroup, version: planVersion, plural, namespace })

/** Opens the API as the pod's service account. Throws an Error that says what is missing outside a pod. */
export function openApi(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  settings: Settings,
  onSeen: (seen: Observed) => void,
): Api {
  const api = httpsApiServer({ account: podServiceAccount(env), clock })
  const { node, namespace, configNamespace } = settings
  const watches = watchAll(api, clock, settings, onSeen)
  const restarts = watches.map((reflector) => [reflector.resource.plural, watchRestarts(reflector)] as const)
  return {
    start: () => {
      for (const reflector of watches) reflector.start()
    },
    stop: () => {
      for (const reflector of watches) reflector.stop()
      void api.close()
    },
    watchRestarts: () => new Map(restarts.map(([plural, count]) => [plural, count()])),
    readSecret: async (name) =>
      secretOf(await api.request({ method: 'GET', path: `/api/v1/namespaces/${configNamespace}/secrets/${name}` })),
    writeStatus: async (status) => {
      const object = { apiVersion: `${planGroup}/${planVersion}`, kind: 'AnnouncementPlan', metadata: { name: node, namespace }, status }
      const call = applyCall(kind('announcementplans', namespace), object, { fieldManager, subresource: 'status' })
      accepted(await api.request({ ...call, accept: metadataOnly }))
    },
  }
}

function watchAll(
  api: ApiServer,
  clock: Clock,
  { node, namespace }: Settings,
  onSeen: (seen: Observed) => void,
): readonly Reflector<ObservedObject>[] {
  let firstStatus: unknown
  const reflect = (resource: Resource): Reflector<ObservedObject> =>
    new Reflector({
      api,
      resource,
      clock,
      random: systemRandom,
      project: (object) => {
        firstStatus ??= object['status']
        return seenObject(object)
      },
    })
  const plans = reflect({ ...kind('announcementplans', namespace), fieldSelector: `metadata.name=${node}` })
  const slices = reflect({ ...kind('announcementslices', namespace), labelSelector: `${nodeLabelKey}=${nodeLabel(node)}` })
  const routeSets = reflect({ ...kind('routesets', namespace), labelSelector: `${routesLabelKey}=shared` })
  const all = [plans, slices, routeSets]

  const look = (): void => {
    const states = all.map((reflector) => reflector.state())
    const plan = plans.objects().get(keyOf({ namespace, name: node }))
    onSeen({
      complete: states.every(({ complete }) => complete),
      planWatched: plans.state().at === 'live',
      trouble: states.find(({ at }) => at !== 'live')?.reason,
      firstStatus,
      ...(plan === undefined ? {} : { plan }),
      slices: byName(slices.objects()),
      routeSets: byName(routeSets.objects()),
    })
  }
  for (const reflector of all) reflector.onChange(look)
  return all
}

/** The generation changes with spec alone, so the speaker's own writes of status start no pass. */
function seenObject({ metadata, spec }: KubeObject): ObservedObject {
  const { uid = '', generation = 0, resourceVersion } = metadata
  return { uid, generation, version: generation === 0 ? resourceVersion : `${uid}/${generation}`, spec }
}

/** The watch's keys are `namespace/name`; the plan lists names. */
const byName = (objects: ReadonlyMap<string, ObservedObject>): ReadonlyMap<string, ObservedObject> =>
  new Map([...objects].map(([key, object]) => [key.slice(key.indexOf('/') + 1), object]))

function secretOf(answer: ApiAnswer): SecretRead {
  if (answer.status === 404) return 'not-found'
  accepted(answer)
  const { data } = answer.body as { readonly data?: Readonly<Record<string, string>> }
  return { data: data ?? {} }
}

function accepted(answer: ApiAnswer): void {
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`the API server answered ${answer.status}: ${statusOf(answer).message ?? ''}`)
}
