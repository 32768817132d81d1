import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { Passwords, type SecretRead } from '../../src/bgp/passwords'
import { settle } from '../builders'

/** Secrets that a test changes; an Error stands for an API server that is away. */
function world(saved = {}) {
  const clock = new SimClock()
  const secrets = new Map<string, SecretRead | Error>()
  const reads: string[] = []
  const read = async (name: string): Promise<SecretRead> => {
    reads.push(name)
    const secret = secrets.get(name) ?? 'not-found'
    if (secret instanceof Error) throw secret
    return secret
  }
  const passwords = new Passwords(read, clock, () => {}, saved)
  const want = async (resourceVersion: string) => {
    passwords.reconcile([{ name: 'tor', resourceVersion }])
    await settle()
  }
  return { clock, secrets, reads, passwords, settle, want, password: () => passwords.known().get('tor') }
}
const secret = (text: string): SecretRead => ({ data: { password: Buffer.from(text).toString('base64') } })

test('a Secret is read once for each version that the plan names', async () => {
  const { secrets, reads, want, password } = world()
  secrets.set('tor', secret('one'))
  for (const version of ['1', '1', '1']) await want(version)
  assert.deepEqual([reads.length, password()?.text], [1, 'one'])
  secrets.set('tor', secret('two'))
  await want('2')
  assert.deepEqual([reads.length, password()?.text], [2, 'two'])
})

test('a missing Secret is named with what to do, asked for again with backoff, and found when it is created', async () => {
  const { clock, secrets, reads, want, password, settle } = world()
  await want('0')
  assert.deepEqual([password()?.text, password()?.problem], [undefined, 'Secret tor does not exist: create it, with the key "password"'])
  for (let i = 0; i < 50; i++) await want('0') // passes go on meanwhile
  assert.equal(reads.length, 1)
  for (const [millis, expected] of [
    [1_000, 2],
    [1_999, 2],
    [1, 3],
    [4_000, 4],
  ] as const) {
    clock.advance(millis)
    await settle()
    assert.equal(reads.length, expected)
  }
  secrets.set('tor', secret('one'))
  clock.advance(8_000)
  await settle()
  assert.deepEqual([password()?.text, password()?.problem], ['one', undefined])
})

test('a password once read is kept while a later reading fails', async () => {
  const { clock, secrets, want, password, settle } = world()
  secrets.set('tor', secret('one'))
  await want('1')
  secrets.set('tor', new Error('connect ECONNREFUSED'))
  await want('2')
  assert.deepEqual([password()?.text, password()?.problem], ['one', 'Secret tor cannot be read: connect ECONNREFUSED'])
  secrets.set('tor', secret('two'))
  clock.advance(1_000)
  await settle()
  assert.equal(password()?.text, 'two')
})

test('a Secret without the key says so', async () => {
  const { secrets, want, password } = world()
  secrets.set('tor', { data: { pass: 'eA==' } })
  await want('1')
  assert.equal(password()?.problem, 'Secret tor has no key "password"')
})

test('a saved password needs no reading until the plan names another version', async () => {
  const { reads, passwords, secrets, want, password } = world({ tor: { text: 'kept', planned: '7' } })
  secrets.set('tor', new Error('away'))
  await want('7')
  assert.deepEqual([reads.length, password()?.text], [0, 'kept'])
  await want('8')
  assert.deepEqual([reads.length, password()?.text], [1, 'kept'])
  assert.deepEqual(passwords.saved(), { tor: { text: 'kept', planned: '7' } })
})

test('a password that no session needs any more is forgotten', async () => {
  const { passwords, secrets, want } = world()
  secrets.set('tor', secret('one'))
  await want('1')
  passwords.reconcile([])
  assert.deepEqual(passwords.saved(), {})
})
