import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { Emitter } from '../src'

type Events = { up: number; down: string }

test('listeners hear the events of their name, in the order they came, until they end it', () => {
  const emitter = new Emitter<Events>()
  const heard: string[] = []
  const off = emitter.on('up', (event) => heard.push(`first ${event}`))
  emitter.on('up', (event) => heard.push(`second ${event}`))
  emitter.on('down', (event) => heard.push(event))
  emitter.emit('up', 1)
  off()
  off()
  emitter.emit('up', 2)
  assert.deepEqual(heard, ['first 1', 'second 1', 'second 2'])
})

test('the same function may listen twice, and each registration ends by itself', () => {
  const emitter = new Emitter<Events>()
  let heard = 0
  const listener = (): void => {
    heard += 1
  }
  const off = emitter.on('up', listener)
  emitter.on('up', listener)
  emitter.emit('up', 1)
  off()
  emitter.emit('up', 1)
  assert.equal(heard, 3)
})

test('once resolves with the next event and hears no other', async () => {
  const emitter = new Emitter<Events>()
  const next = emitter.once('up')
  emitter.emit('up', 1)
  emitter.emit('up', 2)
  assert.equal(await next, 1)
})

test('once rejects with the reason of its signal, before as after it began, and leaves no listener', async () => {
  const emitter = new Emitter<Events>()
  const reason = new Error('too late')
  await assert.rejects(emitter.once('up', AbortSignal.abort(reason)), (error) => error === reason)
  const controller = new AbortController()
  const next = emitter.once('up', controller.signal)
  controller.abort(reason)
  await assert.rejects(next, (error) => error === reason)
  emitter.emit('up', 1)
})

test('a listener that is added during an event hears the next one first', () => {
  const emitter = new Emitter<Events>()
  const heard: number[] = []
  emitter.on('up', (event) => {
    if (event === 1) emitter.on('up', (later) => heard.push(later))
  })
  emitter.emit('up', 1)
  emitter.emit('up', 2)
  assert.deepEqual(heard, [2])
})
