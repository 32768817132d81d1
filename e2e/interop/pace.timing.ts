import { test } from '@jest/globals'
import { makeStage } from './bgp/features/feature'
import { judge } from './lab/distribution'
import { until } from './lab/host'
import { KEEPALIVE, messages } from './lab/messages'
import { onTwoHosts } from './lab/two-hosts'
import { watchWire } from './lab/wire'
import { bird } from './routers/bird'

/** Our own timers, as the wire shows them: which router is at the other end does not matter. */
const gapsOf = (times: readonly number[]): readonly number[] => times.slice(1).map((time, i) => time - (times[i] as number))

test(
  'keepaliveTime: our KEEPALIVEs come at its pace, up to a quarter sooner (RFC 4271 §10)',
  () =>
    onTwoHosts(async (us, them) => {
      const stage = makeStage(us, them, bird)
      const wire = await watchWire(them, 'tcp port 179')
      await stage.router({ holdSeconds: 90 })
      await stage.speaker('--hold', '90', '--keepalive', '2').next('established')
      const ours = () =>
        messages(wire()).flatMap(({ from, type, atMillis }) => (from === '10.99.0.1' && type === KEEPALIVE ? atMillis : []))
      const times = await until('17 KEEPALIVEs', 120, () => (ours().length >= 17 ? ours() : undefined))
      // the first says that the OPEN is accepted, the second counts from Established
      judge('between KEEPALIVEs of 2 s', gapsOf(times.slice(1)), { earliest: 1490, latest: 2050 })
    }),
  180_000,
)

test(
  'connectTime: a router that does not answer is dialled anew when it is over, up to a quarter sooner (RFC 4271 §10)',
  () =>
    onTwoHosts(async (us, them) => {
      await them.exec('nft', 'add table ip mute; add chain ip mute in { type filter hook input priority 0; }')
      await them.exec('nft', 'add rule ip mute in tcp dport 179 drop')
      const wire = await watchWire(them, 'src 10.99.0.1 and tcp[tcpflags] & tcp-syn != 0')
      makeStage(us, them, bird).speaker('--connect', '2')
      const port = (words: string): string => /10\.99\.0\.1\.(\d+) >/.exec(words)?.[1] ?? ''
      const dials = (): readonly number[] =>
        [
          ...new Map(
            wire()
              .toReversed()
              .map(({ words, atMillis }) => [port(words), atMillis]),
          ).values(),
        ].toSorted((a, b) => a - b)
      const times = await until('16 attempts', 120, () => (dials().length >= 16 ? dials() : undefined))
      judge('between attempts of 2 s', gapsOf(times), { earliest: 1490, latest: 2100 })
    }),
  180_000,
)
