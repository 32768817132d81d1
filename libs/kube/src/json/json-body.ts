/**
 * A value as the JSON of a request body that the API server reads alike whether it takes it for JSON or, in a server-side apply, for
 * YAML. Its YAML reader refuses unescaped C1 controls, U+007F, U+FEFF, U+FFFE and U+FFFF, folds U+0085, U+2028 and U+2029 like line
 * breaks, and refuses an escape that names half a surrogate pair. So all these are escaped, and a lone surrogate becomes U+FFFD.
 */
export const jsonBody = (value: unknown): string =>
  JSON.stringify(value)
    .replace(escapes, (whole, lone: string | undefined) => (lone === undefined ? whole : '\ufffd'))
    .replace(unread, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Each escape of JSON, one after the other, so that an escaped backslash begins no other; the group is that of a lone surrogate. */
const escapes = /\\(?:(ud[89a-f][0-9a-f]{2})|.)/g

/** All but the characters that YAML 1.1 §5.1 calls printable, with its line breaks (§5.4) and the byte order mark. */
const unread = /[^\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/gu
