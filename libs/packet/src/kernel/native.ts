import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { getSystemErrorMap } from 'node:util'

/** native/packet.c. Every function returns a count or a negative errno; `called` turns the latter into a SocketError. */
type Native = {
  /** Non-blocking, closed on exec. */
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, name: Uint8Array): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  /** Fills `value` and returns how many octets the kernel wrote. */
  getsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  attachFilter(fd: number, program: Uint8Array): number
  /** Calls back with a count of filled slots, or a negative errno; either way it goes on watching until `close`. */
  watch(fd: number, slots: Uint8Array, slotSize: number, callback: (count: number) => void): number
  /** How many of the first `count` slots the kernel took. */
  send(fd: number, slots: Uint8Array, slotSize: number, count: number): number
  /** Ends watching too. */
  close(fd: number): number
}

/** The kernel refused. `code` is its name for it (`EPERM`), `call` what was asked of it. */
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

/** The result of a native call, or a SocketError that says which call failed. */
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

/** Loaded on first use, so that code which only decodes needs no addon. */
export function native(): Native {
  loaded ??= load()
  return loaded
}
