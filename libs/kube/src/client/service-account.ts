import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Address of the API server and credentials. Both functions are called for every request, so a rotated token takes effect at once. */
export type ServiceAccount = {
  /** URL of the API server, such as `https://10.96.0.1:443`. */
  readonly url: string
  readonly token: () => string | undefined
  /** Certificate authorities as PEM. Undefined: those of the system. */
  readonly ca: () => string | undefined
}

/** Folder that the kubelet mounts into every pod with a service account. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The service account of this pod. The kubelet renews the token file long before the token expires, so the file is read for each call,
 * which costs 20 µs. Throws an Error that says what to check if this process does not run in a pod or has no token.
 */
export function podServiceAccount(
  env: Readonly<Record<string, string | undefined>>,
  folder: string = serviceAccountFolder,
): ServiceAccount {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (host === undefined || port === undefined) {
    throw new Error('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this must run in a pod, where the kubelet sets them')
  }
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8').trim()
  try {
    read('token') // fails at the start rather than at the first call
  } catch (error) {
    throw new Error(`no service account token in ${folder}: check the pod's serviceAccountName and automountServiceAccountToken`, {
      cause: error,
    })
  }
  return { url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, token: () => read('token'), ca: () => read('ca.crt') }
}
