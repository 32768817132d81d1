import { type Codec, u8, WireError } from '@loadstone/wire'

/** RFC 4861 §4.6. Known or not, an option is kept as it is. */
export type NdpOption = { readonly type: number; readonly value: Uint8Array }
export const optionType = { sourceLinkLayer: 1, targetLinkLayer: 2 } as const

/** Its length counts units of eight octets, type and length among them, and is never zero. */
export const option: Codec<NdpOption> = {
  decode: (from, field) => {
    const code = u8.decode(from, `${field}.type`)
    const at = from.at
    const units = u8.decode(from, `${field}.length`)
    if (units === 0) throw new WireError('out-of-range', at, `${field}.length`)
    return { type: code, value: from.take(units * 8 - 2, field).slice() }
  },
  encode: (to, { type: code, value }, field) => {
    u8.encode(to, code, `${field}.type`)
    u8.encode(to, (value.length + 2) / 8, `${field}.length`)
    to.put(value)
  },
}
