import { type Codec, many, prefixed, Reader, rest, struct, u8, u16, type ValueOf } from '@loadstone/wire'
import { ipv4 } from './family'

/** RFC 5492 §4. The value stays opaque here; each capability's own codec reads it. */
const capability = struct({ code: u8, value: prefixed(u8, rest) })
export const capabilityList = many(capability)
export type Capability = ValueOf<typeof capability>

const parameter = struct({ type: u8, value: prefixed(u8, rest) })
const longParameter = struct({ type: u8, value: prefixed(u16, rest) })
type Parameter = ValueOf<typeof parameter>

export const capabilitiesParameter = 2
const extended = 255

const usual = prefixed(u8, many(parameter))
const long = struct({ length: u8, type: u8, parameters: prefixed(u16, many(longParameter)) })

/** RFC 9072 §2: a first parameter of type 255 announces two-octet lengths; its own length octet is then not looked at. */
const parameters: Codec<readonly Parameter[]> = {
  decode: (from, field) => (isExtended(from) ? long.decode(from, field).parameters : usual.decode(from, field)),
  encode: (to, value, field) => {
    const octets = value.reduce((sum, one) => sum + 2 + one.value.length, 0)
    if (octets < extended) usual.encode(to, value, field)
    else long.encode(to, { length: extended, type: extended, parameters: value }, field)
  },
}

function isExtended(from: Reader): boolean {
  const ahead = from.peek(2)
  return ahead.length === 2 && ahead[0] !== 0 && ahead[1] === extended
}

/** OPEN, RFC 4271 §4.2. Syntax only: negotiate.ts checks the values (§6.2). */
export const openMessage = struct({
  version: u8,
  myAs: u16,
  holdSeconds: u16,
  id: ipv4,
  parameters,
})
export type OpenMessage = ValueOf<typeof openMessage>

/** All capabilities, of however many parameters (RFC 5492 §4 allows several). Throws WireError. */
export function capabilitiesOf(open: OpenMessage): readonly Capability[] {
  return open.parameters.flatMap(({ type, value }) =>
    type === capabilitiesParameter ? capabilityList.decode(new Reader(value), 'capabilities') : [],
  )
}
