import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from '@jest/globals'
import { identityOf, isAlive, must, run } from '../cluster/src/host/processes'
import { claim, disown, isRunning, sweep } from '../cluster/src/host/run-dir'
import { type Time, waitFor } from '../cluster/src/host/steps'
import { ComponentError, MachineRef } from '../cluster/src/machine/machine'
import { processesBelow } from '../cluster/src/machine/memory'

const base = mkdtempSync(join(tmpdir(), 'loadstone-life-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('the folder of a cluster', () => {
  test('is claimed once; the second is told how to go on', () => {
    const dir = claim('one', base)
    assert.ok(existsSync(join(dir, 'logs')))
    assert.throws(() => claim('one', base), /"one" exists already.*down one/)
    assert.equal(readdirSync(base).join(), 'one', 'and leaves nothing behind')
  })

  test('is left alone by the sweep while its maker lives, and goes when neither maker nor cluster does', async () => {
    const dir = claim('two', base)
    assert.ok(!(await sweep(base)).includes('two'))
    const { pid, startedTicks } = identityOf(process.pid)!
    writeFileSync(join(dir, 'owner'), `${pid} ${startedTicks - 1}`) // the pid lives, but is another's by now
    assert.ok((await sweep(base)).includes('two'))
    assert.ok(!existsSync(dir))
  })

  test('lives on with its switch after the maker has gone', async () => {
    const dir = claim('three', base)
    const { pid, startedTicks } = identityOf(process.pid)!
    writeFileSync(join(dir, 'pids/switch'), `${pid} ${startedTicks}\n`)
    disown(dir)
    assert.ok(!(await sweep(base)).includes('three'))
    assert.ok(isRunning(dir))
  })

  test.each(['Upper', '-dash', 'a/b', '', 'x'.repeat(40)])('is not made for the name %p', (name) => {
    assert.throws(() => claim(name, base), /cannot name a cluster/)
  })
})

describe('processes', () => {
  test('one is alive until it has ended, and another with its pid is not it', async () => {
    const me = identityOf(process.pid)!
    assert.ok(isAlive(me))
    assert.ok(!isAlive({ ...me, startedTicks: me.startedTicks + 1 }))
    const { stdout } = await run(['sh', '-c', 'echo $$'])
    assert.equal(identityOf(Number(stdout)), undefined)
  })

  test('one that has ended, and whose parent has not asked, is not alive', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'])
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer]
      const corpse = Number(line.toString())
      await waitFor({
        withinSeconds: 60,
        until: async () => readFileSync(`/proc/${corpse}/stat`, 'utf8').includes(') Z '),
        late: () => new Error('no zombie'),
      })
      assert.equal(identityOf(corpse), undefined)
    } finally {
      parent.kill()
    }
  })

  test('an exit code is an answer to run and an error to must, with what the program said', async () => {
    assert.deepEqual(await run(['sh', '-c', 'echo out; echo err >&2; exit 3']), { code: 3, stdout: 'out\n', stderr: 'err\n' })
    await assert.rejects(must(['sh', '-c', 'echo why >&2; exit 3']), /ended with 3: why/)
    await assert.rejects(run(['/no/such/program']), /cannot be run/)
  })

  test('one that takes too long is killed and named', async () => {
    await assert.rejects(run(['sleep', '60'], { timeoutSeconds: 0.1 }), /"sleep 60" did not end within 0.1 s/)
  })

  test('input that a program does not read is no failure', async () => {
    assert.equal((await run(['true'], { input: Buffer.alloc(1_000_000) })).code, 0)
  })

  test('those below one are it and its descendants, with memory in bytes', () => {
    const child = spawn('sleep', ['60'])
    try {
      const below = processesBelow(process.pid)
      const me = below.find(({ pid }) => pid === process.pid)
      assert.ok(me !== undefined && me.residentBytes > 10_000_000 && me.anonymousBytes < me.residentBytes)
      assert.ok(below.some(({ pid }) => pid === child.pid))
      assert.ok(below.every(({ pid }) => pid !== process.ppid && pid !== 1))
    } finally {
      child.kill()
    }
  })
})

describe('a failure', () => {
  const dir = mkdtempSync(join(tmpdir(), 'loadstone-failure-'))
  mkdirSync(join(dir, 'logs'))
  afterAll(() => rmSync(dir, { recursive: true }))
  const machine = new MachineRef('node1', { dir, env: {} })

  test('names machine, program and log, and ends with the end of that log', () => {
    writeFileSync(join(dir, 'logs/node1.kubelet.log'), [...Array.from({ length: 30 }, (_, line) => `line ${line}`), ''].join('\n'))
    const { message } = machine.failure('kubelet', 'has ended')
    assert.match(message, /^node1: kubelet has ended\. The end of its log, .*\/logs\/node1\.kubelet\.log:\nline 15\n/)
    assert.ok(message.endsWith('line 29'))
  })

  test('of a program that wrote nothing says that', () => {
    assert.match(machine.failure('containerd', 'does not answer').message, /nothing was written/)
  })

  test('to find a machine is told at once', () => {
    assert.throws(() => machine.identity(), ComponentError)
    assert.equal(machine.isOn(), false)
  })
})

describe('waiting', () => {
  const never = { withinSeconds: 0.12, late: (reason: string) => new Error(`late: ${reason}`) }
  const simTime = (): Time => {
    let now = 0
    const pause = async (millis: number): Promise<void> => {
      now += millis
    }
    return { now: () => now, pause }
  }

  test('ends with the last complaint when the time is up', async () => {
    let tries = 0
    const until = async (): Promise<boolean> => {
      tries += 1
      throw new Error(`try ${tries}`)
    }
    const error: unknown = await waitFor({ ...never, until }, simTime()).catch((thrown: unknown) => thrown)
    assert.deepEqual(error instanceof Error && error.message, 'late: try 5', 'at 0, 25, 50, 75 and 100 ms')
  })

  test('ends at once when something that must run has ended', async () => {
    const until = async (): Promise<boolean> => false
    const unless = (): void => {
      throw new ComponentError('etcd has ended')
    }
    await assert.rejects(waitFor({ ...never, withinSeconds: 60, until, unless }), /etcd has ended/)
  })
})
