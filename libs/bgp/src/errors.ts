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

/** What a malformed UPDATE costs, strongest last (RFC 7606 §2); several faults pay for the strongest (§3 h). */
export const remedies = ['attribute-discard', 'treat-as-withdraw', 'afi-safi-disable', 'session-reset'] as const
export type Remedy = (typeof remedies)[number]

/** One thing wrong with an UPDATE: which attribute, and what its own specification says must follow. */
export type Fault = { readonly remedy: Remedy; readonly attribute: number; readonly notification: Notification }

export function strongest(faults: readonly Fault[]): Fault | undefined {
  return faults.toSorted((a, b) => remedies.indexOf(b.remedy) - remedies.indexOf(a.remedy))[0]
}
