import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { systemClock, systemRandom, wallTime } from '@loadstone/clock'
import { type Reflection, type Resource, watchRestarts } from '@loadstone/kube'
import { EventRecorder } from '@loadstone/kube/events'
import { LeaseElection } from '@loadstone/kube/leases'
import { ReflectingOperator } from '@loadstone/kube/operator'
import { WriteLanes } from '@loadstone/kube/writes'
import { createLog, type LogLine, lineWriter, metricsEndpoint, textFormat } from '@loadstone/telemetry'
import { ApiCluster, type Lane, type Reflections, slots } from './cluster/api-cluster'
import { dryRun } from './cluster/dry-run'
import { misplacedResources, withMisplaced } from './cluster/other-namespaces'
import { watchedResources } from './cluster/resources'
import { type OperatorSettings, parseSettings } from './model/settings'
import { type ConfigResource, type ParsedKinds, projections, type WatchedKind } from './observe/observe'
import { Reconciler } from './reconcile'
import { MetricsCollector } from './report/collector'
import { lineOfIntention, lineOfPass, lineOfWrite, withoutRepetition } from './report/log-lines'
import { metrics as catalogue } from './report/metrics'

const leaseName = 'loadstone-operator'
const random = systemRandom

type WriteLine = (line: LogLine) => void

/** The operator process: reflections feed the reconciler, which performs writes while this replica leads. */
class LoadstoneOperator extends ReflectingOperator {
  readonly #settings: OperatorSettings
  readonly #writeLine: WriteLine
  readonly #election: LeaseElection
  readonly #lanes: WriteLanes<Lane>
  readonly #collector = new MetricsCollector()
  #reconciler: Reconciler | undefined
  #unready: () => string | undefined = () => 'starting'

