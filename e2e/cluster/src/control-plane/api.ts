import { request } from 'node:http'

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export type ApiOptions = { readonly body?: unknown; readonly contentType?: string; readonly timeoutSeconds?: number }

/**
 * One request to the API server as administrator, over the proxy's Unix socket: milliseconds, where kubectl takes tenths of
 * a second of processor time. The answer is what the server says; that it has type T is the caller's knowledge.
 */
export function callApi<T>(socketPath: string, method: string, path: string, options: ApiOptions = {}): Promise<T> {
  const { body, contentType = 'application/json', timeoutSeconds = 30 } = options
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', accept: 'application/json', ...(body === undefined ? {} : { 'content-type': contentType }) }
    const call = request({ socketPath, method, path, headers, timeout: timeoutSeconds * 1000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        const status = response.statusCode ?? 0
        if (status >= 300) reject(new ApiError(status, `${method} ${path}: ${status} ${messageOf(text)}`))
        else resolve((response.headers['content-type']?.includes('json') ? JSON.parse(text) : text) as T)
      })
    })
    call.once('timeout', () => call.destroy(new Error(`${method} ${path}: no answer within ${timeoutSeconds} s`)))
    call.once('error', reject)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The API server explains itself in a Status object; the proxy in a line of text. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    return text.trim()
  }
}
