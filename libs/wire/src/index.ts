export {
  bits,
  bytes,
  type Codec,
  convert,
  decodeExactly,
  encodeToBytes,
  many,
  only,
  prefixed,
  refine,
  rest,
  struct,
  u8,
  u16,
  u24,
  u32,
  type ValueOf,
} from './codec'
export { WireError } from './errors'
export { Reader } from './reader'
export { Writer } from './writer'
