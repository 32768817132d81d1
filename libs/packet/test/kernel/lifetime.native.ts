import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, Worker } from 'node:worker_threads'
import { native } from '../../src/kernel/native'
import { endBody, inNetns, role, roleEnvironment, startRole, until, veth } from '../../testing'
import { arpRequest, listenTo } from '../sockets/frame-log'

/** What the roles below need to know of the namespace their test made. */
const far = (): number => Number(process.env.FAR)
const near = (): number => Number(process.env.NEAR)

function prepare(): void {
  const ends = veth()
  process.env.NEAR = String(ends.near.index)
  process.env.FAR = String(ends.far.index)
}

/** Said where a role means to end, so that one that ended elsewhere is told apart. At once, because a pipe's buffer may die with the process. */
const lastWord = (): void => void writeSync(1, 'as meant')

/** One frame in, so that the reader is known to be live. */
async function liveReader(): Promise<ReturnType<typeof listenTo>> {
  const [receiver, sender] = [listenTo(far()), listenTo(near())]
  sender.send([arpRequest()])
  await until('the reader is live', () => receiver.frames.length >= 1) // more where others ask, too
  return receiver
}

role('exit with a live reader', async () => {
  await liveReader()
  lastWord()
  process.exit(0)
})

role('exit inside the callback', () => {
  listenTo(far(), {
    onFrames: () => {
      lastWord()
      process.exit(0)
    },
  })
  listenTo(near()).send([arpRequest()])
})

role('close inside the callback, then end by itself', () => {
  const sender = listenTo(near())
  const receiver = listenTo(far(), {
    onFrames: () => {
      receiver.close()
      sender.close()
      lastWord()
    },
  })
  sender.send([arpRequest()])
})

role('throw inside the callback', () => {
  process.on('uncaughtException', (error) => {
    console.log(`uncaught: ${error.message}`)
    process.exit(0)
  })
  listenTo(far(), {
    onFrames: () => {
      throw new Error('from onFrames')
    },
  })
  listenTo(near()).send([arpRequest()])
})

role('a worker with a live reader', async () => {
  await liveReader()
  parentPort?.postMessage('live')
})

role('a worker that never leaves its callback', () => {
  listenTo(far(), {
    onFrames: () => {
      for (;;);
    },
  })
  listenTo(near()).send([arpRequest()])
})

role('a worker that exits inside the callback', () => {
  listenTo(far(), { onFrames: () => process.exit(0) })
  listenTo(near()).send([arpRequest()])
})

const workerOf = (name: string): Worker => new Worker(__filename, { env: roleEnvironment(name) })

role('terminate workers', async () => {
  for (const name of [
    'a worker with a live reader',
    'a worker that never leaves its callback',
    'a worker that exits inside the callback',
  ]) {
    for (let i = 0; i < 5; i++) {
      const worker = workerOf(name)
      await sleep(i * 20)
      await worker.terminate()
    }
  }
  lastWord()
})

role('exit while workers have live readers', async () => {
  await Promise.all(Array.from({ length: 3 }, () => once(workerOf('a worker with a live reader'), 'message')))
  lastWord()
  process.exit(0)
})

role('many readers opened and closed', async () => {
  for (let i = 0; i < 200; i++) {
    const receiver = await liveReader()
    receiver.close()
  }
  lastWord()
  process.exit(0)
})

for (const name of [
  'exit with a live reader',
  'exit inside the callback',
  'close inside the callback, then end by itself',
  'terminate workers',
  'exit while workers have live readers',
  'many readers opened and closed',
]) {
  inNetns(`a process ends with code 0, where it means to, and says nothing else: ${name}`, async () => {
    prepare()
    assert.deepEqual(await startRole(name), { code: 0, signal: null, output: 'as meant' })
  })
}

inNetns('an exception in onFrames reaches uncaughtException, like any other', async () => {
  prepare()
  assert.deepEqual(await startRole('throw inside the callback'), { code: 0, signal: null, output: 'uncaught: from onFrames\n' })
})

inNetns('no garbage collection stops a reader, even one that nothing refers to', async () => {
  prepare()
  let heard = 0
  ;(() => {
    listenTo(far(), { onFrames: (frames) => (heard += frames.length) })
  })()
  const sender = listenTo(near())
  for (let i = 1; i <= 20; i++) {
    global.gc?.()
    sender.send([arpRequest()])
    await until(`frame ${i} arrived after a collection`, () => heard === i)
  }
  endBody()
})

inNetns('a descriptor that is read already is refused, and may be read again once it was closed', () => {
  prepare()
  const fd = native().socket(17, 3, 0)
  const slots = new Uint8Array(64 * 1024)
  assert.equal(
    native().watch(fd, slots, 1024, () => {}),
    0,
  )
  assert.equal(
    native().watch(fd, slots, 1024, () => {}),
    -16, // EBUSY
  )
  native().close(fd)
  const again = native().socket(17, 3, 0)
  assert.equal(again, fd)
  assert.equal(
    native().watch(again, slots, 1024, () => {}),
    0,
  )
  native().close(again)
})

inNetns('the addon refuses what is no descriptor, no memory and no slot instead of touching it', () => {
  const { socket, watch, send, bind } = native()
  const fd = socket(17, 3, 0)
  const wrong = { name: 'TypeError', message: /wrong arguments/ }
  assert.throws(() => Reflect.apply(watch, undefined, [fd, new Uint8Array(1024), 1024]), wrong)
  assert.throws(() => Reflect.apply(bind, undefined, [fd, 'name']), wrong)
  assert.throws(() => Reflect.apply(bind, undefined, ['fd', new Uint8Array(20)]), wrong)
  assert.throws(() => Reflect.apply(bind, undefined, [fd, new Uint16Array(20)]), wrong)
  const slots = new Uint8Array(1024)
  const EINVAL = -22
  assert.equal(
    watch(fd, slots, 100, () => {}),
    EINVAL,
  )
  assert.equal(
    watch(fd, slots.subarray(1), 256, () => {}),
    EINVAL,
  )
  assert.equal(send(fd, slots, 256, 5), EINVAL)
  assert.equal(send(fd, slots, 256, -1), EINVAL)
  new Uint32Array(slots.buffer)[0] = 1_000
  assert.equal(send(fd, slots, 256, 1), -90) // EMSGSIZE
  native().close(fd)
})
