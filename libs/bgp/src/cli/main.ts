#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import type { PeerEvents } from '../events'
import { Listener } from '../listener'
import { Peer } from '../peer'
import { type Arguments, argumentsOf, peerOptionsOf, routeOf, UsageError, usage } from './arguments'
import { obey } from './control'
import { decodeCommand } from './decode'
import { type EventTexts, inJson, inWords } from './report'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

function listen(peer: Peer, names: readonly (keyof PeerEvents)[], json: boolean): void {
  const tell = <Name extends keyof PeerEvents>(name: Name): void => {
    peer.on(name, (event) => {
      for (const line of json ? [inJson(name, event)] : (inWords as EventTexts)[name](event)) print(line)
    })
  }
  for (const name of names) tell(name)
}

const spoken = ['state', 'established', 'failed', 'told'] as const

function speak(words: Arguments, monitor: boolean): void {
  const { values, rest } = words
  const file = values['md5-file']
  const peer = new Peer(peerOptionsOf(words, file === undefined ? undefined : readFileSync(file, 'utf8')))
  listen(peer, monitor ? [...spoken, 'update'] : spoken, values.json ?? false)
  // led by a program, the routes are known when it says so: until then End-of-RIB waits
  if (rest.length > 0 || values.control !== true) peer.setRoutes(rest.map(routeOf))
  if (values.control === true) takeCommands(peer)
  if (values.listen === true || values.passive === true) listenFor(peer)
  const leave = (): void => void peer.stop({ reason: values.reason ?? '' }).then(() => process.exit(0))
  process.once('SIGINT', leave)
  process.once('SIGTERM', leave)
  peer.start()
}

function listenFor(peer: Peer): void {
  new Listener({}, [peer]).open().catch((error: Error) => {
    process.stderr.write(`bgp-js: cannot listen: ${error.message}\n`)
    process.exit(1)
  })
}

function takeCommands(peer: Peer): void {
  const answer = async (line: string): Promise<void> => {
    const done = await obey(peer, line)
    if (done !== undefined) print(inJson(done.event, done.content))
  }
  createInterface({ input: process.stdin }).on('line', (line) => {
    answer(line).catch((error: Error) => print(inJson('misunderstood', { message: error.message })))
  })
}

/** Exits with 1 when anything could not be read; the rest is printed all the same. */
async function decode(words: Arguments): Promise<void> {
  process.stdout.once('error', () => process.exit(1)) // the reader closed its end, as head does
  const { lines, problems } = await decodeCommand(words, { stdin: () => buffer(process.stdin), file: readFileSync, exists: existsSync })
  for (const line of lines) print(line)
  for (const problem of problems) complain(problem, 1)
}

const commands: Readonly<Record<string, (words: Arguments) => void | Promise<void>>> = {
  speak: (words) => speak(words, false),
  monitor: (words) => speak(words, true),
  decode,
}

function complain(message: string, exitCode: number): void {
  process.stderr.write(`bgp-js: ${message}\n`)
  process.exitCode = exitCode
}

async function main(): Promise<void> {
  try {
    const words = argumentsOf(process.argv.slice(2))
    const command = commands[words.command]
    if (command !== undefined) return await command(words)
    print(usage)
    process.exitCode = words.values.help === true ? 0 : 2
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof RangeError)) throw error
    complain(error.message, 2)
  }
}

void main()
