import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { type Action, begin, type Event, type State, step } from '../../src/handover/fsm'

const looking = (prepared: boolean, standBy = false): State => ({ at: 'looking', prepared, standBy })
const states: readonly State[] = [
  looking(false),
  looking(true),
  looking(true, true),
  { at: 'alone' },
  { at: 'following' },
  { at: 'asking' },
  { at: 'serving', bound: true },
  { at: 'serving', bound: false },
  { at: 'leaving', successorLost: false },
  { at: 'leaving', successorLost: true },
  { at: 'left' },
]
const events: readonly Event[] = [
  'bound',
  'name-taken',
  'reached',
  'nobody',
  'prepared',
  'holder-left',
  'holder-lost',
  'holder-silent',
  'successor-asks',
  'successor-lost',
  'gone',
  'retry-due',
]

function name(state: State): string {
  if (state.at === 'looking') return `looking${state.standBy ? ' as stand-by' : state.prepared ? ' prepared' : ''}`
  if (state.at === 'serving') return state.bound ? 'serving' : 'serving unbound'
  return state.at === 'leaving' && state.successorLost ? 'leaving, successor lost' : state.at
}

/** Every transition with an effect. Other pairs of state and event change nothing. */
const table: Readonly<Record<string, string>> = {
  'looking on bound': 'alone',
  'looking on name-taken': 'looking: connect',
  'looking on reached': 'following',
  'looking on nobody': 'looking: retry-soon',
  'looking on prepared': 'looking prepared',
  'looking on successor-asks': 'looking: say-left',
  'looking on retry-due': 'looking: bind',
  'looking prepared on bound': 'serving: serve',
  'looking prepared on name-taken': 'looking prepared: connect',
  'looking prepared on reached': 'asking: ask, await-answer',
  'looking prepared on nobody': 'looking prepared: retry-soon',
  'looking prepared on successor-asks': 'looking prepared: say-left',
  'looking prepared on retry-due': 'looking prepared: bind',
  'looking as stand-by on bound': 'serving: serve',
  'looking as stand-by on name-taken': 'looking as stand-by: connect',
  'looking as stand-by on reached': 'left',
  'looking as stand-by on nobody': 'looking as stand-by: retry-soon',
  'looking as stand-by on successor-asks': 'looking as stand-by: say-left',
  'looking as stand-by on retry-due': 'looking as stand-by: bind',
  'alone on prepared': 'serving: serve',
  'alone on successor-asks': 'leaving: leave',
  'following on prepared': 'asking: ask, await-answer',
  'following on holder-lost': 'looking: bind',
  'asking on holder-left': 'looking prepared: bind',
  'asking on holder-lost': 'looking prepared: bind',
  'asking on holder-silent': 'serving unbound: serve',
  'serving on successor-asks': 'leaving: leave',
  'serving unbound on bound': 'serving',
  'serving unbound on name-taken': 'serving unbound: connect',
  'serving unbound on reached': 'serving unbound: ask',
  'serving unbound on nobody': 'serving unbound: retry-soon',
  'serving unbound on holder-left': 'serving unbound: bind',
  'serving unbound on holder-lost': 'serving unbound: bind',
  'serving unbound on retry-due': 'serving unbound: bind',
  'leaving on successor-lost': 'leaving, successor lost',
  'leaving on successor-asks': 'leaving',
  'leaving on gone': 'left: unbind, say-left',
  'leaving, successor lost on successor-lost': 'leaving, successor lost',
  'leaving, successor lost on successor-asks': 'leaving',
  'leaving, successor lost on gone': 'serving: serve',
  'left on successor-asks': 'left: say-left',
  'left on holder-lost': 'looking as stand-by: bind',
  'left on successor-lost': 'looking as stand-by: bind',
}

describe('handover', () => {
  for (const state of states) {
    for (const event of events) {
      const cell = `${name(state)} on ${event}`
      test(cell, () => {
        const next = step(state, event)
        const line = name(next.state) + (next.actions.length === 0 ? '' : `: ${next.actions.join(', ')}`)
        assert.equal(line, table[cell] ?? name(state))
      })
    }
  }

  test('the table has no row that cannot happen', () => {
    const cells = new Set(states.flatMap((state) => events.map((event) => `${name(state)} on ${event}`)))
    assert.deepEqual(
      Object.keys(table).filter((cell) => !cells.has(cell)),
      [],
    )
  })
})

/** Processes of one node as the kernel has them: a name that one can bind, and connections that end with either end. */
class Host {
  holder: Process | undefined
  readonly processes: Process[] = []

  start(): Process {
    const process = new Process(this)
    this.processes.push(process)
    return process
  }

