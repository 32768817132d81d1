import assert from 'node:assert/strict'
import { type Host, until } from '../../lab/host'
import type { RouterName } from '../../matrix/daemons'
import type { BgpRouter, Make, SeenRoute, Setup } from '../../routers/router'
import { BgpSpeaker, type SpokenRoute } from '../speaker'

/** Two hosts on one cable, fresh for every cell. */
export type BgpStage = {
  readonly us: Host
  readonly them: Host
  readonly make: Make
  /** Starts the router: AS 65002 on 10.99.0.2, our speaker AS 65001 on 10.99.0.1, unless changed. */
  router(change?: Partial<Setup>): Promise<BgpRouter>
  /** Starts our speaker against it; later options win. */
  speaker(...options: readonly string[]): BgpSpeaker
}

/** Why a router lacks a feature, and a test that shows it, which fails once a later version has the feature. */
export type Lack = { readonly because: string; readonly shown: (stage: BgpStage) => Promise<void> }

/** One row of the matrix: a feature that must work with every router. */
export type Feature = {
  readonly title: string
  readonly lacks?: { readonly [name in RouterName]?: Lack }
  readonly run: (stage: BgpStage) => Promise<void>
}

const plainSetup: Setup = { as: 65002, neighborAs: 65001, local: '10.99.0.2', neighbors: ['10.99.0.1'], holdSeconds: 9 }
export const overIpv6: Partial<Setup> = { local: 'fd00:99::2', neighbors: ['fd00:99::1'] }
export const toIpv6 = ['--peer', 'fd00:99::2', '--router-id', '10.0.0.1'] as const

export const four: SpokenRoute = { prefix: '203.0.113.10/32' }
export const six: SpokenRoute = { prefix: '2001:db8:1::1/128' }

/** The router knows exactly these prefixes of the family. */
export const knows = (router: BgpRouter, family: 'ipv4' | 'ipv6', prefixes: readonly string[]): Promise<readonly SeenRoute[]> =>
  until(`the router to know ${prefixes.join(', ') || 'nothing'}`, 60, async () => {
    const routes = await router.routes(family)
    return JSON.stringify(routes.map(({ prefix }) => prefix).sort()) === JSON.stringify([...prefixes].sort()) ? routes : undefined
  })

/** Shows the lack by a session on which the capability is not negotiated. */
export const offersNo = (because: string, name: string, options: readonly string[] = []): Lack => ({
  because,
  shown: async (stage) => {
    const { agreed } = await together(stage, {}, options, [])
    assert.equal(agreed[name], false)
  },
})

/** A router and our speaker with a session between them, and routes announced. */
export async function together(stage: BgpStage, change: Partial<Setup>, options: readonly string[], routes: readonly SpokenRoute[]) {
  const router = await stage.router(change)
  const speaker = stage.speaker(...options)
  speaker.setRoutes(routes)
  const { agreed } = await speaker.next('established')
  return { router, speaker, agreed }
}

export const makeStage = (us: Host, them: Host, make: Make): BgpStage => ({
  us,
  them,
  make,
  router: (change = {}) => make.start(them, { ...plainSetup, ...change }),
  speaker: (...options) =>
    new BgpSpeaker(us, [
      ...['--peer', '10.99.0.2', '--peer-as', '65002', '--local-as', '65001', '--hold', '9', '--connect', '3'],
      ...['--next-hop', 'fd00:99:0::1', '--next-hop', '10.99.0.1'],
      ...options,
    ]),
})
