/**
 * How the API server's YAML reader takes the JSON of a server-side apply: undefined if it refuses it whole, else the text that it
 * reads. What it refuses is the last case of its reader's range check; a raw line break inside quotes is folded into a space.
 */
export function readAsYaml(json: string): string | undefined {
  if (escapesSurrogate(json)) return undefined
  for (const character of json) if (!isPrintable(character.codePointAt(0) ?? 0)) return undefined
  return json.replace(/[\u0085\u2028\u2029]/g, ' ')
}

function isPrintable(point: number): boolean {
  if (point < 0x80) return point === 0x09 || point === 0x0a || point === 0x0d || (point >= 0x20 && point <= 0x7e)
  if (point < 0x1_0000)
    return point === 0x85 || (point >= 0xa0 && point <= 0xd7ff) || (point >= 0xe000 && point <= 0xfffd && point !== 0xfeff)
  return true
}

/** YAML knows no surrogate pairs: each escape must name a whole character. */
const escapesSurrogate = (json: string): boolean =>
  [...json.matchAll(/\\(?:(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)/g)].some(([, surrogate]) => surrogate !== undefined)
