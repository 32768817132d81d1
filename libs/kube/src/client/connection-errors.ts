import { ApiUnreachable, type Unreachable } from './api-server'

type Diagnosis = { readonly problem: Unreachable; readonly words: string }

/** Explanations by error code. With each of these codes connecting failed, so the server has not acted. */
const connecting: Readonly<Record<string, string>> = {
  ENOENT: 'a file with our credentials is missing',
  EACCES: 'a file with our credentials may not be read',
  ECONNREFUSED: 'nothing listens there; is the API server running?',
  EHOSTUNREACH: 'no route to it; check the network between this pod and the control plane',
  ENETUNREACH: 'no route to it; check the network between this pod and the control plane',
  ENOTFOUND: 'its name does not resolve; check DNS or use its address',
  EAI_AGAIN: 'DNS does not answer',
  ETIMEDOUT: 'the connection attempt was never answered; a firewall?',
  UND_ERR_CONNECT_TIMEOUT: 'the connection attempt was never answered; a firewall?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the CA we were given',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the CA we were given',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the CA we were given',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by the CA we were given',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is not for this address',
}

/** Converts any error of an HTTP client. `cause` has priority, because a call ended by us looks like a broken connection. */
export function asUnreachable(error: unknown, cause: ApiUnreachable | undefined, what: string): ApiUnreachable {
  if (cause !== undefined) return new ApiUnreachable(cause.problem, `${what}: ${cause.message}`)
  if (error instanceof ApiUnreachable) return new ApiUnreachable(error.problem, `${what}: ${error.message}`)
  const { problem, words } = diagnose(error)
  return new ApiUnreachable(problem, `${what}: ${words}`)
}

function diagnose(error: unknown): Diagnosis {
  if (error instanceof RangeError) return { problem: 'malformed', words: error.message }
  const code = codeOf(error)
  const known = connecting[code]
  if (known !== undefined) return { problem: 'not-connected', words: `${known} (${code})` }
  const said = error instanceof Error ? error.message : String(error)
  return { problem: 'broken', words: `the connection broke (${code === '' ? said : `${code}: ${said}`})` }
}

/** The code of the error, or else of the error it wraps: its `cause`, or the first one of an AggregateError. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  return codeOf(cause ?? errors?.[0])
}
