declare const brand: unique symbol

/** Six octets as lower-case text, `02:00:5e:10:00:01`. Equal addresses are equal strings. */
export type Mac = string & { readonly [brand]: 'Mac' }

export function parseMac(text: string): Mac | undefined {
  const lower = text.toLowerCase()
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(lower) ? (lower as Mac) : undefined
}

export const macToBytes = (mac: Mac): Uint8Array => Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16))

/** From exactly six octets. */
export function macFromBytes(bytes: Uint8Array): Mac | undefined {
  return bytes.length === 6 ? (Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(':') as Mac) : undefined
}
