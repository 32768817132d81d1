export { isCommunity, isLargeCommunity } from './community'
export {
  compareIps,
  type Family,
  familyOf,
  fromBigInt,
  type Ip,
  ipFromBytes,
  ipToBytes,
  isLinkLocal,
  parseIp,
  toBigInt,
  widthOf,
} from './ip'
export { type Mac, macFromBytes, macToBytes, parseMac } from './mac'
export { type Prefix, parsePrefix, prefixContains, prefixFamily, prefixOf, prefixText } from './prefix'
export {
  parseRange,
  prefixRange,
  type Range,
  type RangeProblem,
  rangeContains,
  rangeFamily,
  rangePrefixes,
  rangeSize,
  rangesOverlap,
} from './range'
