import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import { httpsApiServer } from '@loadstone/kube'
import { apiConformance, serviceAccountToken, useApiServer } from '@loadstone/kube/testing'

const server = useApiServer()

test('a service account without rights is refused, in the words of the API server', async () => {
  const token = await serviceAccountToken(server().api, 'default', 'nobody')
  const api = httpsApiServer({ account: server().access(token), clock: systemClock })
  const answer = await api.request({ method: 'GET', path: '/api/v1/services' })
  assert.equal(answer.status, 403)
  await api.close()
})

apiConformance('kube-apiserver through httpsApiServer', () => ({
  api: server().api,
  forget: async () => {
    await server().compactEtcd()
    // The watch cache of kube-apiserver still has the compacted history; a new process does not.
    await server().stopApiServer()
    await server().startApiServer()
  },
}))
