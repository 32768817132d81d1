/*
 * Asks for an address every 5 ms from inside the cluster, in one process that lives as long as it is asked:
 *
 *   const prober = await startProber(cluster, { address })                  // ARP or NDP, by the address; from the client
 *   const prober = await startProber(cluster, { address, kind: 'udp' })     // through the Service: UDP echo on port 7,
 *   const prober = await startProber(cluster, { address, kind: 'tcp' })     // … or a new connection each time
 *   prober.last()                         // the newest answer: who, and to a question of when
 *   prober.mark()                         // what comes after this moment is a report of its own: prober.since(mark)
 *   const report = await prober.end()     // once the last questions are answered, or have had 5 s for it
 *   assert.equal(report.unanswered, 0, told(report))
 *
 * startProber resolves at the first answer (`answered: false`: at the first question), so baselines can be taken from last().
 * Times are milliseconds since 1970, as ClusterNode.kill() and cutLink() return them. Nodes are named where the MAC is a node's.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../cluster/src'
import { cache, repository } from '../cluster/src/host/paths'
import { must } from '../cluster/src/host/processes'
import { eventually } from './eventually'
import { macsOf } from './traffic'

export type ProberOptions = {
  readonly address: string
  /** 'neighbour' asks by ARP or NDP, 'udp' and 'tcp' ask the echo workload through the Service. Default 'neighbour'. */
  readonly kind?: 'neighbour' | 'udp' | 'tcp'
  /** Default client. Its interface is eth0. */
  readonly machine?: string
  readonly everyMillis?: number
  /** Of udp and tcp. Default 7. */
  readonly port?: number
  /** false: an address that nobody answers for yet may be asked, too. */
  readonly answered?: boolean
}

type Answered = { readonly atMillis: number; readonly afterMillis: number; readonly by: string }
export type Question = { readonly atMillis: number; readonly answers: Answered[] }

/** Report on all questions that were answered, or had 5 s for an answer. */
export type ProbeReport = {
  readonly asked: number
  readonly answered: number
  readonly unanswered: number
  /** Longest time in which questions went unanswered, from the last question answered before to the first answered after. */
  readonly worstGapMillis: number
  /** The same where gaps began: at the question that went unanswered first. */
  readonly gaps: readonly { readonly atMillis: number; readonly millis: number; readonly unanswered: number }[]
  /** The slowest first answer. */
  readonly worstAnswerMillis: number
  /** Longest time without a question, which nothing is known of: how long the prober itself was not let run. */
  readonly worstPauseMillis: number
  /** How many questions each node answered. */
  readonly answersBy: ReadonlyMap<string, number>
  /** Questions that more than one node answered. */
  readonly answeredByTwo: number
  /** Where one question was answered by another node than the one before. */
  readonly changes: readonly { readonly atMillis: number; readonly from: string; readonly to: string }[]
}

export type Prober = {
  /** The newest question that was answered: by whom, and when it was asked. */
  last(): { readonly atMillis: number; readonly by: string } | undefined
  /** This moment, for `since`. */
  mark(): number
  /** Of questions asked from then on, but for those of the last 5 s that are not answered yet: they may still be. */
  since(mark: number): ProbeReport
  /** What was asked until now, with up to 5 s more for the answers. Ends the prober; fails if it had ended by itself. */
  end(mark?: number): Promise<ProbeReport>
  /** Ends the prober without a report, whatever has become of it. */
  stop(): void
}

/** How long an answer may take and still count: what is late on a busy machine is not lost. Connections have less, as prober.c says. */
const patienceMillis = 5_000
const source = join(repository, 'e2e/harness/prober.c')

export async function startProber(cluster: Cluster, options: ProberOptions): Promise<Prober> {
  const { address, kind = 'neighbour', machine = 'client', everyMillis = 5, port = 7, answered = true } = options
  const names = await macsOf(cluster)
  const child = cluster.spawn(machine, [await compiled(), kind, 'eth0', address, String(everyMillis), String(port)])
  const questions: Question[] = []
  let newest: { atMillis: number; by: string } | undefined
  let ended: string | undefined
  let complaint = ''
  child.stderr?.on('data', (bytes) => {
    complaint += String(bytes)
  })
  child.once('exit', (code) => {
    ended = `the prober of ${address} ended with ${code}: ${complaint}`
  })
  byLines(child.stdout, (line) => {
    const [what, number, micros, mac = ''] = line.split(' ')
    const at = Number(micros) / 1000
    if (what === 'q') questions[Number(number)] = { atMillis: at, answers: [] }
    const question = questions[Number(number)]
    if (what !== 'a' || question === undefined) return
    const by = names.get(mac) ?? mac
    question.answers.push({ atMillis: at, afterMillis: at - question.atMillis, by })
    if (newest === undefined || newest.atMillis <= question.atMillis) newest = { atMillis: question.atMillis, by }
  })
  const running = (): void => {
    if (ended !== undefined) throw new Error(ended)
  }
  const between = (from: number, to: number): ProbeReport => judge(questions.filter(({ atMillis }) => atMillis >= from && atMillis < to))
  await eventually(
    answered ? `${address} is answered for, asked by ${kind}` : `the prober asks for ${address}`,
    async () => running(),
    () => {
      if (questions.length === 0 || (answered && newest === undefined)) throw new Error(`${questions.length} were asked, none is answered`)
    },
  )
  return {
    last: () => newest,
    mark: () => Date.now(),
    since: (mark) => judge(settled(questions, mark, Date.now())),
    end: async (mark = 0) => {
      const until = Date.now()
      running()
      const open = (): boolean => questions.some(({ atMillis, answers }) => atMillis >= mark && atMillis < until && answers.length === 0)
      for (const deadline = until + patienceMillis; Date.now() < deadline && open(); ) await pause(100)
      running()
      child.kill()
      return between(mark, until)
    },
    stop: () => void child.kill(),
  }
}

