export type { Link } from './links/link-table'
export type { LinkAddress, LinkFlags, LinkScope } from './links/rtnetlink'
export { type LinkWatch, type LinkWatchOptions, watchLinks } from './links/watch-links'
