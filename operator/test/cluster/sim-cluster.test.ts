import { clusterConformance } from './cluster-conformance'
import { SimCluster } from './sim-cluster'

clusterConformance('SimCluster', () => {
  const cluster = new SimCluster()
  const keyOf = (kind: string, name: string) => `${kind}/${kind === 'Service' ? 'default' : 'metallb-system'}/${name}`
  return {
    put: async (api) => cluster.put(api),
    remove: async (kind, name) => cluster.remove(keyOf(kind, name)),
    perform: async (write) => cluster.perform(write),
    find: async (kind, name) => cluster.objects.get(keyOf(kind, name)),
    world: async () => cluster.world(),
    lag: async () => cluster.lag(),
    catchUp: async () => cluster.catchUp(),
    refuse: async (kind, name) => void cluster.faults.refused.add(`${kind}/${name}`),
    allow: async () => cluster.faults.refused.clear(),
    loseAnswer: (kind, name) => void cluster.faults.lost.add(`${kind}/${name}`),
    away: (away) => {
      cluster.faults.away = away
    },
  }
})
