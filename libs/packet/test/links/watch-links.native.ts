import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Link, watchLinks } from '../../src/links'
import { inNetns, ip, role, startRole, until, veth } from '../../testing'

type Log = { readonly states: (readonly Link[])[]; link(name: string): Link | undefined; close(): void }

/** A watch that keeps every state it was told. */
function watch(): Log {
  const states: (readonly Link[])[] = []
  const onError = (error: Error): never => {
    throw error
  }
  const links = watchLinks({ onChange: (all) => states.push(all), onError })
  return { states, link: (name) => links.links().find((link) => link.name === name), close: () => links.close() }
}

const addressesOf = (link: Link | undefined): readonly string[] => link?.addresses.map((address) => `${address.ip}/${address.length}`) ?? []

inNetns('the first state is the whole truth', async () => {
  const { near, far } = veth()
  ip('addr add 192.0.2.1/24 dev near')
  const log = watch()
  assert.equal(log.states.length, 0)
  await until('it is known', () => log.states.length > 0)
  assert.deepEqual(
    log.states[0]?.map(({ name, index, up }) => ({ name, index, up })),
    [
      { name: 'lo', index: 1, up: true },
      { name: 'far', index: far.index, up: true },
      { name: 'near', index: near.index, up: true },
    ],
  )
  assert.equal(log.link('near')?.mac, Buffer.from(near.mac).toString('hex').match(/../g)?.join(':'))
  assert.ok(addressesOf(log.link('near')).includes('192.0.2.1/24'))
  assert.deepEqual(addressesOf(log.link('lo')), ['127.0.0.1/8', '::1/128'])
  log.close()
})

inNetns('a link that appears, loses its carrier, is renamed and goes is followed', async () => {
  const log = watch()
  await until('the first state is known', () => log.states.length > 0)
  veth()
  await until('far has appeared and runs', () => log.link('far')?.running === true)
  ip('link set near down')
  await until('far has lost its carrier but is up', () => log.link('far')?.up === true && log.link('far')?.running === false)
  ip('link set near name lan')
  await until('near has a new name', () => log.link('near') === undefined && log.link('lan') !== undefined)
  ip('link del lan')
  await until('both ends are gone', () => log.link('lan') === undefined && log.link('far') === undefined)
  log.close()
})

inNetns('addresses come and go, and an IPv6 address is tentative until it is known to be alone', async () => {
  veth()
  const log = watch()
  ip('addr add 192.0.2.1/24 dev near')
  ip('addr add 2001:db8::1/64 dev near')
  await until('both are there', () => addressesOf(log.link('near')).includes('2001:db8::1/64'))
  assert.ok(addressesOf(log.link('near')).includes('192.0.2.1/24'))
  const settled = (): boolean | undefined => log.link('near')?.addresses.find(({ ip }) => ip === '2001:db8::1')?.tentative
  await until('duplicate address detection is over', () => settled() === false)
  ip('addr del 192.0.2.1/24 dev near')
  await until('it is gone', () => !addressesOf(log.link('near')).includes('192.0.2.1/24'))
  log.close()
})

inNetns('a port that joins and leaves a bridge stays a link', async () => {
  veth()
  ip('link add br0 type bridge')
  const log = watch()
  await until('all are there', () => log.link('br0') !== undefined)
  ip('link set far master br0')
  await until('far has a master', () => log.link('far')?.master === log.link('br0')?.index)
  ip('link set far nomaster')
  await until('far has none', () => log.link('far') !== undefined && log.link('far')?.master === undefined)
  ip('link del br0')
  await until('the bridge is gone', () => log.link('br0') === undefined)
  assert.equal(log.link('far')?.up, true)
  log.close()
})

inNetns('what changes nothing is not told', async () => {
  veth()
  const log = watch()
  await until('both ends have settled', () =>
    ['near', 'far'].every((name) => log.link(name)?.addresses.some(({ tentative }) => !tentative) === true),
  )
  const before = log.states.length
  for (const change of ['txqueuelen 500', 'alias marker']) {
    ip(`link set near ${change}`)
    await sleep(50) // or the kernel's word of it would be read together with the next
  }
  ip('link add last type bridge')
  await until('an event after it arrived', () => log.link('last') !== undefined)
  assert.equal(log.states.length, before + 1)
  log.close()
})

inNetns('more events than the socket can hold: the truth is asked for anew', async () => {
  const log = watch()
  await until('the first state is known', () => log.states.length > 0)
  const batch = Array.from({ length: 150 }, (_, i) => `link add many${i} type bridge`)
  for (const command of batch) ip(command) // synchronous, so nothing is read meanwhile
  await until('all are known', () => log.states.at(-1)?.length === 151)
  log.close()
})

role('watch without any capability', async () => {
  const log = watch()
  await until('the links are known', () => log.states.length > 0)
  console.log(log.states[0]?.map(({ name }) => name).join(' '))
  log.close()
})

inNetns('a watch needs no capability', async () => {
  const { output, code } = await startRole('watch without any capability', [
    'setpriv',
    '--reuid=65534',
    '--clear-groups',
    '--bounding-set=-all',
  ])
  assert.deepEqual({ output, code }, { output: 'lo\n', code: 0 })
})
