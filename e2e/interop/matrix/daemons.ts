import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A daemon as the pages name it, and the program and option that print its version. */
export type Daemon = { readonly version: string; readonly ask: readonly [string, string]; readonly says: RegExp }

export const bgpDaemons = {
  FRR: { version: '8.4.4', ask: ['/usr/lib/frr/bgpd', '--version'], says: /^bgpd version (\S+)$/m },
  BIRD: { version: '2.0.12', ask: ['bird', '--version'], says: /^BIRD version (\S+)$/m },
  GoBGP: { version: '3.10.0', ask: ['gobgpd', '--version'], says: /^gobgpd version (\S+)$/m },
  ExaBGP: { version: '4.2.21', ask: ['exabgp', '--version'], says: /^ExaBGP : (\S+)$/m },
  OpenBGPD: { version: '7.7', ask: ['/usr/sbin/bgpd', '-V'], says: /^OpenBGPD (\S+)$/m },
} as const satisfies Readonly<Record<string, Daemon>>

export const bfdDaemons = {
  FRR: { version: '8.4.4', ask: ['/usr/lib/frr/bfdd', '--version'], says: /^bfdd version (\S+)$/m },
  BIRD: bgpDaemons.BIRD,
} as const satisfies Readonly<Record<string, Daemon>>

export async function versionOf({ ask: [program, option], says }: Daemon): Promise<string> {
  const { stdout, stderr } = await run(program, [option])
  const version = says.exec(`${stdout}${stderr}`)?.[1]
  if (version === undefined) throw new Error(`${program} ${option} tells no version: ${stdout}${stderr}`)
  return version
}

export type RouterName = keyof typeof bgpDaemons
