import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { endBody, inNetns, role, startRole } from '../../testing'

// What a test by `inNetns` proves rests on these.

const { NETNS_TEST: insideBundle } = process.env
const self = (title: string): { readonly code: number; readonly proof: string } => {
  const script = 'node --enable-source-maps "$0" 3>&1 1>/dev/null 2>&1; echo " ended with $?"'
  const said = execFileSync('sh', ['-c', script, __filename], {
    encoding: 'utf8',
    env: { ...process.env, NETNS_TEST: title, NETNS_NONCE: 'proof' },
  })
  const [, proof = '', code] = /^(.*) ended with (\d+)\n$/.exec(said) ?? []
  return { code: Number(code), proof }
}
/** Bodies that are not tests of their own: they run only when `self` starts the bundle again. */
function body(title: string, run: () => Promise<void> | void): void {
  if (insideBundle === title) inNetns(title, run)
}

body('never settles', () => new Promise(() => {}))
body('exits in the middle', () => process.exit(0))
body('fails', () => assert.fail('as it should'))
body('runs to its end', () => Promise.resolve())
body('ends itself', () => endBody())

inNetns('a body that never settles proves nothing, though its process ends by itself', () => {
  assert.equal(self('never settles').proof, '')
})
inNetns('a body whose process ends in its middle proves nothing', () => {
  assert.deepEqual(self('exits in the middle'), { code: 0, proof: '' })
})
inNetns('a body that fails proves nothing and ends with another code', () => {
  assert.deepEqual(self('fails'), { code: 1, proof: '' })
})
inNetns('a body that ran to its end proves it, also when it ends its process', () => {
  assert.deepEqual(
    [self('runs to its end'), self('ends itself')],
    [
      { code: 0, proof: 'proof' },
      { code: 0, proof: 'proof' },
    ],
  )
})
inNetns('a title and a role that the bundle does not hold end with code 64 and are named', async () => {
  assert.equal(self('renamed').code, 64)
  const { code, output } = await startRole('renamed')
  assert.equal(code, 64)
  assert.match(output, /no role "renamed" is in /)
})
role('one that says nothing', () => {})
inNetns('a role ends with 0 when its body did', async () => {
  assert.deepEqual(await startRole('one that says nothing'), { code: 0, signal: null, output: '' })
})
