export { compareIps, type Family, families, familyOf, type Ip, isLinkLocal, parseIp } from './ip'
export { type Mac, parseMac } from './mac'
export { type Prefix, parsePrefix, prefixContains, prefixFamily, prefixOf, prefixText } from './prefix'
export { compareText, hostAndPort } from './text'
