import { CliProcess } from '../lab/cli-process'
import type { Host } from '../lab/host'

/** An event as the command line prints it; which fields it has depends on which event it is. `atMillis` since 1970. */
export type BfdEvent = {
  readonly event: string
  readonly atMillis: number
  readonly state: string
  readonly by: string
  readonly reason: string
  readonly message: string
  readonly detectionMicros: number
  readonly pace?: { readonly transmitMicros: number; readonly detectionMicros: number }
  readonly peer?: { readonly state: string; readonly diagnostic: string }
  readonly counters: {
    readonly controlPacketInput: number
    readonly sessionUpEvents: number
    readonly sessionDownEvents: number
    readonly dropped: Readonly<Record<string, number>>
  }
}

/** Our end of a session, a process of its own on a host, led by its command line from outside. */
export class BfdSpeaker extends CliProcess<BfdEvent> {
  constructor(host: Host, options: readonly string[]) {
    super(host, 'libs/bfd/out/src/cli/main.js', options)
  }

  /** The present status. Events before the answer are no longer waited for. */
  async status(): Promise<BfdEvent> {
    this.skipEvents()
    this.tell({ do: 'status' })
    return this.next('status')
  }

  /** Waits until the status satisfies. */
  async is(what: string, satisfies: (status: BfdEvent) => boolean, seconds = 60): Promise<BfdEvent> {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const status = await this.status()
      if (satisfies(status)) return status
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}; the status is ${JSON.stringify(status)}`)
    }
  }
}
