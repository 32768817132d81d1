import { delimiter } from 'node:path'
import { repository } from './paths'
import type { Identity } from './processes'

/** Programs inside must not depend on who started them: NODE_OPTIONS of a test runner, a proxy, a kubeconfig of the user's. */
export function environment(binaries: string, kubeconfig: string): NodeJS.ProcessEnv {
  const { HOME = '/root', LOADSTONE_CACHE, XDG_CACHE_HOME } = process.env
  return {
    PATH: [binaries, `${repository}/tools`, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
    HOME,
    LANG: 'C.UTF-8',
    KUBECONFIG: kubeconfig,
    ...(LOADSTONE_CACHE === undefined ? {} : { LOADSTONE_CACHE }),
    ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }),
  }
}

const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']
/** A PID namespace of its own, so that what a command has started ends with it. */
const asGroup = ['unshare', '--pid', '--fork', '--kill-child', '--']

const nsenter = ({ pid }: Identity): readonly string[] => [
  'nsenter',
  `--target=${pid}`,
  ...['--mount', '--net', '--pid', '--uts', '--cgroup'],
  `--wdns=${repository}`,
  '--',
]

/**
 * Runs a command as if typed on the machine whose PID 1 that is. Killing the process that is started kills the command, and
 * so does our own death: each link of the chain dies with the one before.
 */
export const enter = (machine: Identity, argv: readonly string[]): readonly string[] => [
  ...dieWithParent,
  ...nsenter(machine),
  ...dieWithParent,
  ...argv,
]

/** As enter, for a command that is to be killed, with all that it has started. */
export const enterToStay = (machine: Identity, argv: readonly string[]): readonly string[] => enter(machine, [...asGroup, ...argv])

/** Starts a command that outlives us, as a child of the machine's PID 1. */
export const leave = (machine: Identity, argv: readonly string[]): readonly string[] => [...nsenter(machine), 'setsid', '--fork', ...argv]
