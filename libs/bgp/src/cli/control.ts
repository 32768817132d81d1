import { type Route, type RouteText, route } from '../adj-rib-out/route'
import type { Peer } from '../peer'

/** A command that a program gives a running speaker, one JSON object a line. */
type Command = {
  readonly do: string
  readonly routes?: readonly (RouteText & { readonly prefix: string })[]
  readonly family?: 'ipv4' | 'ipv6'
  readonly reason?: string
}
/** Printed as an event of that name. */
type Answer = { readonly event: string; readonly content: object }

const routes = ({ routes: lines = [] }: Command): readonly Route[] => lines.map(({ prefix, ...more }) => route(prefix, more))
const stopped: Answer = { event: 'stopped', content: {} }

const commands: Readonly<Record<string, (peer: Peer, command: Command) => Answer | Promise<Answer> | undefined>> = {
  start: (peer) => void peer.start(),
  'set-routes': (peer, command) => void peer.setRoutes(routes(command)),
  announce: (peer, command) => void peer.announce(routes(command)),
  withdraw: (peer, command) => void peer.withdraw(routes(command)),
  drain: (peer) => void peer.drain(),
  refresh: (peer, { family = 'ipv4' }) => ({ event: 'asked', content: { asked: peer.requestRefresh(family) } }),
  status: (peer) => ({ event: 'status', content: { ...peer.status(), unannounced: peer.unannounced() } }),
  stop: async (peer, { reason = '' }) => {
    await peer.stop({ reason })
    return stopped
  },
  end: async (peer) => {
    await peer.end()
    return stopped
  },
}

/** Carries out one line. Throws SyntaxError or RangeError for a line that cannot be understood. */
export async function obey(peer: Peer, line: string): Promise<Answer | undefined> {
  const command = JSON.parse(line) as Command
  const run = commands[command.do]
  if (run === undefined) throw new RangeError(`no such command: ${line}; there are ${Object.keys(commands).join(', ')}`)
  return run(peer, command)
}
