// A candidate for leadership, in a contest of that name. Says when it leads and when it stops; gives the lease back when told to end.
import { readFileSync } from 'node:fs'
import { systemClock, wallTime } from '@loadstone/clock'
import { httpsApiServer } from '@loadstone/kube'
import { LeaseElection } from '@loadstone/kube/leases'

const [, , url = '', token = '', caFile = '', identity = '', contest = 'contest'] = process.argv
const ca = readFileSync(caFile, 'utf8')
const election = new LeaseElection({
  api: httpsApiServer({ account: { url, token: () => token, ca: () => ca }, clock: systemClock }),
  clock: systemClock,
  wallTime,
  random: Math.random,
  namespace: 'default',
  name: contest,
  identity,
  onChange: (leading, why) => console.log(`${leading ? 'leads' : 'stops'} ${why}`),
})
election.start()
process.on('SIGTERM', () => void election.stop().then(() => process.exit(0)))
