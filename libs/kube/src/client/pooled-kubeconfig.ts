import type { Agent as HttpsAgent } from 'node:https'
import { isDeepStrictEqual } from 'node:util'
import { type Cluster, type DispatcherOptions, KubeConfig, type RequestContext } from '@kubernetes/client-node'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'

/** A watch keeps a connection to itself; a write needs one for as long as it is in flight. More than that wait for their turn. */
const limits = { connections: 96, keepAliveTimeout: 30_000, keepAliveMaxTimeout: 60_000 } as const
/** The kernel asks a silent peer after so long, and then once a second for ten seconds. */
const keepAliveInitialDelay = 15_000

/**
 * A KubeConfig whose calls share one pool of connections. client-node 2.0.1 makes a new pool, and so a new TLS connection, for every
 * call. When credentials on disk change, the pool is made anew and the old one closes as its calls end.
 */
export class PooledKubeConfig extends KubeConfig {
  #wanted: DispatcherOptions | undefined
  #pool: { readonly options: DispatcherOptions; readonly dispatcher: Dispatcher } | undefined

  /** Says 'none' to the base class, which then makes no pool of its own. A SOCKS proxy is left to it. */
  override createDispatcherOptions(cluster: Cluster | null, agentOptions: HttpsAgent['options']): DispatcherOptions {
    const options = super.createDispatcherOptions(cluster, agentOptions)
    this.#wanted = options.type === 'socks' ? undefined : options
    return options.type === 'socks' ? options : { type: 'none' }
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context)
    if (this.#wanted !== undefined) context.setDispatcher(this.#dispatcherFor(this.#wanted))
  }

  /** Ends all connections, at once. */
  async closeConnections(): Promise<void> {
    await this.#pool?.dispatcher.destroy()
    this.#pool = undefined
  }

  #dispatcherFor(options: DispatcherOptions): Dispatcher {
    if (this.#pool === undefined || !isDeepStrictEqual(this.#pool.options, options)) {
      void this.#pool?.dispatcher.close()
      this.#pool = { options, dispatcher: dispatcherOf(options) }
    }
    return this.#pool.dispatcher
  }
}

/** The same options; the two packages' types differ in whether undefined may be spelt out. */
type Connect = NonNullable<NonNullable<ConstructorParameters<typeof Agent>[0]>['connect']>

function dispatcherOf(options: DispatcherOptions): Dispatcher {
  switch (options.type) {
    case 'agent':
      return new Agent({ ...limits, connect: { ...options.connect, keepAliveInitialDelay } as Connect })
    case 'proxy': {
      const { uri, requestTls, connect } = options
      return new ProxyAgent({ ...limits, uri, requestTls: requestTls as object, connect: connect as Connect })
    }
    default:
      return new Agent(limits)
  }
}
