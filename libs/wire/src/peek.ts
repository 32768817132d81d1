/**
 * Octets read without a Reader, for the few paths where a flood of packets must not cost a decode each. Network byte order. An octet beyond
 * the end reads as 0: the caller checks the length.
 */
export const peek16 = (octets: Uint8Array, start: number): number => ((octets[start] ?? 0) << 8) | (octets[start + 1] ?? 0)

/** Four octets as a signed number: V8 keeps it a small integer, the fastest key of a Map. */
export const peek32 = (octets: Uint8Array, start: number): number => (peek16(octets, start) << 16) | peek16(octets, start + 2)
