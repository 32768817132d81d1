import assert from 'node:assert/strict'
import { type Family, parseIp } from '@loadstone/ip'
import type { ListenerPeer } from 'bgp-js'
import type { ListenerHandle, MakeListener } from '../../src/bgp/listeners'

export type Connected = 'taken' | 'closed' | 'nobody listens'

type ListenersUnderTest = {
  readonly listen: MakeListener
  /** Somebody connects to port 179 from this address, over the first link if one is named; `taken` says how many have been taken so far. */
  readonly connect: (from: string, link: string | undefined, taken: () => number) => Promise<Connected>
  /** Two links; connections come over the first. */
  readonly links: readonly [string, string]
  /** Of a router of each family, and of a stranger. */
  readonly routers: Readonly<Record<Family, string>>
  readonly stranger: string
}

type Where = Omit<ListenersUnderTest, 'connect'> & {
  readonly connect: (from: string, link?: string) => Promise<Connected>
  readonly on: (family: Family, device?: string, more?: Partial<ListenerPeer['options']>) => ListenerHandle
}

const anywhere = { ipv4: '0.0.0.0', ipv6: '::' } as const
const inUse = (family: Family) => ({ message: `bind ${anywhere[family]} port 179: address already in use (EADDRINUSE)` })

/** The contract of a node's listening sockets, for those of Linux and the simulated ones. Without Jest, because one side runs in a namespace. */
const promises: Readonly<Record<string, (w: Where) => Promise<void>>> = {
  'the port is had once for each family; who comes second is told, and gets it as soon as the first has closed': async (w) => {
    const [four, six, late] = [w.on('ipv4'), w.on('ipv6'), w.on('ipv4')]
    await four.open()
    await six.open()
    await assert.rejects(late.open(), inUse('ipv4'))
    await four.close()
    await late.open()
    await assert.rejects(w.on('ipv6').open(), inUse('ipv6'))
  },

  'two links have a socket each; one for all links goes beside neither, whoever comes first': async (w) => {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const [one, two, all] = [w.on(family, w.links[0]), w.on(family, w.links[1]), w.on(family)]
      await one.open()
      await two.open()
      await assert.rejects(all.open(), inUse(family))
      await assert.rejects(w.on(family, w.links[0]).open(), inUse(family))
      await one.close()
      await assert.rejects(all.open(), inUse(family))
      await two.close()
      await all.open()
      await assert.rejects(one.open(), inUse(family))
      await all.close()
    }
  },

  'a router is taken, a stranger closed and told of; where nothing listens nobody answers, also after it closed': async (w) => {
    assert.equal(await w.connect(w.routers.ipv4), 'nobody listens')
    const four = w.on('ipv4')
    const refused: string[] = []
    four.on('refused', ({ remote }) => void refused.push(remote))
    await four.open()
    const came = [await w.connect(w.routers.ipv4), await w.connect(w.stranger), await w.connect(w.routers.ipv6)]
    assert.deepEqual([came, refused], [['taken', 'closed', 'nobody listens'], [w.stranger]])
    const six = w.on('ipv6')
    await six.open()
    assert.equal(await w.connect(w.routers.ipv6), 'taken')
    await Promise.all([four.close(), six.close()])
    assert.equal(await w.connect(w.routers.ipv4), 'nobody listens')
  },

  'a socket of a link hears what comes over that link and nothing else': async (w) => {
    const elsewhere = w.on('ipv4', w.links[1])
    await elsewhere.open()
    assert.equal(await w.connect(w.routers.ipv4, w.links[0]), 'nobody listens')
    const here = w.on('ipv4', w.links[0])
    await here.open()
    assert.equal(await w.connect(w.routers.ipv4, w.links[0]), 'taken')
  },

  'a listener that is closed twice, or was never open, minds nothing': async (w) => {
    const four = w.on('ipv4')
    await four.close()
    await four.open()
    await Promise.all([four.close(), four.close()])
    await w.on('ipv4').open()
  },
}

export const listenersPromises: Readonly<Record<string, (under: ListenersUnderTest) => Promise<void>>> = Object.fromEntries(
  Object.entries(promises).map(([title, run]) => [
    title,
    async (under: ListenersUnderTest) => {
      const opened: ListenerHandle[] = []
      let taken = 0
      const connect = (from: string, link?: string) => under.connect(from, link, () => taken)
      const on: Where['on'] = (family, device) => {
        const address = under.routers[family]
        assert.ok(parseIp(address) !== undefined)
        const options = { address, localAs: 64_512, peerAs: 64_513, routerId: '192.0.2.5' }
        const listener = { onUp: () => {}, onBytes: () => {}, onDrained: () => {}, onWritten: () => {}, onDown: () => {} }
        const accept = () => {
          taken++
          return listener
        }
        const at = { address: anywhere[family], ...(device === undefined ? {} : { interface: device }) }
        const made = under.listen(at, [{ options, accept }])
        opened.push(made)
        return made
      }
      await run({ ...under, connect, on })
      await Promise.all(opened.map((one) => one.close()))
    },
  ]),
)
