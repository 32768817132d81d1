import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whatever happens to this process, its children end with it. */
const leash = ['--pdeathsig', 'KILL', '--']

const started = new Set<ChildProcess>()

export function start(command: readonly string[]): ChildProcess {
  const child = spawn('setpriv', [...leash, ...command], { stdio: ['pipe', 'pipe', 'inherit'] })
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

export function endAll(): void {
  for (const child of started) child.kill('SIGKILL')
}

export const sh = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' })

/** Starts this script again in a network and mount namespace of its own, unless it is there already; resolves only inside. */
export async function alone(): Promise<void> {
  if (process.env.BFD_BENCH === 'inside') return
  const child = spawn('unshare', ['-n', '-m', process.execPath, ...process.argv.slice(1)], {
    env: { ...process.env, BFD_BENCH: 'inside' },
    stdio: 'inherit',
  })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  process.exit(code ?? 1)
}

/** A router's namespace at the other end of a veth: 10.0.<net>.2, we are 10.0.<net>.1. Resolves to its pid. */
export async function router(net: number): Promise<number> {
  const holder = start(['unshare', '-n', '-m', 'sh', '-c', 'mount -t tmpfs none /run; ip link set lo up; echo ready; exec sleep infinity'])
  await new Promise((resolve) => holder.stdout?.once('data', resolve))
  const pid = holder.pid ?? 0
  sh(`ip link set lo up; ip link add v${net} type veth peer name v${net} netns ${pid}
    ip addr add 10.0.${net}.1/24 dev v${net}; ip link set v${net} up`)
  inside(pid, `ip addr add 10.0.${net}.2/24 dev v${net}; ip link set v${net} up`)
  return pid
}

const inside = (pid: number, script: string): string => sh(`nsenter -t ${pid} -n -m -- sh -ec '${script}'`)
const run = (pid: number, ...command: readonly string[]): ChildProcess =>
  start(['nsenter', '-t', String(pid), '-n', '-m', '--', ...command])

/** FRR's bfdd, watching us on net `net`. */
export async function frr(pid: number, net: number): Promise<ChildProcess> {
  inside(
    pid,
    `install -d -o frr -g frr /run/frr
    printf "bfd\\n peer 10.0.${net}.1 interface v${net}\\n  receive-interval 50\\n  transmit-interval 50\\n" >/run/frr/b.conf`,
  )
  const common = ['-z', '/run/frr/zserv.api', '--vty_socket', '/run/frr', '-A', '127.0.0.1']
  run(pid, '/usr/lib/frr/zebra', ...common, '-i', '/run/frr/z.pid')
  await sleep(1500)
  const bfdd = run(pid, '/usr/lib/frr/bfdd', ...common, '-i', '/run/frr/b.pid', '--bfdctl', '/run/frr/b.sock', '-f', '/run/frr/b.conf')
  await sleep(1500)
  return bfdd
}

export const frrDowns = (pid: number): number =>
  Number(/Session down events: (\d+)/.exec(inside(pid, 'vtysh --vty_socket /run/frr -c "show bfd peers counters"'))?.[1])

/** BIRD, watching us on net `net`. */
export async function bird(pid: number, net: number): Promise<ChildProcess> {
  inside(
    pid,
    `printf "log \\"/run/bird.log\\" all; debug protocols all; router id 10.0.0.2; protocol device {} protocol bfd { interface \\"v${net}\\" { min rx interval 50 ms; min tx interval 50 ms; multiplier 3; }; neighbor 10.0.${net}.1 dev \\"v${net}\\"; }" >/run/b.conf`,
  )
  const daemon = run(pid, 'bird', '-f', '-c', '/run/b.conf', '-s', '/run/bird.ctl')
  await sleep(1000)
  return daemon
}

/** BIRD's log has a line for each change of state. */
export const birdDowns = (pid: number): number => Number(inside(pid, 'grep -c "from Up to Down" /run/bird.log || true'))

/** Value at that share of the sorted list. */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

export function distribution(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): string => quantile(sorted, share).toFixed(1)
  return `n ${sorted.length}  min ${at(0)}  p50 ${at(0.5)}  p90 ${at(0.9)}  p99 ${at(0.99)}  p99.9 ${at(0.999)}  max ${at(1)} ms`
}