/** Questions since a moment that are answered, or had 5 s for an answer. */
export const settled = (all: readonly Question[], from: number, now: number): readonly Question[] =>
  all.filter(({ atMillis, answers }) => atMillis >= from && (answers.length > 0 || atMillis + patienceMillis <= now))

/** The report on a list of questions, in the order of asking. An answer after the limit counts as none. */
export function judge(all: readonly Question[]): ProbeReport {
  const questions = all.map(({ atMillis, answers }) => ({
    atMillis,
    answers: answers.filter(({ afterMillis }) => afterMillis <= patienceMillis),
  }))
  const answered = questions.filter(({ answers }) => answers.length > 0)
  const answersBy = new Map<string, number>()
  for (const { answers } of answered)
    for (const by of new Set(answers.map((one) => one.by))) answersBy.set(by, (answersBy.get(by) ?? 0) + 1)
  const firsts = answered.flatMap(({ atMillis, answers: [first] }) => (first === undefined ? [] : [{ ...first, atMillis }]))
  const gaps = gapsOf(questions)
  return {
    asked: questions.length,
    answered: answered.length,
    unanswered: questions.length - answered.length,
    worstGapMillis: most(gaps.map(({ millis }) => millis)),
    gaps,
    worstAnswerMillis: Math.round(most(firsts.map(({ afterMillis }) => afterMillis)) * 10) / 10,
    worstPauseMillis: Math.round(most(questions.slice(1).map(({ atMillis }, i) => atMillis - (questions[i]?.atMillis ?? atMillis)))),
    answersBy,
    answeredByTwo: answered.filter(({ answers }) => new Set(answers.map((one) => one.by)).size > 1).length,
    changes: firsts.slice(1).flatMap(({ atMillis, by }, i) => {
      const from = firsts[i]?.by ?? by
      return from === by ? [] : [{ atMillis, from, to: by }]
    }),
  }
}

/** Runs of unanswered questions, each from the answered one before it to the answered one after it, or to the ends of the list. */
function gapsOf(questions: readonly Question[]): ProbeReport['gaps'] {
  const answered = questions.flatMap(({ answers }, index) => (answers.length > 0 ? [index] : []))
  const time = (index: number): number => questions[Math.min(Math.max(index, 0), questions.length - 1)]?.atMillis ?? 0
  return [...answered, questions.length].flatMap((after, i) => {
    const before = answered[i - 1] ?? -1
    const unanswered = after - before - 1
    return unanswered === 0 ? [] : [{ atMillis: time(before + 1), millis: Math.round(time(after) - time(before)), unanswered }]
  })
}

// Not Math.max(...values): minutes of questions are more than a call takes arguments.
const most = (values: readonly number[]): number => values.reduce((worst, value) => Math.max(worst, value), 0)

/** A report in one line, for people. */
export function told({ answersBy, gaps, changes, ...numbers }: ProbeReport): string {
  return JSON.stringify({ ...numbers, gaps: gaps.slice(0, 5), answersBy: Object.fromEntries(answersBy), changes: changes.slice(0, 5) })
}

function byLines(stream: NodeJS.ReadableStream | null, hear: (line: string) => void): void {
  let rest = ''
  stream?.on('data', (bytes) => {
    const lines = (rest + String(bytes)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
}

/** The program, compiled once for a text of it. In C, since it must be on time on a machine that is busy with everything else. */
async function compiled(): Promise<string> {
  const folder = join(cache, 'prober')
  const program = join(folder, createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16))
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  await must(['cc', '-O1', '-o', `${program}.${process.pid}`, source])
  renameSync(`${program}.${process.pid}`, program)
  return program
}
