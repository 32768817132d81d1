import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { wallMillis } from '@loadstone/clock'
import { createBfd } from './bfd'
import type { SessionEvents } from './events'
import type { Profile } from './profile'
import type { Session } from './session'

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

const { values } = parseArgs({
  options: {
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
  },
})

type Command = { readonly do: 'update'; readonly profile: Profile } | { readonly do: 'disable' | 'enable' | 'status' | 'close' }

const micros = (millis: string): number => Math.round(Number(millis) * 1000)
const print = (event: string, more: object): void =>
  void process.stdout.write(`${JSON.stringify({ event, atMillis: wallMillis(), ...more })}\n`)

function profile(): Profile {
  const { transmit, receive, multiplier, passive } = values
  return {
    ...(transmit === undefined ? {} : { transmitIntervalMicros: micros(transmit) }),
    ...(receive === undefined ? {} : { receiveIntervalMicros: micros(receive) }),
    ...(multiplier === undefined ? {} : { detectMultiplier: Number(multiplier) }),
    ...(values['minimum-ttl'] === undefined ? {} : { minimumTtl: Number(values['minimum-ttl']) }),
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
    default:
      session[command.do]()
  }
}

function main(peer: string): void {
  const { local, interface: name, multihop } = values
  const session = createBfd().session({
    peer,
    profile: profile(),
    ...(local === undefined ? {} : { local }),
    ...(name === undefined ? {} : { interface: name }),
    ...(multihop === undefined ? {} : { multihop }),
  })
  for (const each of names) session.on(each, (event) => print(each, event))
  print('status', session.status())
  createInterface({ input: process.stdin }).on('line', (line) => obey(session, JSON.parse(line) as Command))
  process.once('SIGTERM', () => void session.close().then(() => process.exit(0)))
}

if (values.peer === undefined || values.help === true) process.stdout.write(`${usage}\n`)
else main(values.peer)
