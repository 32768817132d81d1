import { type Family, familyOf, type Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import { type Note, note } from '../model/reasons'
import type { Port, Service } from '../model/world'
import type { Usage } from './outcome'

type Holding = { readonly services: Set<Service>; readonly ports: Map<string, Service> }

const portText = ({ protocol, port }: Port): string => `${protocol}/${port}`

/** Which Services hold and share each address. A lookup takes constant time, however many addresses are in use. */
export class AddressTable {
  readonly #elsewhere: ReadonlyMap<Ip, ServiceKey>
  readonly #held = new Map<Ip, Holding>()
  /** Addresses that may be shared, by pool, family, sharing key and backend. */
  readonly #shared = new Map<string, Ip[]>()
  /** Number of addresses of such a list that are known to be unavailable for a set of ports. */
  readonly #tried = new Map<string, number>()
  readonly #usage = new Map<string, Record<Family, number>>()

  readonly #promised: ReadonlyMap<Ip, ServiceKey>

  /**
   * @param elsewhere addresses of Services that are not ours to serve, and who has them.
   * @param promised addresses that a Service may have by a write without an answer.
   */
  constructor(elsewhere: ReadonlyMap<Ip, ServiceKey>, promised: ReadonlyMap<Ip, ServiceKey>) {
    this.#elsewhere = elsewhere
    this.#promised = promised
  }

  isFree(ip: Ip): boolean {
    return !this.#held.has(ip) && !this.#elsewhere.has(ip) && !this.#promised.has(ip)
  }

  get usage(): ReadonlyMap<string, Usage> {
    return this.#usage
  }

  /**
   * Why the Service may not have the address, if it may not. Who `standing` holds it already and was not edited since is judged as
   * MetalLB would, to whom namespaces do not matter.
   */
  objection(service: Service, ip: Ip, standing = false): Note | undefined {
    return this.#promisedToOther(service, ip) ?? this.#objectionOfHolders(service, ip, standing)
  }

  #objectionOfHolders(service: Service, ip: Ip, standing: boolean): Note | undefined {
    const holding = this.#held.get(ip)
    const [holder] = holding?.services ?? []
    if (holding === undefined || holder === undefined) return standing ? undefined : this.#takenElsewhere(ip)
    const why = whyNotTogether(service, holder, standing)
    if (why !== undefined) return note('AddressInUse', `${ip} is in use by the Service ${holder.key}; ${why}.`)
    const port = service.ports.map(portText).find((text) => holding.ports.has(text))
    if (port === undefined) return undefined
    return note(
      'PortInUse',
      `Port ${port} of ${ip} is in use by the Service ${holding.ports.get(port)?.key}; use another port or another address.`,
    )
  }

  #promisedToOther({ key, ips }: Service, ip: Ip): Note | undefined {
    const other = this.#promised.get(ip)
    if (other === undefined || other === key || ips.includes(ip)) return undefined
    return note('AddressInUse', `${ip} is about to be given to the Service ${other}, whose status could not be written yet.`)
  }

  #takenElsewhere(ip: Ip): Note | undefined {
    const other = this.#elsewhere.get(ip)
    const message = `${ip} is in the status of the Service ${other}, which another controller serves; use another address, or clear that status.`
    return other === undefined ? undefined : note('AddressInUse', message)
  }

  take(service: Service, ips: readonly Ip[], pool: string): void {
    for (const ip of ips) {
      const holding = this.#held.get(ip) ?? this.#open(service, ip, pool)
      holding.services.add(service)
      for (const port of service.ports) holding.ports.set(portText(port), service)
    }
  }

  release(service: Service, ips: readonly Ip[], pool: string): void {
    for (const ip of ips) {
      const holding = this.#held.get(ip)
      if (holding?.services.delete(service) !== true) continue
      for (const port of service.ports) holding.ports.delete(portText(port))
      if (holding.services.size > 0) continue
      this.#held.delete(ip)
      this.#count(pool, familyOf(ip), -1)
    }
  }

  /** The first used address that the Service may share. */
  shareable(service: Service, pool: string, family: Family): Ip | undefined {
    const group = groupOf(service, pool, family)
    const list = group === undefined ? undefined : this.#shared.get(group)
    if (list === undefined) return undefined
    const attempt = `${group} ${service.ports.map(portText).join()}`
    for (let i = this.#tried.get(attempt) ?? 0; i < list.length; i++) {
      this.#tried.set(attempt, i)
      const ip = list[i] as Ip
      if (this.#held.has(ip) && this.objection(service, ip) === undefined) return ip
    }
    return undefined
  }

  #open(service: Service, ip: Ip, pool: string): Holding {
    const holding: Holding = { services: new Set(), ports: new Map() }
    this.#held.set(ip, holding)
    this.#count(pool, familyOf(ip), 1)
    const group = groupOf(service, pool, familyOf(ip))
    const list = group === undefined ? undefined : this.#shared.get(group)
    if (list !== undefined) list.push(ip)
    else if (group !== undefined) this.#shared.set(group, [ip])
    return holding
  }

  #count(pool: string, family: Family, by: number): void {
    const usage = this.#usage.get(pool) ?? { ipv4: 0, ipv6: 0 }
    usage[family] += by
    this.#usage.set(pool, usage)
  }
}

function whyNotTogether(service: Service, holder: Service, standing: boolean): string | undefined {
  if (service.shareKey === undefined || holder.shareKey !== service.shareKey) {
    return 'to share it, give both the same value in the annotation metallb.io/allow-shared-ip'
  }
  const backendOf = ({ backendKey }: Service): string => (standing ? backendKey.slice(backendKey.indexOf('/') + 1) : backendKey)
  if (holder.local === service.local && backendOf(holder) === backendOf(service)) return undefined
  return 'Services share an address only if all have externalTrafficPolicy Cluster, or all have Local, one namespace and the same selector'
}

const groupOf = ({ shareKey, backendKey }: Service, pool: string, family: Family): string | undefined =>
  shareKey === undefined ? undefined : JSON.stringify([pool, family, shareKey, backendKey])
