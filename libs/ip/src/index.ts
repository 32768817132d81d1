export { compareIps, compareText, type Family, families, familyOf, hostAndPort, type Ip, isLinkLocal, parseIp } from './ip'
export { type Mac, parseMac } from './mac'
export { type Prefix, parsePrefix, prefixContains, prefixFamily, prefixOf, prefixText } from './prefix'
