/** Orders texts by UTF-16 code units, so that the order depends on no locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** `host:port` with an IPv6 address in brackets (RFC 3986 §3.2.2). The host may also be a name. */
export const hostAndPort = (host: string, port: number | string): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
