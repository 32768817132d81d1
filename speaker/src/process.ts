import { systemClock, systemRandom, wallTime } from '@loadstone/clock'
import { createLog, type Log, metricsEndpoint, textFormat } from '@loadstone/telemetry'
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

type Environment = Readonly<Record<string, string | undefined>>

/** However badly something hangs, the process is gone by then, after the pause that routers are given on a node that is leaving. */
const endMillis = 1_500

/** The process: reads its settings, connects the parts, ends on SIGTERM. */
export function run(env: Environment, startWire: () => WorkerThread): void {
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

function connect(env: Environment, settings: Settings, log: Log, worker: WorkerThread): void {
  const meter = new SpeakerCounters()
  const api: Api = openApi(env, systemClock, settings, (seen) => {
    meter.onObserved()
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
      writeStatus: meter.countWrites(api.writeStatus),
      save: (saved) => save(settings.stateDirectory, saved, log),
      onPrepared: () => handover.prepared(),
    },
    savedPlan(settings, log),
  )
  const metrics = metricsOf(settings, log, () => samplesNow(speaker, meter, api))
  const handover = handoverOf(settings, log, { speaker, metrics })
  const probeTrouble = (problem: string): void => log.error({ event: 'probes-not-answered', problem })
  const stopProbes = answerProbes(settings.stateDirectory, () => speaker.health(), probeTrouble)
  hear(worker, meter, speaker)
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
 * Two speakers share the node's address while one replaces the other, so only the one that serves answers for metrics: it opens the port when
 * it begins to serve, and a predecessor has closed it by then, or needs so long at most.
 */
const predecessorMillis = 10_000
const metricsOf = ({ metrics: place }: Settings, log: Log, samples: () => ReturnType<typeof samplesOf>) =>
  metricsEndpoint({ place, clock: systemClock, log, text: () => textFormat(catalogue, samples()), patienceMillis: predecessorMillis })

/** BGP over the system's TCP. */
const bgpOf = ({ bgpListen }: Settings): Pick<SpeakerDeps, 'connect' | 'listen'> => ({
  connect: (options) => new Peer(options),
  ...(bgpListen ? { listen: (options, peers) => new Listener(options, peers) } : {}),
})

type Roles = { readonly speaker: Speaker; readonly metrics: ReturnType<typeof metricsEndpoint> }

/** Only the speaker that serves has the port of the metrics. */
function handoverOf({ namespace, keyFile }: Settings, log: Log, { speaker, metrics }: Roles): Handover {
  // An abstract name belongs to the network namespace, here the node's; the release's namespace tells two installations apart.
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

function hear(worker: WorkerThread, meter: SpeakerCounters, speaker: Speaker): void {
  worker.onMessage((message) => {
    meter.onWorkerEvent(message)
    if (message.is !== 'bfd-counters') speaker.onWorkerEvent(message)
  })
}

function samplesNow(speaker: Speaker, meter: SpeakerCounters, api: Api): ReturnType<typeof samplesOf> {
  const measured = speaker.measured()
  const counted = meter.values((address) => measured.claims.has(address))
  return samplesOf(measured, counted, api.watchRestarts())
}

type Ending = { end(): Promise<void> /** How long it waits on purpose. */; pauseMillis(): number }

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
    process.exit(ending ? 0 : 1) // without it nothing is answered for: kubelet starts the container anew
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
