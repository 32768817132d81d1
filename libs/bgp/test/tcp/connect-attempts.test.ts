import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { ConnectAttempts, type Drops, diagnose } from '../../src/tcp/connect-attempts'

const none: Drops = { md5Failure: 0, md5NotFound: 0, md5Unexpected: 0, minTtl: 0 }

test('RFC 2385: with a password set and no answer, the password is what to look at first', () => {
  assert.match(diagnose({ md5Password: 'x' }) ?? '', /most likely the TCP-MD5 password/)
  assert.equal(diagnose({}), undefined)
})

test('what the kernel dropped meanwhile names the cause', () => {
  assert.match(diagnose({ md5Password: 'x' }, none, { ...none, md5Failure: 1 }) ?? '', /another TCP-MD5 password/)
  assert.match(diagnose({ md5Password: 'x' }, none, { ...none, md5NotFound: 1 }) ?? '', /without a TCP-MD5 signature/)
  assert.match(diagnose({}, none, { ...none, md5Unexpected: 2 }) ?? '', /and we have none/)
  assert.match(diagnose({ minTtl: 255 }, none, { ...none, minTtl: 3 }) ?? '', /farther away than 1 hops/)
})

test('the counters are believed only if no other attempt ran meanwhile', () => {
  let now = none
  const attempts = new ConnectAttempts(() => now)
  const alone = attempts.begin({ md5Password: 'x' })
  now = { ...none, md5Failure: 1 }
  assert.match(alone.diagnosis() ?? '', /another TCP-MD5 password/)
  alone.end()
  const first = attempts.begin({ md5Password: 'x' })
  const second = attempts.begin({ md5Password: 'y' })
  now = { ...none, md5Failure: 2 }
  assert.match(first.diagnosis() ?? '', /^most likely/)
  assert.match(second.diagnosis() ?? '', /^most likely/)
  first.end()
  assert.match(second.diagnosis() ?? '', /^most likely/, 'it was not alone from the beginning')
})
