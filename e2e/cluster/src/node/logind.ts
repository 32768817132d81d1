import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { type DbusValue, dbusAnswer, dbusSignal, readCalls } from './dbus'

/**
 * What a kubelet asks systemd-logind for over the system bus, so that a node of ours, which has no systemd, shuts down as a real one
 * does: the kubelet itself says that its node is shutting down and ends the pods in order.
 */
export type Logind = {
  /** For the kubelet's DBUS_SYSTEM_BUS_ADDRESS. */
  readonly address: string
  /** Whether a kubelet asked to be told, which it does last at its start. */
  isWatched(): boolean
  /** `systemctl poweroff` was typed, or taken back. */
  prepareForShutdown(active: boolean): void
  close(): void
}

/** Longer than any grace period, so that the kubelet has nothing to configure. */
const longestDelay = 3_600_000_000n
/** The kubelet closes this lock when its pods have ended, and it must be nothing that is open. */
const lock = 0x3fff_ffff

const answers: Readonly<Record<string, DbusValue>> = {
  Hello: { type: 's', value: ':1.1' },
  Get: { type: 'v', value: longestDelay },
  Inhibit: { type: 'u', value: lock },
}

/** Listens at a path that the node sees too. Whoever connects is believed. */
export async function startLogind(path: string): Promise<Logind> {
  const clients = new Set<Socket>()
  let watched = false
  let serial = 0
  const server = createServer((client) => {
    clients.add(client)
    client.on('error', () => client.destroy())
    client.on('close', () => clients.delete(client))
    let rest: Buffer = Buffer.alloc(0)
    let begun = false
    client.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes])
      if (!begun) {
        const { said, length, done } = authenticate(rest)
        client.write(said)
        rest = rest.subarray(length)
        begun = done
      }
      if (!begun) return
      const { calls, length } = readCalls(rest)
      rest = rest.subarray(length)
      for (const call of calls) {
        client.write(dbusAnswer(call.serial, ++serial, answers[call.member]))
        watched ||= call.member === 'AddMatch'
      }
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return {
    address: `unix:path=${path}`,
    isWatched: () => watched,
    prepareForShutdown: (active) => {
      const signal = { path: '/org/freedesktop/login1', interface: 'org.freedesktop.login1.Manager', member: 'PrepareForShutdown' }
      for (const client of clients) client.write(dbusSignal(signal, ++serial, { type: 'b', value: active ? 1 : 0 }))
    },
    close: () => {
      for (const client of clients) client.destroy()
      server.close()
      rmSync(path, { force: true })
    },
  }
}

/** The lines before the first message (D-Bus specification, "Authentication Protocol"). */
function authenticate(bytes: Buffer): { readonly said: string; readonly length: number; readonly done: boolean } {
  let said = ''
  let at = 0
  for (let end = bytes.indexOf('\r\n', at); end >= 0; end = bytes.indexOf('\r\n', at)) {
    const line = bytes.toString('latin1', at, end).replace(/^\0/, '')
    at = end + 2
    if (line === 'BEGIN') return { said, length: at, done: true }
    said += line === 'AUTH' ? 'REJECTED EXTERNAL\r\n' : /^(AUTH|DATA)/.test(line) ? 'OK 00112233445566778899aabbccddeeff\r\n' : 'ERROR\r\n'
  }
  return { said, length: at, done: false }
}
