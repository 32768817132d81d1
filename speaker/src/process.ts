import { systemClock, systemRandom, wallTime } from '@loadstone/clock'
import { createLog, type Log, metricsEndpoint, textFormat, type Variables } from '@loadstone/telemetry'
import { Listener, Peer } from 'bgp-js'
import { type Api, openApi } from './apiserver'
import { askHealthPortOn } from './bgp/health-check-http'
import { Handover, readKey } from './handover/socket'
import type { WorkerThread } from './messages/messages'
import { SpeakerCounters } from './metrics/counters'
import { metrics as catalogue } from './metrics/definitions'
import { samplesOf } from './metrics/samples'
import type { SavedState } from './plan/saved'
import { readPlanFile, writePlanFile } from './plan/saved-plan'
import { type Settings, settingsFrom } from './settings'
import { Speaker, type SpeakerDeps } from './speaker'
import { answerProbes } from './status/probe-socket'

const keyless = 'a process on this node asked us to leave, and does not have the key of the speakers'

/** The process exits this long after SIGTERM and the drain of a leaving node, whatever hangs. */
const endMillis = 1_500

/** The process: reads its settings, connects the parts, ends on SIGTERM. */
export function run(env: Variables, startWire: () => WorkerThread): void {
  const settings = settingsFrom(env)
  if (!('node' in settings)) {
    createLog('info', { node: '' }).error({ event: 'settings-wrong', problem: settings.join('; ') })
    process.exitCode = 1
    return
  }
  const log = createLog(settings.level, { node: settings.node })
  log.info({ event: 'started', pod: settings.pod, pid: process.pid })
  connect(env, settings, log, startWire())
}

function connect(env: Variables, settings: Settings, log: Log, worker: WorkerThread): void {
  const counters = new SpeakerCounters()
  const api: Api = openApi(env, systemClock, settings, (seen) => {
    counters.onObserved()
    speaker.observe(seen)
  })
  const speaker: Speaker = new Speaker(
    {
      node: settings.node,
      clock: systemClock,
      wallTime,
      random: systemRandom,
      log,
      sendToWorker: (message) => worker.send(message),
      ...bgpOf(settings),
      readSecret: api.readSecret,
      askHealthPort: askHealthPortOn(settings.addresses),
      writeStatus: counters.countWrites(api.writeStatus),
      save: (saved) => save(settings.stateDirectory, saved, log),
      onPrepared: () => handover.prepared(),
    },
    savedPlan(settings, log),
  )
  const metrics = metricsOf(settings, log, () => samplesNow(speaker, counters, api))
  const handover = handoverOf(settings, log, { speaker, metrics })
  const probeTrouble = (problem: string): void => log.error({ event: 'probes-not-answered', problem })
  const stopProbes = answerProbes(settings.stateDirectory, () => speaker.health(), probeTrouble)
  deliverWorkerEvents(worker, counters, speaker)
  const end = async (): Promise<void> => {
    stopProbes()
    metrics.close()
    api.stop()
    await speaker.end()
    handover.end()
  }
  endOnSignal(log, worker, { end, pauseMillis: () => speaker.pauseMillis() })
  speaker.start()
  handover.start()
  api.start()
}

/**
 * How long the metrics port may be taken before it is logged. Two speakers share the node's address while one replaces the other: the
 * predecessor closes the port when it stops serving, and needs this time at most.
 */
const predecessorMillis = 10_000
const metricsOf = ({ metrics: place }: Settings, log: Log, samples: () => ReturnType<typeof samplesOf>) =>
  metricsEndpoint({ place, clock: systemClock, log, text: () => textFormat(catalogue, samples()), patienceMillis: predecessorMillis })

/** BGP over the system's TCP. */
const bgpOf = ({ bgpListen }: Settings): Pick<SpeakerDeps, 'connect' | 'listen'> => ({
  connect: (options) => new Peer(options),
  ...(bgpListen ? { listen: (options, peers) => new Listener(options, peers) } : {}),
})

type Handled = { readonly speaker: Speaker; readonly metrics: ReturnType<typeof metricsEndpoint> }

/** The handover; the metrics port opens when this speaker begins to serve, and closes when it stops. */
function handoverOf({ namespace, keyFile }: Settings, log: Log, { speaker, metrics }: Handled): Handover {
  // An abstract name belongs to the node's network namespace; the namespace of the release tells two installations apart.
  return new Handover({ name: `loadstone-speaker/${namespace}`, key: readKey(keyFile) }, systemClock, {
    serve: () => {
      speaker.serve()
      metrics.open()
    },
    handOver: () => {
      metrics.close()
      return speaker.handOver()
    },
    resume: (handoverState) => speaker.resume(handoverState),
    refused: () => log.warn({ event: 'handover-refused', problem: keyless }),
    became: (role, because) => log.info({ event: 'role', role, because }),
  })
}

function deliverWorkerEvents(worker: WorkerThread, counters: SpeakerCounters, speaker: Speaker): void {
  worker.onMessage((message) => {
    counters.onWorkerEvent(message)
    if (message.is !== 'bfd-counters') speaker.onWorkerEvent(message)
  })
}

function samplesNow(speaker: Speaker, counters: SpeakerCounters, api: Api): ReturnType<typeof samplesOf> {
  const measured = speaker.measured()
  const counted = counters.values((address) => measured.claims.has(address))
  return samplesOf(measured, counted, api.watchRestarts())
}

type Ending = {
  end(): Promise<void>
  /** How long end() waits for the drain. */
  pauseMillis(): number
}

function endOnSignal(log: Log, worker: WorkerThread, { end, pauseMillis }: Ending): void {
  let ending = false
  const begin = async (signal: string): Promise<void> => {
    if (ending) return
    ending = true
    log.info({ event: 'ending', signal })
    systemClock.after(pauseMillis() + endMillis, () => process.exit(0))
    await end()
    worker.send({ is: 'end' })
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void begin(signal))
  worker.onExit((code) => {
    if (!ending) log.error({ event: 'wire-worker-ended', code })
    process.exit(ending ? 0 : 1) // without its worker a speaker answers for nothing, so kubelet must restart it
  })
}

function savedPlan({ stateDirectory, node }: Settings, log: Log): SavedState | undefined {
  const saved = readPlanFile(stateDirectory, node)
  if ('lastGood' in saved) return saved
  if (saved.unusable !== undefined) log.warn({ event: 'saved-plan-ignored', problem: saved.unusable })
  return undefined
}

function save(directory: string, saved: SavedState, log: Log): void {
  try {
    writePlanFile(directory, saved)
  } catch (error) {
    log.warn({ event: 'plan-not-saved', problem: error instanceof Error ? error.message : String(error) })
  }
}
