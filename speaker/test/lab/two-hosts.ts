import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import { builtSpeaker } from './built'
import { cable, Host } from './host'

/** `node` is 192.0.2.5 on `eth0`, `neighbor` 192.0.2.99 on `lan0`. `built` is the folder of builtSpeaker(). Valid within a test. */
type TwoHosts = { readonly built: string; readonly node: Host; readonly neighbor: Host }

/** Builds the speaker for a test file, and starts two new hosts with a cable between them for each of its tests. */
export function onTwoHosts(): TwoHosts {
  const lab: { -readonly [K in keyof TwoHosts]?: TwoHosts[K] } = {}
  beforeAll(async () => {
    lab.built = await builtSpeaker()
  }, 30_000)
  afterAll(() => {
    if (lab.built !== undefined) rmSync(lab.built, { recursive: true, force: true })
  })
  beforeEach(async () => {
    const [node, neighbor] = await Promise.all([Host.start(), Host.start()])
    Object.assign(lab, { node, neighbor })
    cable(node, 'eth0', '192.0.2.5/24', { host: neighbor, name: 'lan0', address: '192.0.2.99/24' })
  })
  afterEach(() => Promise.all([lab.node?.stop(), lab.neighbor?.stop()]))
  return lab as TwoHosts
}
