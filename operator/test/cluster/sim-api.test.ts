import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type ApiServer, ApiUnreachable } from '@loadstone/kube'
import { SimClock } from '@loadstone/sim'
import { buildWorld } from '../../src/observe/observe'
import type { ServiceWrite } from '../../src/publish/write'
import { service } from '../objects'
import { clusterConformance } from './cluster-conformance'
import { People } from './people'
import { SimAccess, settled, simApi } from './sim-api'

/** The simulated API server with faults of the network and of a webhook. */
function world() {
  const api = simApi()
  const clock = new SimClock()
  const faults = { away: false, refused: '', lost: new Set<string>() }
  const faulty: ApiServer = {
    watch: (call) => api.watch(call),
    close: () => api.close(),
    request: async (call) => {
      if (faults.away) throw new ApiUnreachable('not-connected', 'nobody answers')
      const parts = call.path.split('/')
      const isStatus = parts.at(-1) === 'status'
      const name = parts.at(isStatus ? -2 : -1) ?? ''
      if (isStatus && name === faults.refused) return { status: 422, body: { message: 'no' } }
      const answer = await api.request(call)
      if (faults.lost.delete(name)) throw new ApiUnreachable('broken', 'the connection broke')
      return answer
    },
  }
  const access = new SimAccess({ api: faulty, clock, random: () => 0.5 })
  /** Time passes until it is done. */
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    let ended = false
    void promise.finally(() => {
      ended = true
    })
    for (let i = 0; i < 600; i++) {
      await settled()
      if (ended) break
      clock.advance(100)
    }
    return promise
  }
  return { api, clock, faults, access, done, people: new People(() => api) }
}

clusterConformance('ApiCluster before SimApiServer', () => {
  const { api, clock, faults, access, done, people } = world()
  const caughtUp = async (): Promise<void> => {
    await settled()
    clock.advance(0)
    await settled()
  }
  return {
    put: async (object) => {
      await people.edit(object)
      await caughtUp()
    },
    remove: async (kind, name) => {
      await people.remove(kind, name)
      await caughtUp()
    },
    perform: async (write) => {
      const result = await done(access.cluster.perform(write))
      await caughtUp()
      return result
    },
    find: (kind, name) => people.find(kind, name),
    world: async () => {
      await caughtUp()
      return buildWorld(access.cluster.observe().observed)
    },
    lag: async () => {
      await caughtUp()
      api.lag(true)
    },
    catchUp: async () => {
      api.lag(false)
      await caughtUp()
    },
    refuse: async (_kind, name) => {
      faults.refused = name
    },
    allow: async () => {
      faults.refused = ''
    },
    loseAnswer: (_kind, name) => void faults.lost.add(name),
    away: (away) => {
      faults.away = away
    },
  }
})

test('a status that is refused is an event of its Service, and counts as refused', async () => {
  const { clock, faults, access, people, done } = world()
  await people.edit(service('web'))
  await settled()
  clock.advance(0)
  faults.refused = 'web'
  const [web] = buildWorld(access.cluster.observe().observed).services
  const { namespace, name, uid, resourceVersion } = web!.meta
  const nothing = { ips: [], pool: undefined, memory: undefined, summary: undefined, conditions: [], events: [] }
  const write: ServiceWrite = { do: 'service-status', service: { namespace, name, uid }, resourceVersion, ...nothing }
  assert.equal(await done(access.cluster.perform(write)), 'refused')
  assert.deepEqual(access.events, ['StatusNotWritten: The API server does not take the status of the Service, so it stays as it is. no'])
})
