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

/**
 * Runs a command as if typed on the machine whose PID 1 that is. Killing the process that is started kills the command, and
 * so does our own death: each link of the chain dies with the one before.
 */
export function enter(machine: Identity, argv: readonly string[]): readonly string[] {
  return [...dieWithParent, ...nsenter(machine, ['--uts', '--cgroup']), ...dieWithParent, ...argv]
}

/** As enter, in the namespaces of the switch, which has no PIDs, host name and /proc of its own to show. */
export const enterSwitch = (machine: Identity, argv: readonly string[]): readonly string[] => [
  ...dieWithParent,
  ...nsenter(machine, []),
  ...dieWithParent,
  ...argv,
]

/** Starts a command that outlives us, as a child of the machine's PID 1. */
export const leave = (machine: Identity, argv: readonly string[]): readonly string[] => [
  ...nsenter(machine, ['--uts', '--cgroup']),
  'setsid',
  '--fork',
  ...argv,
]
export const leaveInSwitch = (machine: Identity, argv: readonly string[]): readonly string[] => [
  ...nsenter(machine, []),
  'setsid',
  '--fork',
  ...argv,
]

const nsenter = ({ pid }: Identity, more: readonly string[]): readonly string[] => [
  'nsenter',
  `--target=${pid}`,
  '--mount',
  '--net',
  '--pid',
  ...more,
  `--wdns=${repository}`,
  '--',
]
