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

/** The most specific name of a code and subcode. */
export function nameOf(code: number, subcode: number): string {
  const known = codes[code]
  return known?.subcodes[subcode] ?? known?.name ?? 'unknown error'
}

/**
 * Every NOTIFICATION we can send: code, subcode, and the section that obliges us to send it.
 * The only place the numbers appear. docs/errors.md is checked against this table by a test.
 */
export const notifications = {
  connectionNotSynchronized: { code: 1, subcode: 1, rfc: 'RFC 4271 §6.1' },
  badMessageLength: { code: 1, subcode: 2, rfc: 'RFC 4271 §6.1' },
  badMessageType: { code: 1, subcode: 3, rfc: 'RFC 4271 §6.1' },
  openMessageError: { code: 2, subcode: 0, rfc: 'RFC 4271 §6.2' },
  unsupportedVersion: { code: 2, subcode: 1, rfc: 'RFC 4271 §6.2' },
  badPeerAs: { code: 2, subcode: 2, rfc: 'RFC 4271 §6.2' },
  badBgpIdentifier: { code: 2, subcode: 3, rfc: 'RFC 4271 §6.2' },
  unsupportedOptionalParameter: { code: 2, subcode: 4, rfc: 'RFC 4271 §6.2' },
  unacceptableHoldTime: { code: 2, subcode: 6, rfc: 'RFC 4271 §6.2' },
  unsupportedCapability: { code: 2, subcode: 7, rfc: 'RFC 5492 §5' },
  roleMismatch: { code: 2, subcode: 11, rfc: 'RFC 9234 §4.2' },
  malformedAttributeList: { code: 3, subcode: 1, rfc: 'RFC 4271 §6.3' },
  unrecognizedWellKnownAttribute: { code: 3, subcode: 2, rfc: 'RFC 4271 §6.3' },
  missingWellKnownAttribute: { code: 3, subcode: 3, rfc: 'RFC 4271 §6.3' },
  attributeFlagsError: { code: 3, subcode: 4, rfc: 'RFC 4271 §6.3' },
  attributeLengthError: { code: 3, subcode: 5, rfc: 'RFC 4271 §6.3' },
  invalidOrigin: { code: 3, subcode: 6, rfc: 'RFC 4271 §6.3' },
  invalidNextHop: { code: 3, subcode: 8, rfc: 'RFC 4271 §6.3' },
  optionalAttributeError: { code: 3, subcode: 9, rfc: 'RFC 4271 §6.3' },
  invalidNetworkField: { code: 3, subcode: 10, rfc: 'RFC 4271 §6.3' },
  malformedAsPath: { code: 3, subcode: 11, rfc: 'RFC 4271 §6.3' },
  holdTimerExpired: { code: 4, subcode: 0, rfc: 'RFC 4271 §6.5' },
  unexpectedInOpenSent: { code: 5, subcode: 1, rfc: 'RFC 6608 §4' },
  unexpectedInOpenConfirm: { code: 5, subcode: 2, rfc: 'RFC 6608 §4' },
  unexpectedInEstablished: { code: 5, subcode: 3, rfc: 'RFC 6608 §4' },
  maximumPrefixesReached: { code: 6, subcode: 1, rfc: 'RFC 4486 §4' },
  administrativeShutdown: { code: 6, subcode: 2, rfc: 'RFC 4486 §4' },
  peerDeconfigured: { code: 6, subcode: 3, rfc: 'RFC 4486 §4' },
  administrativeReset: { code: 6, subcode: 4, rfc: 'RFC 4486 §4' },
  connectionRejected: { code: 6, subcode: 5, rfc: 'RFC 4486 §4' },
  otherConfigurationChange: { code: 6, subcode: 6, rfc: 'RFC 4486 §4' },
  collisionResolution: { code: 6, subcode: 7, rfc: 'RFC 4486 §4' },
  outOfResources: { code: 6, subcode: 8, rfc: 'RFC 4486 §4' },
  hardReset: { code: 6, subcode: 9, rfc: 'RFC 8538 §3' },
  bfdDown: { code: 6, subcode: 10, rfc: 'RFC 9384 §3' },
  invalidRefreshLength: { code: 7, subcode: 1, rfc: 'RFC 7313 §5' },
  sendHoldTimerExpired: { code: 8, subcode: 0, rfc: 'RFC 9687 §5' },
} as const satisfies Readonly<Record<string, { code: number; subcode: number; rfc: string }>>

export type NotificationName = keyof typeof notifications
export type Notification = { readonly name: NotificationName; readonly data: Uint8Array }

const none = new Uint8Array()
export const notification = (name: NotificationName, data: Uint8Array = none): Notification => ({ name, data })

/** The remedies for a malformed UPDATE, strongest last (RFC 7606 §2). Of several the strongest is applied (§3 h). */
export const remedies = ['attribute-discard', 'treat-as-withdraw', 'afi-safi-disable', 'session-reset'] as const
export type Remedy = (typeof remedies)[number]

/** A fault of an UPDATE: its attribute, and the remedy that the attribute's specification demands. */
export type Fault = { readonly remedy: Remedy; readonly attribute: number; readonly notification: Notification }

export function strongest(faults: readonly Fault[]): Fault | undefined {
  return faults.toSorted((a, b) => remedies.indexOf(b.remedy) - remedies.indexOf(a.remedy))[0]
}
