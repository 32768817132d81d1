import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Address of the API server and credentials. Both functions are called for every request, so a rotated token takes effect at once. */
export type ServiceAccount = {
  /** Such as `https://10.96.0.1:443`. */
  readonly url: string
  readonly token: () => string | undefined
  /** PEM. Undefined: the system's certificate authorities. */
  readonly ca: () => string | undefined
}

/** What the kubelet mounts into every pod with a service account. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * As a pod. The kubelet renews the token in its file long before it runs out; reading it per call costs 20 µs and needs no timer.
 * Throws in words when this is no pod.
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
    read('token') // fail now, where somebody looks, rather than at the first call
  } catch (error) {
    throw new Error(`no service account token in ${folder}: check the pod's serviceAccountName and automountServiceAccountToken`, {
      cause: error,
    })
  }
  return { url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, token: () => read('token'), ca: () => read('ca.crt') }
}
