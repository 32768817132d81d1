import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { stage } from './sim-peers'

/** KEEPALIVEs heard in so many seconds, while the other end says that it is there. */
function heardIn({ clock, puppet }: Pick<ReturnType<typeof stage>, 'clock' | 'puppet'>, seconds: number): number {
  const before = puppet.heard.length
  for (let second = 0; second < seconds; second++) {
    clock.advance(1000)
    puppet.say('keepalive')
  }
  return puppet.heard.length - before
}

test('retime: KEEPALIVEs of a running session keep the new pace, and the session stays', () => {
  const at = stage({ options: { holdSeconds: 90 }, theirs: { holdSeconds: 90 } })
  at.establish()
  const usual = heardIn(at, 300)
  assert.ok(usual >= 10 && usual <= 14, `${usual}`)
  at.peer.retime({ keepaliveSeconds: 3 })
  assert.deepEqual([at.peer.status().state, at.peer.status().agreed?.keepaliveSeconds], ['established', 3])
  const often = heardIn(at, 300)
  assert.ok(often >= 100 && often <= 134, `${often}`)
  at.peer.retime({})
  const again = heardIn(at, 300)
  assert.ok(again >= 10 && again <= 14, `${again}`)
  assert.deepEqual([at.puppet.connections, at.puppet.heard.filter((kind) => kind !== 'keepalive' && kind !== 'update')], [1, ['open']])
})

test('retime: the first KEEPALIVE of the new pace does not wait for the old one', () => {
  const at = stage({ options: { holdSeconds: 90 }, theirs: { holdSeconds: 90 } })
  at.establish()
  at.peer.retime({ keepaliveSeconds: 3 })
  assert.equal(heardIn(at, 4), 1)
})

test('retime: RFC 4271 §4.4, a third of the hold time is the most, and where there is none there are no KEEPALIVEs', () => {
  const short = stage({ theirs: { holdSeconds: 9 } })
  short.establish()
  short.peer.retime({ keepaliveSeconds: 60 })
  assert.equal(short.peer.status().agreed?.keepaliveSeconds, 3)
  const none = stage({ options: { holdSeconds: 0 } })
  none.establish()
  none.peer.retime({ keepaliveSeconds: 5 })
  assert.equal(heardIn(none, 60), 0)
})

test('retime: attempts to connect take as long as said last', () => {
  const { clock, peer, link, failures } = stage({ options: { connectSeconds: 10 } })
  link.stalled = true
  peer.start()
  peer.retime({ connectSeconds: 2 })
  assert.equal(peer.options.connectSeconds, 2)
  clock.advance(60_000)
  assert.ok(failures.length >= 15, `${failures.length} attempts in a minute`)
  assert.equal(failures.at(-1)?.message.split(':')[0], '192.0.2.2 port 179 did not answer within 2 s')
})

test('retime: timers that bgp-js refuses change nothing', () => {
  const { peer, establish } = stage({ options: { connectSeconds: 7 } })
  establish()
  assert.throws(() => peer.retime({ connectSeconds: 0 }), /connectSeconds is 0; it must be more than 0/)
  assert.deepEqual([peer.options.connectSeconds, peer.status().state], [7, 'established'])
})
