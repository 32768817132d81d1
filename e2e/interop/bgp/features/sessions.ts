import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Host, inRepository, signalAll, until } from '../../lab/host'
import { type BgpStage, type Feature, four, knows, type Lack, overIpv6, six, together, toIpv6 } from './feature'

/** Starts our end before the router, because some routers wait two minutes after a first refusal. */
const listening = (host: Host): Promise<true> =>
  until('our own socket', 60, async () => ((await host.exec('ss', '-Hltn', 'sport = :179')).includes(':179') ? true : undefined))

const password = async (
  host: { exec(...command: string[]): Promise<string> },
  name: string,
  content: string,
): Promise<readonly string[]> => {
  await host.exec('sh', '-c', `printf %s ${content} >/run/${name}`)
  return ['--md5-file', `/run/${name}`]
}

const unexpected = async (host: Host): Promise<number> =>
  Number(/TCPMD5Unexpected\s+(\d+)/.exec(await host.exec('nstat', '-asz', 'TcpExtTCPMD5Unexpected'))?.[1])

const noListenerKey: Lack = {
  because: '7.7 on Linux sets no key on its listening socket (TCPMD5Unexpected rises there); where it dials it works',
  shown: async (stage) => {
    await stage.router({ md5: 'common-secret' })
    stage.speaker(...(await password(stage.us, 'right', 'common-secret')))
    await until('its kernel to drop what we signed', 60, async () => ((await unexpected(stage.them)) > 0 ? true : undefined))
  },
}

/** Fifty addresses of ours, each of which has dialled the router while it was frozen and cannot but dial when it wakes. */
async function collide(stage: BgpStage) {
  const ours = Array.from({ length: 50 }, (_, i) => `10.99.0.${i + 100}`)
  await stage.us.exec('sh', '-c', ours.map((address) => `ip addr add ${address}/24 dev v0`).join('; '))
  const router = await stage.router({ neighbors: ours, active: true })
  const pid = router.running.child.pid as number
  signalAll(pid, 'SIGSTOP')
  const many = stage.us.spawn(['node', inRepository('libs/bgp/out/bench/many.js'), '10.99.0.2', '65002', '65001', ...ours])
  await until('connections', 60, () => (/[1-9]\d* sent/.test(many.output()) ? true : undefined)) // as many as its backlog holds
  await sleep(2500) // all timers it dials by are over: 2 s and less
  signalAll(pid, 'SIGCONT')
  return many
}

/** The router accepts any role, also two that exclude each other, and states none itself. */
const roleless = (because: string): Lack => ({
  because,
  shown: async (stage) => {
    await stage.router()
    for (const role of ['customer', 'provider']) {
      const speaker = stage.speaker('--role', role)
      await speaker.next('established')
      speaker.kill('SIGKILL')
      await speaker.ended
    }
  },
})

