import { nodeLabel } from '@loadstone/plan'
import { type Condition, shorten, withTransitionTime } from '@loadstone/plan/status'
import type { Config, ConfigVerdict } from '../config/config'
import type { ConfigKind } from '../model/definitions'
import { type Json, list, record, text } from '../model/json'
import type { PodOwner } from '../model/status-object'
import type { World } from '../model/world'
import type { Plan } from '../plan/plan'

/** What a ConfigurationState should be. `node`: whose speaker it is of; `owner`: another pod that it goes with. */
export type ConfigurationState = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly node: string | undefined
  readonly owner: PodOwner | undefined
  readonly status: Json
}

type Input = { readonly now: string; readonly self: PodOwner | undefined }

/** Kinds that MetalLB's controller reads; its speakers read all of them. */
const ofController: ReadonlySet<ConfigKind> = new Set(['IPAddressPool', 'Community'])
const [componentKey, nodeKey] = ['metallb.io/component-type', 'metallb.io/node-name']

/** As MetalLB has them: one of the controller, which is the operator, and one of each node with a speaker that is ready. */
export function configurationStates(
  world: Pick<World, 'speakers' | 'statusObjects'>,
  { verdicts }: Pick<Config, 'verdicts'>,
  { reports }: Pick<Plan, 'reports'>,
  { now, self }: Input,
): readonly ConfigurationState[] {
  const published = new Map((world.statusObjects.ConfigurationState ?? []).map(({ meta, status }) => [meta.name, conditionsOf(status)]))
  const faults = faultsOf(verdicts)
  const controller = outcomeOf('poolReconcilerValid', faultsOf(verdicts.filter(({ object }) => ofController.has(object.kind))))
  const speakers = [...world.speakers].filter(([, pods]) => pods.some(({ ready }) => ready))
  return [
    {
      name: 'controller',
      labels: { [componentKey]: 'controller' },
      node: undefined,
      owner: self,
      status: statusOf(controller, published.get('controller'), now),
    },
    ...speakers.map(([node]): ConfigurationState => {
      const name = `speaker-${node}`
      const report = reports.get(node)
      const degraded =
        report !== undefined && 'status' in report ? report.status.conditions.find(({ reason }) => reason === 'Unreadable') : undefined
      const outcome = outcomeOf('configReconcilerValid', faults, degraded?.message)
      return {
        name,
        labels: { [componentKey]: 'speaker', [nodeKey]: nodeLabel(node) },
        node,
        owner: undefined,
        status: statusOf(outcome, published.get(name), now),
      }
    }),
  ]
}

const faultsOf = (verdicts: readonly ConfigVerdict[]): readonly string[] =>
  verdicts.flatMap(({ object: { kind, meta }, accepted, notes }) =>
    accepted ? [] : [`${kind} ${meta.name}: ${notes.map(({ message }) => message).join(' ')}`],
  )

type Outcome = { readonly result: 'Valid' | 'Invalid' | 'Unknown'; readonly condition: Omit<Condition, 'lastTransitionTime'> }

/** `unreadable`: what a speaker cannot read of its plan, which is nobody's configuration error. */
function outcomeOf(type: string, faults: readonly string[], unreadable?: string): Outcome {
  if (faults.length > 0) {
    const message = shorten(`configuration error: ${faults.join('\n')}`, longest)
    return { result: 'Invalid', condition: { type, status: 'False', reason: 'ConfigurationError', message } }
  }
  if (unreadable !== undefined)
    return { result: 'Unknown', condition: { type, status: 'False', reason: 'UnknownError', message: unreadable } }
  return { result: 'Valid', condition: { type, status: 'True', reason: 'Reconciled', message: '' } }
}

const longest = 4096

const statusOf = ({ result, condition }: Outcome, published: readonly Condition[] = [], now: string): Json => ({
  result,
  ...(condition.message === '' ? {} : { errorSummary: condition.message }),
  conditions: [withTransitionTime(condition, published, now)],
})

const conditionsOf = (status: Json): readonly Condition[] =>
  list(status['conditions']).flatMap((value) => {
    const { type, status: is, lastTransitionTime } = record(value)
    const known = is === 'True' || is === 'False' || is === 'Unknown'
    return known
      ? [{ type: text(type) ?? '', status: is, reason: '', message: '', lastTransitionTime: text(lastTransitionTime) ?? '' }]
      : []
  })
