import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { wallMillis } from '@loadstone/clock'
import { createBfd } from '../bfd'
import type { SessionEvents } from '../session/events'
import type { Profile } from '../session/profile'
import type { Session } from '../session/session'

const usage = `One BFD session, for trying a path and for tests.
  --peer <address>     whom to watch
  --local <address>    address to send from
  --interface <name>   interface to send on
  --multihop           port 4784 and --minimum-ttl instead of port 3784 and TTL 255
  --transmit <ms>      default 300
  --receive <ms>       default 300
  --multiplier <n>     default 3
  --minimum-ttl <n>    default 254
  --passive            stay silent until spoken to
Prints a line of JSON for each event. Reads lines of JSON: {"do":"update","profile":{…}}, {"do":"disable"}, "enable", "status", "close".`

const options = {
  peer: { type: 'string' },
  local: { type: 'string' },
  interface: { type: 'string' },
  multihop: { type: 'boolean' },
  transmit: { type: 'string' },
  receive: { type: 'string' },
  multiplier: { type: 'string' },
  'minimum-ttl': { type: 'string' },
  passive: { type: 'boolean' },
  help: { type: 'boolean' },
} as const
type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

type Command = { readonly do: 'update'; readonly profile: Profile } | { readonly do: 'disable' | 'enable' | 'status' | 'close' }

const micros = (millis: string): number => Math.round(Number(millis) * 1000)
const print = (event: string, more: object): void =>
  void process.stdout.write(`${JSON.stringify({ event, atMillis: wallMillis(), ...more })}\n`)

function profileOf({ transmit, receive, multiplier, passive, 'minimum-ttl': minimumTtl }: Values): Profile {
  return {
    ...(transmit === undefined ? {} : { transmitIntervalMicros: micros(transmit) }),
    ...(receive === undefined ? {} : { receiveIntervalMicros: micros(receive) }),
    ...(multiplier === undefined ? {} : { detectMultiplier: Number(multiplier) }),
    ...(minimumTtl === undefined ? {} : { minimumTtl: Number(minimumTtl) }),
    ...(passive === undefined ? {} : { passiveMode: passive }),
  }
}

const names: readonly (keyof SessionEvents)[] = ['state', 'up', 'down', 'parameters', 'dropped', 'trouble']

function obey(session: Session, command: Command): void {
  switch (command.do) {
    case 'update':
      session.update(command.profile)
      break
    case 'close':
      void session.close().then(() => print('closed', {}))
      break
    case 'status':
      print('status', session.status())
      break
    case 'disable':
    case 'enable':
      session[command.do]()
      break
    default:
      throw new Error('a command is {"do": "update" | "disable" | "enable" | "status" | "close"}')
  }
}

/** A line that is no command is answered with an error. */
function answer(session: Session, line: string): void {
  try {
    obey(session, JSON.parse(line) as Command)
  } catch (error) {
    print('misunderstood', { message: (error as Error).message })
  }
}

function watch(peer: string, values: Values): void {
  const { local, interface: name, multihop } = values
  const session = createBfd().session({
    peer,
    profile: profileOf(values),
    ...(local === undefined ? {} : { local }),
    ...(name === undefined ? {} : { interface: name }),
    ...(multihop === undefined ? {} : { multihop }),
  })
  for (const each of names) session.on(each, (event) => print(each, event))
  print('status', session.status())
  createInterface({ input: process.stdin }).on('line', (line) => answer(session, line))
  process.once('SIGTERM', () => void session.close().then(() => process.exit(0)))
}

function main(): void {
  try {
    const { values } = parseArgs({ options })
    if (values.peer === undefined || values.help === true) process.stdout.write(`${usage}\n`)
    else watch(values.peer, values)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 2
  }
}

main()
