import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { type Fault, nameOf, notification, notifications, remedies, strongest } from '../../src/message/error-codes'

test('docs/errors.md lists exactly the notifications we can send', () => {
  const page = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8')
  const documented = [...page.matchAll(/^\| `(\w+)` \| (\d+)\/(\d+) \| (RFC [^|]+) \|/gm)].map(([, ...row]) => row.join(' ').trim())
  const sent = Object.entries(notifications).map(([name, { code, subcode, rfc }]) => `${name} ${code} ${subcode} ${rfc}`)
  assert.deepEqual(documented, sent)
})

test('no two notifications share a code and subcode', () => {
  const pairs = Object.values(notifications).map(({ code, subcode }) => `${code}.${subcode}`)
  assert.equal(new Set(pairs).size, pairs.length)
})

test('every notification we can send has a name of its own for people', () => {
  const names = Object.values(notifications).map(({ code, subcode }) => nameOf(code, subcode))
  assert.equal(new Set(names).size, names.length)
  assert.ok(!names.includes('unknown error'))
})

test('RFC 7606 §3 h: a message with several faults pays for the strongest', () => {
  const faults = remedies.map((remedy): Fault => ({ remedy, attribute: 1, notification: notification('malformedAttributeList') }))
  assert.equal(strongest(faults)?.remedy, 'session-reset')
  assert.equal(strongest(faults.slice(0, 2))?.remedy, 'treat-as-withdraw')
})
