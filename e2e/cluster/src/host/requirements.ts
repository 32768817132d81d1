import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { repository, runBase } from './paths'

/** What Debian packages bring, by name or by path. */
const programs = [
  ...['unshare', 'nsenter', 'setpriv', 'ip', 'bridge', 'sysctl', 'nft', 'conntrack', 'openssl', 'cc', 'ldd'],
  ...['containerd', 'ctr', 'runc', '/usr/lib/cni/ptp', '/usr/lib/cni/host-local', 'vtysh', '/usr/lib/frr/bgpd', '/usr/lib/frr/bfdd'],
]

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin']
const isThere = (program: string): boolean =>
  program.startsWith('/') ? existsSync(program) : folders.some((folder) => existsSync(join(folder, program)))

/** Throws, with what to do, when a cluster cannot run here for a reason that is known beforehand. */
export function checkMachine(): void {
  if (process.platform !== 'linux') throw new Error('a cluster is made of Linux namespaces; this is another system')
  if (process.getuid?.() !== 0) throw new Error('a cluster makes network namespaces and runs kubelets, and so must be started as root')
  const missing = programs.filter((program) => !isThere(program))
  if (missing.length > 0)
    throw new Error(
      `the cluster needs ${missing.join(', ')}: run ${join(repository, 'tools/debian-packages')}, which installs the packages`,
    )
  // Machines have a /var of their own, and nothing mounted below the real one shows through.
  if (runBase.startsWith('/var/')) throw new Error(`LOADSTONE_RUN is ${runBase}, but must not be below /var; /run/loadstone is the default`)
}
