import type { ApiAnswer, ApiCall, ApiServer, WatchEvent } from './api-server'
import type { KubeObject } from './object'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const leaving = 'its CustomResourceDefinition is being deleted, and the objects with it'

/**
 * Answers 404 for a custom kind whose CustomResourceDefinition is being deleted. The API server first deletes all objects of such a
 * kind, which a watch cannot tell from a user deleting them, and stops serving the kind afterwards. Before a list or a DELETED event
 * is passed on, the definition is read. This needs `get` on customresourcedefinitions; without that right nothing is checked.
 */
export function withDefinitionCheck(api: ApiServer): ApiServer {
  async function* watch(call: ApiCall): AsyncGenerator<WatchEvent> {
    const definition = definitionOf(call.path)
    for await (const event of api.watch(call)) {
      if (event.type === 'DELETED' && definition !== undefined && (await isLeaving(api, definition))) {
        yield { type: 'ERROR', object: { code: 404, reason: 'NotFound', message: leaving } }
        return
      }
      yield event
    }
  }

  async function request(call: ApiCall): Promise<ApiAnswer> {
    const answer = await api.request(call)
    const definition = call.method === 'GET' ? definitionOf(call.path) : undefined
    if (definition === undefined || answer.status !== 200 || !(await isLeaving(api, definition))) return answer
    return { status: 404, body: { kind: 'Status', reason: 'NotFound', message: leaving } }
  }

  return { request, watch, close: () => api.close() }
}

/** Name of the definition of the kind in this path; undefined for a built-in kind. */
function definitionOf(path: string): string | undefined {
  const [, group, plural] = /^\/apis\/([^/]+\.[^/]+)\/[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)$/.exec(path) ?? []
  return group === undefined || group.endsWith('.k8s.io') ? undefined : `${plural}.${group}`
}

async function isLeaving(api: ApiServer, definition: string): Promise<boolean> {
  const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
  const { status, body } = await api.request({ method: 'GET', path: `${definitions}/${definition}`, accept })
  return status === 404 || (status === 200 && (body as KubeObject).metadata.deletionTimestamp !== undefined)
}
