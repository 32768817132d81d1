import { little } from '../kernel/constants'
import type { Filter, FilterCheck } from './filter'

/** linux/bpf_common.h: load an absolute byte, half or word; jump if equal; return a constant. */
const load = { 1: 0x30, 2: 0x28, 4: 0x20 } as const
const jumpIfEqual = 0x15
const returnConstant = 0x06

/** linux/filter.h: SKF_NET_OFF and SKF_AD_OFF + SKF_AD_PKTTYPE, offsets that do not count from the packet's first octet. */
const base = { packet: 0, network: -0x100000, kind: -0x1000 + 4 } as const

type Instruction = { readonly code: number; readonly ifTrue: number; readonly ifFalse: number; readonly k: number }

/**
 * Classic BPF for SO_ATTACH_FILTER, 8 octets an instruction. Each check loads a number and compares it with its values; a match jumps over
 * the check's own refusal, so no jump depends on later checks.
 */
export function assemble(filter: Filter): Uint8Array {
  const program = [...filter.flatMap(instructionsOf), { code: returnConstant, ifTrue: 0, ifFalse: 0, k: 0xffff_ffff }]
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [i, { code, ifTrue, ifFalse, k }] of program.entries()) {
    view.setUint16(i * 8, code, little)
    view.setUint8(i * 8 + 2, ifTrue)
    view.setUint8(i * 8 + 3, ifFalse)
    view.setUint32(i * 8 + 4, k >>> 0, little)
  }
  return bytes
}

function instructionsOf({ size, from = 'packet', at, is }: FilterCheck): readonly Instruction[] {
  const compare = is.map((k, i) => ({ code: jumpIfEqual, ifTrue: is.length - i, ifFalse: 0, k }))
  return [
    { code: load[size], ifTrue: 0, ifFalse: 0, k: base[from] + at },
    ...compare,
    { code: returnConstant, ifTrue: 0, ifFalse: 0, k: 0 },
  ]
}
