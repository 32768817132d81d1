import { readFileSync } from 'node:fs'
import { CliProcess } from '../lab/cli-process'
import type { Host } from '../lab/host'

export type SpokenRoute = {
  readonly prefix: string
  readonly nextHop?: string
  readonly med?: number
  readonly localPref?: number
  readonly asPathPrepend?: number
  readonly communities?: readonly string[]
  readonly largeCommunities?: readonly string[]
  readonly extendedCommunities?: readonly string[]
}

/** An event as the command line prints it; which fields it has depends on which event it is. */
export type BgpEvent = {
  readonly event: string
  readonly state: string
  readonly message: string
  readonly code?: number
  readonly subcode?: number
  readonly agreed: { readonly families: readonly string[] } & Readonly<Record<string, unknown>>
  readonly told: { readonly ipv4: number; readonly ipv6: number }
  readonly heard: { readonly ipv4: number; readonly ipv6: number }
  readonly unannounced: readonly { readonly reason: string }[]
}

/** Our speaker, a process of its own on a host, led by its command line from outside. */
export class BgpSpeaker extends CliProcess<BgpEvent> {
  constructor(host: Host, options: readonly string[], command = 'speak') {
    super(host, 'libs/bgp/out/src/cli/main.js', [command, '--json', '--control', ...options])
  }

  setRoutes(routes: readonly SpokenRoute[]): void {
    this.tell({ do: 'set-routes', routes })
  }

  async status(): Promise<BgpEvent> {
    this.tell({ do: 'status' })
    return this.next('status')
  }

  async stop(reason?: string): Promise<void> {
    this.tell({ do: 'stop', reason })
    await this.next('stopped')
  }

  /** Resident memory now. */
  memoryMegabytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
  }

  get ended(): Promise<void> {
    return this.running.ended
  }
}
