import { isCommunity, isLargeCommunity } from '@loadstone/ip/community'

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** RFC 1997, canonical `a:b`, each half 0–65535. Equal communities are equal strings. */
export type StandardCommunity = Brand<string, 'Community'>
/** RFC 8092, canonical `a:b:c`, each part 0–4294967295. Equal communities are equal strings. */
export type LargeCommunity = Brand<string, 'LargeCommunity'>

/** Reads `65535:0`. Undefined for any other text; the communities with names in RFC 1997 and RFC 8326 are in wellKnown. */
export const parseCommunity = (text: string): StandardCommunity | undefined => (isCommunity(text) ? (text as StandardCommunity) : undefined)

/** Reads `64512:1:2`. Undefined for any other text. */
export const parseLargeCommunity = (text: string): LargeCommunity | undefined =>
  isLargeCommunity(text) ? (text as LargeCommunity) : undefined

export const communityFromNumber = (value: number): StandardCommunity => `${value >>> 16}:${value & 0xffff}` as StandardCommunity

export function communityToNumber(community: StandardCommunity): number {
  const [high = 0, low = 0] = community.split(':').map(Number)
  return high * 65_536 + low
}

export const largeCommunityFromNumbers = (global: number, first: number, second: number): LargeCommunity =>
  `${global}:${first}:${second}` as LargeCommunity

export const largeCommunityToNumbers = (community: LargeCommunity): readonly number[] => community.split(':').map(Number)

/** Communities of RFC 1997 "Well-known Communities" and RFC 8326 §5. */
export const wellKnown = {
  gracefulShutdown: '65535:0' as StandardCommunity,
  noExport: '65535:65281' as StandardCommunity,
  noAdvertise: '65535:65282' as StandardCommunity,
  noExportSubconfed: '65535:65283' as StandardCommunity,
} as const
