import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { type ApiServer, collectionPath, type KubeObject, statusOf } from '../src'

type Definition = KubeObject & {
  readonly kind: string
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}
const definitions = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }

/** Creates the CustomResourceDefinitions in these YAML files and waits until they are served. */
export async function createCrds(api: ApiServer, files: readonly string[]): Promise<void> {
  const crds = files
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Definition | null))
    .filter((object) => object !== null)
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
  for (const body of crds) {
    const answer = await api.request({ method: 'POST', path: collectionPath(definitions), body })
    if (answer.status !== 201) throw new Error(`${body.metadata.name}: ${statusOf(answer).message}`)
  }
  await Promise.all(crds.map(({ metadata }) => established(api, metadata.name)))
}

async function established(api: ApiServer, name: string): Promise<void> {
  for (;;) {
    const { body } = await api.request({ method: 'GET', path: `${collectionPath(definitions)}/${name}` })
    const { status } = body as Definition
    if (status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A token of the service account that is valid for so many seconds, at least 600. Creates namespace and account if missing. */
export async function serviceAccountToken(api: ApiServer, namespace: string, name: string, seconds = 3600): Promise<string> {
  await create(api, '/api/v1/namespaces', { metadata: { name: namespace } })
  await create(api, `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } })
  const answer = await api.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { spec: { expirationSeconds: seconds } },
  })
  if (answer.status !== 201) throw new Error(statusOf(answer).message)
  return (answer.body as { status: { token: string } }).status.token
}

async function create(api: ApiServer, path: string, body: object): Promise<void> {
  const answer = await api.request({ method: 'POST', path, body })
  if (answer.status !== 201 && answer.status !== 409) throw new Error(statusOf(answer).message)
}
