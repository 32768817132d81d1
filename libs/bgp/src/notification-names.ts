/** IANA "BGP Error Codes" and "Error Subcodes", with those we never send: names for people who read what a peer sent. */
const codes: Readonly<Record<number, { readonly name: string; readonly subcodes: readonly (string | undefined)[] }>> = {
  1: { name: 'Message Header Error', subcodes: [undefined, 'Connection Not Synchronized', 'Bad Message Length', 'Bad Message Type'] },
  2: {
    name: 'OPEN Message Error',
    subcodes: [
      undefined,
      'Unsupported Version Number',
      'Bad Peer AS',
      'Bad BGP Identifier',
      'Unsupported Optional Parameter',
      'Authentication Failure',
      'Unacceptable Hold Time',
      'Unsupported Capability',
      undefined,
      undefined,
      undefined,
      'Role Mismatch',
    ],
  },
  3: {
    name: 'UPDATE Message Error',
    subcodes: [
      undefined,
      'Malformed Attribute List',
      'Unrecognized Well-known Attribute',
      'Missing Well-known Attribute',
      'Attribute Flags Error',
      'Attribute Length Error',
      'Invalid ORIGIN Attribute',
      'AS Routing Loop',
      'Invalid NEXT_HOP Attribute',
      'Optional Attribute Error',
      'Invalid Network Field',
      'Malformed AS_PATH',
    ],
  },
  4: { name: 'Hold Timer Expired', subcodes: [] },
  5: {
    name: 'Finite State Machine Error',
    subcodes: [
      undefined,
      'Receive Unexpected Message in OpenSent State',
      'Receive Unexpected Message in OpenConfirm State',
      'Receive Unexpected Message in Established State',
    ],
  },
  6: {
    name: 'Cease',
    subcodes: [
      undefined,
      'Maximum Number of Prefixes Reached',
      'Administrative Shutdown',
      'Peer De-configured',
      'Administrative Reset',
      'Connection Rejected',
      'Other Configuration Change',
      'Connection Collision Resolution',
      'Out of Resources',
      'Hard Reset',
      'BFD Down',
    ],
  },
  7: { name: 'ROUTE-REFRESH Message Error', subcodes: [undefined, 'Invalid Message Length'] },
  8: { name: 'Send Hold Timer Expired', subcodes: [] },
}

/** The most particular name there is. */
export function nameOf(code: number, subcode: number): string {
  const known = codes[code]
  return known?.subcodes[subcode] ?? known?.name ?? 'unknown error'
}
