import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type Codec, decodeExactly, encodeToBytes } from '../src/codec'
import { WireError } from '../src/errors'

export type Vector<T> = { readonly name: string; readonly hex: string; readonly value: T }

/** A vector is annotated hex: everything from '#' to the end of the line is for the reader. */
export function unhex(annotated: string): Uint8Array {
  return Uint8Array.from(Buffer.from(annotated.replaceAll(/#.*$/gm, '').replaceAll(/\s+/g, ''), 'hex'))
}

/** The three promises every codec makes: decodes the vector, encodes it back bit for bit, and rejects every cut of it. */
export function vectorTests<T>(title: string, codec: Codec<T>, vectors: readonly Vector<T>[]): void {
  for (const { name, hex, value } of vectors) {
    const wire = unhex(hex)
    test(`${title}: ${name} decodes`, () => assert.deepEqual(decodeExactly(codec, wire, title), value))
    test(`${title}: ${name} encodes`, () => assert.deepEqual(encodeToBytes(codec, value, title), wire))
    test(`${title}: ${name} rejects every proper prefix`, () => {
      for (let cut = 0; cut < wire.length; cut++) {
        assert.throws(() => decodeExactly(codec, wire.subarray(0, cut), title), WireError, `cut at ${cut}`)
      }
    })
  }
}
