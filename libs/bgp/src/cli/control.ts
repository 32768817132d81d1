import type { Peer } from '../peer'
import { type RouteText, route } from '../route'

type RouteLine = RouteText & { readonly prefix: string }

/** Commands that a program gives a running speaker, one JSON object a line. Whatever it answers is an event of the name given. */
export type Command =
  | { readonly do: 'start' }
  | { readonly do: 'set-routes' | 'announce' | 'withdraw'; readonly routes: readonly RouteLine[] }
  | { readonly do: 'status' }
  | { readonly do: 'stop'; readonly reason?: string }
  | { readonly do: 'end' }

type Answer = { readonly event: string; readonly content: object }

const routes = (lines: readonly RouteLine[]) => lines.map(({ prefix, ...more }) => route(prefix, more))

/** Carries out one line. Throws SyntaxError or RangeError for a line that cannot be understood. */
export async function obey(peer: Peer, line: string): Promise<Answer | undefined> {
  const command = JSON.parse(line) as Command
  switch (command.do) {
    case 'start':
      peer.start()
      return undefined
    case 'set-routes':
      peer.setRoutes(routes(command.routes))
      return undefined
    case 'announce':
      peer.announce(routes(command.routes))
      return undefined
    case 'withdraw':
      peer.withdraw(routes(command.routes))
      return undefined
    case 'status':
      return { event: 'status', content: { ...peer.status(), unannounced: peer.unannounced() } }
    case 'stop':
      await peer.stop(command.reason === undefined ? {} : { reason: command.reason })
      return { event: 'stopped', content: {} }
    case 'end':
      await peer.end()
      return { event: 'stopped', content: {} }
    default:
      throw new RangeError(`no such command: ${line}`)
  }
}