  /** Lets the processes run, each in its own order, interleaved as `pick` chooses, for so many events or until all is quiet. */
  run(pick: (count: number) => number, events = 500): void {
    for (let i = 0; i < events; i++) {
      const ready = this.processes.filter(({ inbox, frozen }) => inbox.length > 0 && !frozen)
      if (ready.length === 0) return
      ready[pick(ready.length)]!.runOne()
    }
  }

  serving(): Process[] {
    return this.processes.filter((process) => process.serving)
  }
}

class Process {
  state = begin.state
  serving = false
  alive = true
  frozen = false
  readonly inbox: Event[] = []
  reached: Process | undefined
  successor: Process | undefined

  readonly host: Host

  constructor(host: Host) {
    this.host = host
    for (const action of begin.actions) this.act(action)
  }

  runOne(): void {
    const { state, actions } = step(this.state, this.inbox.shift()!)
    this.state = state
    for (const action of actions) this.act(action)
  }

  tell(event: Event): void {
    if (this.alive) this.inbox.push(event)
  }

  act(action: Action): void {
    const { host } = this
    const perform: Readonly<Record<Action, () => void>> = {
      bind: () => {
        host.holder ??= this
        this.tell(host.holder === this ? 'bound' : 'name-taken')
      },
      unbind: () => {
        host.holder = undefined
      },
      connect: () => {
        this.reached = host.holder
        this.tell(this.reached === undefined ? 'nobody' : 'reached')
      },
      ask: () => {
        if (this.reached?.alive !== true) return
        this.reached.successor = this
        this.reached.tell('successor-asks')
      },
      'await-answer': () => {
        if (this.reached?.frozen) this.tell('holder-silent')
      },
      'say-left': () => this.successor?.tell('holder-left'),
      'retry-soon': () => this.tell('retry-due'),
      leave: () => {
        this.serving = false
        this.tell('gone')
      },
      serve: () => {
        this.serving = true
      },
    }
    perform[action]()
  }

  die(): void {
    this.alive = this.serving = this.frozen = false
    this.inbox.length = 0
    const { host } = this
    if (host.holder === this) host.holder = undefined
    for (const other of host.processes) {
      if (other.reached === this) other.tell('holder-lost')
      if (other.successor === this) other.tell('successor-lost')
    }
  }
}

/** Whole numbers below `count`, the same for the same seed. */
const seeded = (seed: number) => {
  let x = seed | 1
  return (count: number): number => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % count
  }
}

describe('processes of one node', () => {
  const each = (run: (pick: (count: number) => number, host: Host, old: Process) => Process | undefined): void => {
    for (let seed = 1; seed <= 2_000; seed++) {
      const [pick, host] = [seeded(seed), new Host()]
      const old = host.start()
      old.tell('prepared')
      host.run(pick)
      assert.deepEqual(host.serving(), [old])
      const expected = run(pick, host, old)
      host.run(pick)
      const states = host.processes.map(({ state, alive }) => (alive ? name(state) : 'dead')).join(', ')
      assert.equal(host.serving().length, 1, `seed ${seed}: ${states}`)
      if (expected !== undefined) assert.equal(host.serving()[0], expected, `seed ${seed}: ${states}`)
    }
  }
  const successor = (host: Host): Process => {
    const young = host.start()
    young.tell('prepared')
    return young
  }

  test('the newcomer serves, the old one does not', () => each((_, host) => successor(host)))

  test('a newcomer that never becomes ready changes nothing', () =>
    each((_, host, old) => {
      host.start()
      return old
    }))

  test('the newcomer dies at any moment: the old one serves', () =>
    each((pick, host, old) => {
      const young = successor(host)
      host.run(pick, pick(12))
      young.die()
      return old
    }))

  test('the newcomer dies at any moment and is started again: its second life serves', () =>
    each((pick, host) => {
      const young = successor(host)
      host.run(pick, pick(12))
      young.die()
      host.run(pick, pick(6))
      return successor(host)
    }))

  test('the old one ends at any moment: the newcomer serves', () =>
    each((pick, host, old) => {
      const young = successor(host)
      host.run(pick, pick(12))
      old.die()
      return young
    }))

  test('an upgrade during an upgrade: one serves, whoever dies', () =>
    each((pick, host, old) => {
      const young = successor(host)
      host.run(pick, pick(12))
      successor(host)
      host.run(pick, pick(12))
      ;[old, young][pick(2)]!.die()
      return undefined
    }))

  test('the old one hangs: the newcomer serves all the same, and has the name once the old one is killed', () =>
    each((pick, host, old) => {
      old.frozen = true
      const young = successor(host)
      host.run(pick)
      assert.ok(young.serving)
      old.die()
      host.run(pick)
      assert.equal(host.holder, young)
      return young
    }))
})
