import type { Agent as HttpsAgent } from 'node:https'
import { isDeepStrictEqual } from 'node:util'
import { type Cluster, type DispatcherOptions, KubeConfig, type RequestContext } from '@kubernetes/client-node'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'

/** A watch occupies a connection, a write does while it is in flight. Calls beyond 96 connections wait. */
const limits = { connections: 96, keepAliveTimeout: 30_000, keepAliveMaxTimeout: 60_000 } as const
/** TCP keepalive: the kernel probes a silent peer after this time, then once a second for ten seconds. */
const keepAliveInitialDelay = 15_000

/**
 * A KubeConfig whose calls share one pool of connections. client-node 2.0.1 makes a new pool, and so a new TLS connection, for every
 * call. When credentials on disk change, a new pool replaces the old one, which closes as its calls end.
 */
export class PooledKubeConfig extends KubeConfig {
  #wanted: DispatcherOptions | undefined
  #pool: { readonly options: DispatcherOptions; readonly dispatcher: Dispatcher } | undefined

  /** Returns 'none', so that the base class makes no pool of its own. A SOCKS proxy is left to the base class. */
  override createDispatcherOptions(cluster: Cluster | null, agentOptions: HttpsAgent['options']): DispatcherOptions {
    const options = super.createDispatcherOptions(cluster, agentOptions)
    this.#wanted = options.type === 'socks' ? undefined : options
    return options.type === 'socks' ? options : { type: 'none' }
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context)
    if (this.#wanted !== undefined) context.setDispatcher(this.#dispatcherFor(this.#wanted))
  }

  /** Ends all connections at once; calls in flight fail. */
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

/** Connect options of undici. client-node's type differs only in allowing explicit undefined. */
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