/** Features of sessions: how they begin, stay and end. */
export const sessions: readonly Feature[] = [
  {
    title: 'TCP-MD5 (RFC 2385): the same password at both ends',
    lacks: { OpenBGPD: noListenerKey },
    run: async (stage) => {
      const md5 = await password(stage.us, 'right', 'common-secret')
      await together(stage, { md5: 'common-secret' }, md5, [])
    },
  },
  {
    title: 'TCP-MD5 over IPv6',
    lacks: { OpenBGPD: noListenerKey },
    run: async (stage) => {
      const md5 = await password(stage.us, 'right', 'common-secret')
      await together(stage, { ...overIpv6, md5: 'common-secret' }, [...toIpv6, ...md5], [])
    },
  },
  {
    title: 'TCP-MD5: another password there is named as the probable cause',
    run: async (stage) => {
      await stage.router({ md5: 'common-secret' })
      const { message } = await stage.speaker(...(await password(stage.us, 'wrong', 'other-secret'))).next('failed')
      assert.match(message, /most likely the TCP-MD5 password there is another one or missing/)
    },
  },
  {
    title: 'TCP-MD5: no password there is named as the probable cause',
    run: async (stage) => {
      await stage.router()
      const { message } = await stage.speaker(...(await password(stage.us, 'alone', 'our-secret'))).next('failed')
      assert.match(message, /most likely the TCP-MD5 password there is another one or missing/)
    },
  },
  {
    title: 'TCP-MD5 on the listener: the router dials us',
    run: async (stage) => {
      await stage.us.exec('sh', '-c', 'printf common-secret >/run/right')
      const speaker = stage.speaker('--passive', '--md5-file', '/run/right')
      await listening(stage.us)
      await stage.router({ md5: 'common-secret', active: true })
      await speaker.next('established')
    },
  },
  {
    title: 'the passive side: the router dials us',
    run: async (stage) => {
      const speaker = stage.speaker('--passive')
      await listening(stage.us)
      speaker.setRoutes([four])
      const router = await stage.router({ active: true })
      await speaker.next('established')
      await knows(router, 'ipv4', ['203.0.113.10/32'])
    },
  },
  {
    title: 'GTSM (RFC 5082)',
    lacks: {
      ExaBGP: {
        because: '4.2 takes what comes with TTL 64 where it listens, whatever "incoming-ttl" says',
        shown: async (stage) => void (await together(stage, { gtsm: true }, [], [])),
      },
    },
    run: async (stage) => {
      const forwarded = [
        'add table ip hop',
        'add chain ip hop out { type filter hook output priority 0; }',
        'add rule ip hop out ip ttl set 254',
      ]
      await stage.them.exec('nft', forwarded.join('; '))
      await stage.router({ gtsm: true })
      const strict = stage.speaker('--ttl-security', '1')
      assert.match((await strict.next('failed')).message, /lower TTL than 255/)
      await stage.them.exec('nft', 'delete table ip hop')
      await strict.next('established')
      await strict.stop()
      const without = stage.speaker()
      const { message } = await without.next('failed', 60)
      const established = without.events.some(({ event }) => event === 'established')
      // A router limits a connection once it has taken it: an OPEN that came before is heard, and nothing after it.
      if (established) assert.match(message, /nothing heard from .* \(hold time\)/)
    },
  },
  {
    title: 'collision (RFC 4271 §6.8): fifty sessions that both ends dial at once',
    lacks: {
      ExaBGP: {
        because: '4.2 leaves one in ten such connections unread for ever (Recv-Q stays at 67 octets, our OPEN)',
        shown: async (stage) => {
          await collide(stage)
          const unread = async (): Promise<readonly string[]> => {
            const lines = (await stage.them.exec('ss', '-Htn', 'sport = :179')).split('\n')
            return lines.filter((line) => /^ESTAB\s+67\s/.test(line)).map((line) => line.split(/\s+/)[4] ?? '')
          }
          await until('an OPEN of ours that lies unread for three seconds', 60, async () => {
            const before = await unread()
            await sleep(3000)
            const after = await unread()
            return before.some((one) => after.includes(one)) ? true : undefined
          })
        },
      },
    },
    run: async (stage) => {
      const many = await collide(stage)
      await until('fifty sessions', 90, () => (many.output().trimEnd().endsWith('50 established') ? true : undefined))
      await sleep(3000) // and they stay
      assert.match(many.output().trimEnd(), /\n50 established$/)
    },
  },
  {
    title: 'hold timer: a frozen router is dropped when the time is over, and found again when it wakes',
    run: async (stage) => {
      const { router, speaker } = await together(stage, { holdSeconds: 3 }, ['--hold', '3'], [four])
      signalAll(router.running.child.pid as number, 'SIGSTOP')
      const { message } = await speaker.next('failed')
      assert.match(message, /nothing heard from 10.99.0.2 port 179 for 3 s/)
      signalAll(router.running.child.pid as number, 'SIGCONT')
      await speaker.next('established')
      await knows(router, 'ipv4', ['203.0.113.10/32'])
    },
  },
  {
    title: 'a router that restarts is found again and told everything',
    run: async (stage) => {
      const { router, speaker } = await together(stage, {}, [], [four, six])
      signalAll(router.running.child.pid as number, 'SIGKILL')
      await router.running.ended
      await speaker.next('failed')
      const second = await stage.router()
      await speaker.next('established')
      await knows(second, 'ipv4', ['203.0.113.10/32'])
      await knows(second, 'ipv6', ['2001:db8:1::1/128'])
    },
  },
  {
    title: 'a router that refuses our OPEN is reported in words',
    run: async (stage) => {
      await stage.router({ neighborAs: 65077 })
      const { code, subcode, message } = await stage.speaker().next('failed')
      assert.deepEqual([code, subcode], [2, 2])
      assert.match(message, /refuses our OPEN: Bad Peer AS \(2\/2\): it does not expect AS 65001 from us; check localAs/)
    },
  },
  {
    title: 'a router of another AS than expected is refused in words',
    run: async (stage) => {
      await stage.router()
      const { message } = await stage.speaker('--peer-as', '65009').next('failed')
      assert.match(message, /Bad Peer AS \(2\/2\): it says AS 65002, and we expect AS 65009/)
    },
  },
  {
    title: 'shutdown reason (RFC 9003): the router logs our words',
    lacks: {
      ExaBGP: {
        because: '4.2.21 fails on any: TypeError in notification.py, "%b requires a bytes-like object"',
        shown: async (stage) => {
          const { router, speaker } = await together(stage, {}, [], [four])
          await speaker.stop('disk is being replaced')
          await until('the error in its log', 60, () =>
            /%b requires a bytes-like object/.test(router.running.output()) ? true : undefined,
          )
        },
      },
    },
    run: async (stage) => {
      const { router, speaker } = await together(stage, {}, [], [four])
      await speaker.stop('disk is being replaced')
      await until('the reason in its log', 60, () => (router.running.output().includes('disk is being replaced') ? true : undefined))
    },
  },
  {
    title: 'roles (RFC 9234): customer with provider, and two customers refuse each other',
    lacks: {
      GoBGP: roleless('3.10 offers no capability 9 in its OPEN'),
      ExaBGP: roleless('4.2 offers no capability 9 in its OPEN'),
    },
    run: async (stage) => {
      const { speaker } = await together(stage, { role: 'customer' }, ['--role', 'provider'], [])
      speaker.kill('SIGKILL')
      await speaker.ended
      const { message } = await stage.speaker('--role', 'customer').next('failed', 60, (event) => event.message.includes('ole'))
      assert.match(message, /Role Mismatch \(2\/11\)/)
    },
  },
]
