/**
 * How the API server's YAML reader takes the JSON of a server-side apply: undefined if it refuses it whole, else the text that it
 * reads. What it refuses is the last case of its reader's range check; a raw line break inside quotes is folded into a space.
 */
export function readAsYaml(json: string): string | undefined {
  if (escapesSurrogate(json)) return undefined
  for (const character of json) if (!isPrintable(character.codePointAt(0) ?? 0)) return undefined
  return json.replace(/[\u0085\u2028\u2029]/g, ' ')
}

const printable = [
  [0x09, 0x0a],
  [0x0d, 0x0d],
  [0x20, 0x7e],
  [0x85, 0x85],
  [0xa0, 0xd7ff],
  [0xe000, 0xfefe],
  [0xff00, 0xfffd],
  [0x1_0000, 0x10_ffff],
] as const
const isPrintable = (point: number): boolean => printable.some(([first, last]) => point >= first && point <= last)

/** YAML knows no surrogate pairs: each escape must name a whole character. */
const escapesSurrogate = (json: string): boolean =>
  [...json.matchAll(/\\(?:(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)/g)].some(([, surrogate]) => surrogate !== undefined)
