import { Listener, Peer } from '../src'

/** Many sessions with one peer, one from each of our addresses, dialled and listened for. Prints how many are how far, at each change. */
const [address = '', peerAs = '', localAs = '', ...ours] = process.argv.slice(2)

const peers = ours.map((sourceAddress) => {
  const peer = new Peer({
    address,
    sourceAddress,
    peerAs: Number(peerAs),
    localAs: Number(localAs),
    routerId: sourceAddress,
    holdSeconds: 30,
    connectSeconds: 5,
  })
  void new Listener({ address: sourceAddress }, [peer]).open()
  return peer
})

let printed = ''
function report(): void {
  const states = peers.map((peer) => peer.status().state)
  const established = states.filter((state) => state === 'established').length
  const sent = states.filter((state) => state === 'open-sent').length
  const line = established > 0 ? `${established} established` : `${sent} sent`
  if (line !== printed) process.stdout.write(`${line}\n`)
  printed = line
}
for (const peer of peers) {
  peer.on('state', report)
  peer.start()
}
