import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { getSystemErrorMap } from 'node:util'

/** native/packet.c. Every function returns a count or a negative errno; `check` turns the latter into a SocketError. */
type Native = {
  /** Non-blocking, closed on exec. */
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, name: Uint8Array): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  /** Fills `value` and returns how many octets the kernel wrote. */
  getsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  attachFilter(fd: number, program: Uint8Array): number
  /** Calls back with the number of filled slots or a negative errno. Watching goes on until `close`, after errors too. */
  watch(fd: number, slots: Uint8Array, slotSize: number, callback: (count: number) => void): number
  /** Returns how many of the first `count` slots the kernel took. */
  send(fd: number, slots: Uint8Array, slotSize: number, count: number): number
  /** Closes the descriptor and ends `watch`. */
  close(fd: number): number
}

/** A refusal of the kernel. `code` is the errno's name (`EPERM`), `call` the operation. The message ends with a remedy where one is known. */
export class SocketError extends Error {
  override readonly name = 'SocketError'
  readonly code: string
  readonly call: string

  constructor(call: string, negativeErrno: number) {
    const [code, meaning] = getSystemErrorMap().get(negativeErrno) ?? [`errno ${-negativeErrno}`, 'unknown to libuv']
    super([`${call}: ${meaning} (${code})`, ...advice(code)].join('; '))
    this.code = code
    this.call = call
  }
}

/** Returns the result of a native call, or throws a SocketError that names the call. */
export function check(call: string, result: number): number {
  if (result < 0) throw new SocketError(call, result)
  return result
}

const remedies: Readonly<Record<string, string>> = {
  EPERM: 'the process needs CAP_NET_RAW',
  EACCES: 'the process needs CAP_NET_RAW, or CAP_NET_BIND_SERVICE for a port below 1024',
  ENODEV: 'there is no such interface: it was removed or renamed',
  EADDRNOTAVAIL: 'no interface of this machine has that address',
}
const advice = (code: string): readonly string[] => (remedies[code] === undefined ? [] : [remedies[code]])

/** Beside the bundle; from src/kernel; from out/src/kernel. */
const places = ['packet.node', '../../build/packet.node', '../../../build/packet.node'].map((place) => join(__dirname, place))

function load(): Native {
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new Error(`the native addon is missing: run \`make -C libs/packet\` (looked for ${places.join(', ')})`)
  return require(found) as Native
}

let loaded: Native | undefined

/** Loads the addon on first use, so that code which only decodes needs none. */
export function native(): Native {
  loaded ??= load()
  return loaded
}
