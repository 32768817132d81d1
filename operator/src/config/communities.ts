import { distinct } from '../json'

/** Values as they are, names by what they stand for. */
export const resolveCommunities = (communities: readonly string[], aliases: ReadonlyMap<string, string>): readonly string[] =>
  distinct(communities.flatMap((item) => (item.includes(':') ? item : (aliases.get(item) ?? []))))
