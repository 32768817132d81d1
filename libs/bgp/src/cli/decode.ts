import { captureOf, isCapture, UnreadableInput } from '../capture/capture'
import { type DescribedMessage, describe, openOf, type Reading, readingOf } from '../capture/describe'
import { type Found, messagesOf, type StreamProblem } from '../capture/messages'
import { isKnownLink, segmentOf } from '../capture/segment'
import { type CapturedConnection, connectionsOf } from '../capture/streams'
import { type Arguments, numberOr } from './arguments'
import { type LocatedMessage, messageInWords } from './message-words'
import { asJson } from './report'

/** Lines to print, a message each; and what could not be read, in words. */
export type Decoded = { readonly lines: readonly string[]; readonly problems: readonly string[] }

/** What the command line reads from. */
type Source = {
  readonly stdin: () => Promise<Uint8Array>
  readonly file: (path: string) => Uint8Array
  readonly exists: (path: string) => boolean
}

/** `decode` with its arguments: a file, or hex in any number of words, or either of them on standard input. Throws UsageError. */
export async function decodeCommand({ values, rest }: Arguments, source: Source): Promise<Decoded> {
  const how = { json: values.json ?? false, port: numberOr('port', values.port) ?? 179 }
  try {
    return decodeInput(await inputOf(rest, source), how)
  } catch (error) {
    if (!(error instanceof UnreadableInput || isOfSystem(error))) throw error
    return { lines: [], problems: [error.message] }
  }
}

const isOfSystem = (error: unknown): error is NodeJS.ErrnoException => (error as Partial<NodeJS.ErrnoException>).syscall !== undefined

async function inputOf(words: readonly string[], { stdin, file, exists }: Source): Promise<Uint8Array> {
  const [first = '-', ...more] = words
  if (first === '-') return stdin()
  return more.length === 0 && (exists(first) || hexOf(first) === undefined) ? file(first) : Buffer.from(words.join(' '))
}

/** Octets of a capture, or hex text, to lines. Throws UnreadableInput for what is neither, or has no message in it. */
function decodeInput(input: Uint8Array, { json, port }: { readonly json: boolean; readonly port: number }): Decoded {
  const { said, problem } = isCapture(input) ? inCapture(input, port) : { said: inHex(input), problem: undefined }
  const inWords = said.flatMap(problemOf)
  return {
    lines: said.flatMap((one) => (json ? [asJson({ ...one.at, ...one.what })] : messageInWords(one))),
    problems: problem === undefined ? inWords : [...inWords, problem],
  }
}

/** A message that began before the capture is not a problem of the file. */
function problemOf({ at, what }: LocatedMessage): readonly string[] {
  const where = at === undefined ? '' : `packet ${at.frame}: `
  if ('malformed' in what) return [`${where}${what.type}: ${what.malformed}`]
  return 'problem' in what && what.type !== 'SKIPPED' ? [`${where}${what.problem}`] : []
}

function inHex(input: Uint8Array): readonly LocatedMessage[] {
  const octets = octetsOf(Buffer.from(input).toString('latin1'))
  const run = { missing: 0, whole: true, octets, arrivals: [] }
  return messagesOf({ runs: [run], missing: 0, lastFrame: 0 }).map((found) => ({ what: contentOf(found) }))
}

/** Hex digits in pairs, as people have them: with white space, commas and `0x`, or colons between the octets. Undefined for other text. */
function hexOf(text: string): string | undefined {
  const words = text.split(/[\s,]+|0x|:(?=[0-9a-f])/i).filter((word) => word !== '')
  const isHex = words.length > 0 && words.every((word) => word.length % 2 === 0 && !/[^0-9a-f]/i.test(word))
  return isHex ? words.join('') : undefined
}

function octetsOf(text: string): Uint8Array {
  const digits = hexOf(text)
  if (digits === undefined) throw new UnreadableInput('this is neither hex (pairs of digits and nothing else) nor a pcap or pcapng file')
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** Messages of all connections in the order in which they were complete. */
function inCapture(file: Uint8Array, port: number): { readonly said: readonly LocatedMessage[]; readonly problem: string | undefined } {
  const { packets, problem } = captureOf(file)
  const segments = packets.flatMap((packet) => segmentOf(packet) ?? [])
  const said = connectionsOf(segments, port)
    .flatMap(inConnection)
    .toSorted((a, b) => (a.at?.frame ?? 0) - (b.at?.frame ?? 0))
  if (said.length > 0) return { said, problem }
  const strange = packets.find(({ link }) => !isKnownLink(link))
  const why =
    strange === undefined ? `try another --port` : `packet ${strange.frame} is of link type ${strange.link}, which is not understood`
  const counts = `${packets.length} packets, ${segments.length} of TCP`
  throw new UnreadableInput(problem ?? `no BGP on port ${port} in this capture (${counts}): ${why}`)
}

function inConnection(connection: CapturedConnection): readonly LocatedMessage[] {
  const streams = connection.map((stream) => ({ ...stream, found: messagesOf(stream) }))
  const offers = streams.map(({ found }) => openOf(found.flatMap((one) => ('message' in one ? [one.message] : []))))
  return streams.flatMap(({ from, to, found }, i) => {
    const reading = readingOf(offers[i], offers[1 - i])
    return found.map((one) => ({ at: { frame: one.frame, from, to }, what: contentOf(one, reading) }))
  })
}

const contentOf = (found: Found, reading?: Reading): DescribedMessage | StreamProblem =>
  'message' in found ? describe(found.message, reading) : found.trouble
