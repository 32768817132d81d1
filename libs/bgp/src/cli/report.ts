import { prefixText } from '@loadstone/ip'
import type { PeerEvents } from '../events'
import { pathText } from '../message/update/as-path'
import type { Update } from '../message/update/update'

export type EventTexts = { readonly [Name in keyof PeerEvents]: (event: PeerEvents[Name]) => readonly string[] }

/** Events in words, a line each. */
export const inWords: EventTexts = {
  state: ({ state }) => [state],
  established: ({ agreed, local, remote }) => [
    `established: ${local} with ${remote}, AS ${agreed.peerAs}, identifier ${agreed.peerId}, hold ${agreed.holdSeconds} s, ${agreed.families.join(' and ') || 'no family in common'}`,
  ],
  failed: ({ message }) => [`failed: ${message}`],
  told: ({ ipv4, ipv6 }) => [`the peer knows all: ${ipv4} IPv4 and ${ipv6} IPv6 routes`],
  refresh: ({ family, mark }) => [`${mark} of refresh, ${family}`],
  update: updateInWords,
}

/** Received routes, one a line. */
export function updateInWords({ announced, withdrawn, attributes, endOfRib, faults, disabled }: Update): readonly string[] {
  return [
    ...withdrawn.flatMap(({ paths }) => paths.map(({ prefix, pathId }) => `- ${prefixText(prefix)}${idText(pathId)}`)),
    ...announced.flatMap(({ paths, nextHops }) =>
      paths.map(({ prefix, pathId }) =>
        `+ ${prefixText(prefix)}${idText(pathId)} via ${nextHops.join(' ')} ${attributesText(attributes)}`.trimEnd(),
      ),
    ),
    ...(endOfRib === undefined ? [] : [`end of RIB, ${endOfRib}`]),
    ...faults.map(({ notification, attribute, remedy }) => `! ${notification.name} in attribute ${attribute}: ${remedy}`),
    ...(disabled === undefined ? [] : [`! ${disabled} is ignored from here on`]),
  ]
}

const idText = (pathId: number | undefined): string => (pathId === undefined ? '' : ` path ${pathId}`)

function attributesText({ asPath, unknown, ...attributes }: Update['attributes']): string {
  const path = asPath === undefined || asPath.length === 0 ? '' : `path ${pathText(asPath)}`
  const others = Object.entries(attributes).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? valueText(value) : String(value)}`,
  )
  return [path, ...others, ...unknown.map(({ type }) => `attribute-${type}`)].filter((text) => text !== '').join(' ')
}

const valueText = (value: object): string => (Array.isArray(value) ? value.join(',') : Object.values(value).join('@'))

/** One line of JSON, with octets as hex. The replacer looks at the holder, because a Buffer has a toJSON() that runs first. */
export const asJson = (content: object): string =>
  JSON.stringify(content, function (this: Readonly<Record<string, unknown>>, key, value: unknown) {
    const raw = this[key]
    return raw instanceof Uint8Array ? Buffer.from(raw).toString('hex') : value
  })

/** Events as lines of JSON. */
export const inJson = (event: string, content: object): string => asJson({ event, ...content })
