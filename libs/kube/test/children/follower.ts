// What a speaker does with the API server: three watches, and now and then a write. Says when all lists are whole.
import { readFileSync } from 'node:fs'
import { systemClock } from '@loadstone/clock'
import { httpsApiServer, type KubeObject, Reflector, type Resource } from '@loadstone/kube'
import { applyCall } from '@loadstone/kube/writes'

const [, , url = '', token = '', caFile = '', ...namespaces] = process.argv
const ca = readFileSync(caFile, 'utf8')
const api = httpsApiServer({ account: { url, token: () => token, ca: () => ca }, clock: systemClock })
const project = (object: KubeObject): unknown => object['data']

const reflectors = namespaces.map((namespace) => {
  const resource: Resource = { group: '', version: 'v1', plural: 'configmaps', namespace }
  const reflector = new Reflector({ api, resource, clock: systemClock, random: Math.random, project })
  reflector.onChange(() => {
    if (reflectors.every((each) => each.state().complete)) console.log(`whole ${reflectors.map((each) => each.objects().size).join(' ')}`)
  })
  return reflector
})
for (const reflector of reflectors) reflector.start()

const status: Resource = { group: '', version: 'v1', plural: 'configmaps', namespace: namespaces[0] ?? 'default' }
setInterval(() => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'status' }, data: { at: String(systemClock.now()) } }
  void api.request(applyCall(status, object, { fieldManager: 'follower' }))
}, 1_000)
process.on('SIGTERM', () => process.exit(0))
