export { fromBigInt, ipFromBytes, ipToBytes, toBigInt, widthOf } from './ip'
export { macFromBytes, macToBytes } from './mac'
