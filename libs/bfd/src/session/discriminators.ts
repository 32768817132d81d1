import { sourcePorts } from '../udp/transport'

/** RFC 5880 §6.8.1: not zero, unique on this system, and random, so that nobody off the path can guess it. */
export const nextDiscriminator = (used: (value: number) => boolean, random: () => number): number =>
  unused(used, () => 1 + Math.floor(random() * 0xffff_ffff))

/** RFC 5881 §4: unique among the sessions as long as there are enough. */
export function nextSourcePort(used: (value: number) => boolean, random: () => number): number {
  const count = sourcePorts.last - sourcePorts.first + 1
  return unused(used, () => sourcePorts.first + Math.floor(random() * count))
}

/** Both ranges are far larger than what a machine uses of them; the limit is against a `random` that repeats itself. */
function unused(used: (value: number) => boolean, draw: () => number): number {
  for (let tries = 0; tries < 1000; tries++) {
    const value = draw()
    if (!used(value)) return value
  }
  throw new Error('no unused number was found in 1000 tries: is `random` random?')
}
