import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { podServiceAccount } from '../../src'

const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }

function inFolder(files: Readonly<Record<string, string>>, run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'access-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  try {
    run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a pod finds the API server in its environment, in IPv6 clusters, too', () => {
  inFolder({ token: 't\n', 'ca.crt': 'c\n' }, (folder) => {
    const access = podServiceAccount(env, folder)
    assert.deepEqual([access.url, access.token(), access.ca()], ['https://10.96.0.1:443', 't', 'c'])
    assert.equal(podServiceAccount({ ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder).url, 'https://[fd00::1]:443')
  })
})

test('what the kubelet renews on disk is what the next call uses', () => {
  inFolder({ token: 'old', 'ca.crt': 'old' }, (folder) => {
    const access = podServiceAccount(env, folder)
    for (const name of ['token', 'ca.crt']) writeFileSync(join(folder, name), 'new')
    assert.deepEqual([access.token(), access.ca()], ['new', 'new'])
  })
})

test('where this is no pod, or one without a token, it says so and what to check', () => {
  assert.throws(() => podServiceAccount({}), /must run in a pod/)
  inFolder({}, (folder) => assert.throws(() => podServiceAccount(env, folder), /check the pod's serviceAccountName/))
})