  constructor(settings: OperatorSettings, writeLine: WriteLine) {
    const lineAt = (level: LogLine['level']) => (message: string) => writeLine({ level, event: 'frame', message })
    super({
      clock: systemClock,
      random,
      fieldManager: leaseName,
      logger: { debug: lineAt('debug'), info: lineAt('debug'), warn: lineAt('warn'), error: lineAt('error') },
    })
    this.#settings = settings
    this.#writeLine = writeLine
    this.#election = new LeaseElection({
      api: this.api,
      clock: systemClock,
      wallTime,
      random,
      namespace: settings.namespace,
      name: leaseName,
      identity: `${settings.podName}_${randomBytes(4).toString('hex')}`,
      onChange: (leading, why) => {
        writeLine({ level: 'info', event: leading ? 'leading' : 'following', message: why })
        this.#collector.leads(leading)
        this.#reconciler?.lead(leading)
      },
      onTrouble: (message) => writeLine({ level: 'warn', event: 'election-trouble', message }),
    })
    const budgetMillis = (): number => this.#election.remainingMillis()
    this.#lanes = new WriteLanes<Lane>({ api: this.api, clock: systemClock, random, slots, budgetMillis })
  }

  protected override async init(): Promise<void> {
    const settings = this.#settings
    const parse = projections(settings)
    const reflections = this.#reflections()
    const recorder = this.#recorder()
    const api = new ApiCluster({
      reflections,
      projections: parse,
      lanes: this.#lanes,
      clock: systemClock,
      settings,
      record: (event) => recorder.record(event),
      onWrite: (write, outcome) => {
        this.#collector.wrote(write, outcome.is)
        this.#writeLine(lineOfWrite(write, outcome))
      },
      onDue: () => this.#reconciler?.wake(),
    })
    const cluster = settings.mode === 'observe' ? dryRun(api, (write) => this.#writeLine(lineOfIntention(write))) : api
    const writeLineOnce = withoutRepetition(this.#writeLine)
    const reconciler = new Reconciler({
      cluster,
      clock: systemClock,
      wallTime,
      settings,
      onEvent: (event) => {
        this.#collector.pass(event)
        writeLineOnce(lineOfPass(event))
      },
    })
    this.#reconciler = reconciler
    this.#follow(reflections, () => reconciler.wake())
    this.#unready = () => cluster.observe().waiting
    this.#election.start()
  }

  #recorder(): EventRecorder<Lane> {
    return new EventRecorder<Lane>({
      lanes: this.#lanes,
      lane: 'reports',
      clock: systemClock,
      wallTime,
      random,
      reporter: 'loadstone.dev/operator',
      instance: this.#settings.podName,
    })
  }

  #follow(reflections: Reflections, wake: () => void): void {
    for (const [kind, reflection] of Object.entries<Reflection<unknown>>(reflections)) {
      reflection.onChange(wake)
      this.#collector.watches(kind, watchRestarts(reflection))
    }
  }

  #reflections(): Reflections {
    const parse = projections(this.#settings)
    const resources = watchedResources(this.#settings)
    const kinds = Object.keys(resources) as WatchedKind[]
    const misplaced = misplacedResources(this.#settings, resources)
    const follow = (kind: WatchedKind, resource: Resource): Reflection<ParsedKinds[WatchedKind] | undefined> =>
      this.reflect<ParsedKinds[WatchedKind] | undefined>(resource, parse[kind])
    const made = kinds.map((kind) => {
      const [configured, elsewhere] = [follow(kind, resources[kind]), misplaced.get(kind as ConfigResource)]
      return [kind, elsewhere === undefined ? configured : withMisplaced(configured, follow(kind, elsewhere))] as const
    })
    return Object.fromEntries(made) as unknown as Reflections
  }

  /** Samples of all metrics. */
  samples(): ReturnType<MetricsCollector['samples']> {
    return this.#collector.samples(this.#unready() === undefined)
  }

  /** Why this replica could not lead now; undefined if it could. */
  unready(): string | undefined {
    return this.#unready()
  }

  /** Stops deciding, waits for writes in flight, then releases the lease, so that the other replica leads at once. */
  async shutDown(): Promise<void> {
    this.#reconciler?.lead(false)
    await this.#lanes.close()
    await this.#election.stop()
    this.stop()
  }
}

/** `/healthz` answers 200 while the process runs; `/readyz` once every kind has been listed, whether or not this replica leads. */
function serveHealth(port: number, operator: LoadstoneOperator): Server {
  const server = createServer((request, response) => {
    const problem = request.url === '/readyz' ? operator.unready() : undefined
    const known = request.url === '/healthz' || request.url === '/readyz'
    response.writeHead(known ? (problem === undefined ? 200 : 503) : 404, { 'content-type': 'text/plain' })
    response.end(known ? `${problem ?? 'ok'}\n` : 'only /healthz and /readyz are here\n')
  })
  return server.listen(port)
}

async function main(): Promise<void> {
  const settings = parseSettings(process.env)
  if (!('namespace' in settings)) {
    createLog('error', { pod: '' }).error({ event: 'settings', message: settings.join('; ') })
    process.exitCode = 1
    return
  }
  const log = createLog(settings.logLevel, { pod: settings.podName })
  const writeLine = lineWriter(log)
  const operator = new LoadstoneOperator(settings, writeLine)
  const health = serveHealth(settings.healthPort, operator)
  const metrics = metricsEndpoint({
    place: settings.metrics,
    clock: systemClock,
    log,
    text: () => textFormat(catalogue, operator.samples()),
    patienceMillis: 0,
  })
  metrics.open()
  const end = (signal: NodeJS.Signals): void => {
    writeLine({ level: 'info', event: 'ending', message: `${signal}: giving the lease back` })
    metrics.close()
    void operator.shutDown().then(() => health.close())
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  const { configNamespace, mode, candidates, placement } = settings
  writeLine({ level: 'info', event: 'started', configNamespace, mode, candidates, placement })
  await operator.start()
}

void main()
