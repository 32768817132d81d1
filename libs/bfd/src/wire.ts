// Entry point @loadstone/bfd/wire: BFD Control packets (RFC 5880 §4) as values.
export { bfdControl, type ControlPacket, decodeControl, encodeControl } from './packet/control-packet'
export { diagnosticWords } from './packet/diagnostics'
