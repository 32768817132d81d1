import { apiConformance, SimApiServer } from '@loadstone/kube/testing'

const kind = (plural: string, name: string, namespaced = true) => ({ group: '', version: 'v1', plural, kind: name, namespaced })

apiConformance('SimApiServer', () => {
  const api = new SimApiServer([kind('namespaces', 'Namespace', false), kind('configmaps', 'ConfigMap'), kind('services', 'Service')])
  return { api, forget: async () => api.forget() }
})
