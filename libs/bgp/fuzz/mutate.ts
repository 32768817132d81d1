import { framed, lengths, type MessageKind } from '../src/message/frame'

export type MutationRoll = () => number

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

/** Messages as real routers sent them, and some with every attribute we read: what mutation starts from. */
const seeds: readonly (readonly [MessageKind, Uint8Array])[] = [
  [
    'open',
    hex(
      '04fdea00090a6300025402060104000100010206010400020001020280000202020002024600020641040000fdea02020600020a450800010101000201010206490402766d0002044002c0780210470e00010180000000000201 80000000',
    ),
  ],
  ['open', hex('045ba0005a0a6300022c022a0200490402766d000104000100010104000200014104fa56ea01400600140001010005060001000100 02')],
  [
    'update',
    hex(
      '0000003f900e000d000101040a6300020018c633644001010040020602010000fdeac00804fdea0064c010080002fdea00000007c0200c0000fdea0000000100000002',
    ),
  ],
  [
    'update',
    hex(
      '0000003d900e002c00020120fd000099000000000000000000000002fe80000000000000845c3efffe627f64003020010db800024001010040020602010000fdea',
    ),
  ],
  ['update', hex('0000001440010100 40020602010000fdea 40030 40a630002 18c63364 19c6336500')],
  ['update', hex('000520cb00710a0000')],
  ['update', hex('00000007900f0003000201')],
  [
    'update',
    hex(
      '0000003440010100 4002060201 0000fdea 400304c0000202 8004 00000032 05 400600 c007080000fdeac0000201 c02304 0000fdea c01106 02010000fdea 18c63364',
    ),
  ],
  ['notification', hex('06020762796520 6e6f77')],
  ['refresh', hex('00010001')],
  ['refresh', hex('00010101')],
  ['keepalive', hex('')],
]

export const below = (limit: number, roll: MutationRoll): number => Math.floor(roll() * limit)
export const pick = <T>(items: readonly T[], roll: MutationRoll): T => items[below(items.length, roll)] as T
const interesting = [0, 1, 2, 4, 0x7f, 0x80, 0xfe, 0xff]

type Mutation = (octets: number[], roll: MutationRoll) => void
const mutations: readonly Mutation[] = [
  (octets, roll) => {
    octets[below(octets.length, roll)] = below(256, roll)
  },
  (octets, roll) => {
    octets[below(octets.length, roll)] = pick(interesting, roll)
  },
  (octets, roll) => {
    octets[below(octets.length, roll)] = (octets[below(octets.length, roll)] ?? 0) ^ (1 << below(8, roll))
  },
  (octets, roll) => void octets.splice(below(octets.length, roll), 1 + below(8, roll)),
  (octets, roll) =>
    void octets.splice(below(octets.length, roll), 0, ...Array.from({ length: 1 + below(8, roll) }, () => below(256, roll))),
  (octets, roll) => {
    const start = below(octets.length, roll)
    octets.splice(below(octets.length, roll), 0, ...octets.slice(start, start + 1 + below(32, roll)))
  },
]

/** To the longest a message may be, as agreed or not (RFC 8654), or just over what is usual. */
function stretched(octets: readonly number[], roll: MutationRoll): readonly number[] {
  const length = pick([lengths.usual + 1, lengths.extended - 1, lengths.extended], roll) - lengths.header
  return Array.from({ length }, (_, i) => octets[i] ?? 0)
}

/** One message, changed in a few places; its header mostly true, so that the change is looked at. */
export function mutant(roll: MutationRoll): { readonly kind: MessageKind; readonly message: Uint8Array } {
  const [kind, body] = pick(seeds, roll)
  const octets = [...body]
  for (let times = 1 + below(4, roll); times > 0 && octets.length > 0; times--) pick(mutations, roll)(octets, roll)
  const message = framed(kind, Uint8Array.from(roll() < 0.02 ? stretched(octets, roll) : octets.slice(0, 4000)))
  if (roll() < 0.05) message[below(19, roll)] = below(256, roll)
  return { kind, message }
}
