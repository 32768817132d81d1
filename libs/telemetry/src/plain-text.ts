/**
 * Text from outside as it may be shown in one line: line breaks and control characters, ESC among them, become one space; marks that
 * change the direction of writing (Unicode UAX #9) and the byte order mark go; half a surrogate pair and noncharacters become U+FFFD.
 */
export const plainText = (text: string): string =>
  plain.test(text) ? text : text.replace(controls, ' ').replace(invisible, '').replace(malformed, '\ufffd')

/** Nearly every text is like that, and costs no more. */
const plain = /^[\x20-\x7e]*$/
const controls = /[\p{Cc}\p{Zl}\p{Zp}]+/gu
const invisible = /[\p{Bidi_Control}\ufeff]/gu
const malformed = /[\p{Cs}\p{Noncharacter_Code_Point}]/gu
