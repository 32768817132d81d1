/** bfd.LocalDiag by its numbers: RFC 5880 §4.1, and RFC 6428 for 9. */
const words = [
  'No Diagnostic',
  'Control Detection Time Expired',
  'Echo Function Failed',
  'Neighbor Signaled Session Down',
  'Forwarding Plane Reset',
  'Path Down',
  'Concatenated Path Down',
  'Administratively Down',
  'Reverse Concatenated Path Down',
  'Mis-connectivity Defect',
] as const

/** Those we send ourselves. */
export const diagnostic = { none: 0, detectionTimeExpired: 1, neighborSignaledDown: 3, administrativelyDown: 7 } as const

/** The RFC's words for a diagnostic code; a code it has none for is named by its number. */
export const diagnosticWords = (code: number): string => words[code] ?? `Diagnostic ${code}`
