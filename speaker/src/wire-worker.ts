import { parentPort } from 'node:worker_threads'
import { systemClock } from '@loadstone/clock'
import { filters, openPacketSocket, SocketError, watchLinks } from '@loadstone/packet'
import type { ArpLink } from './links'
import type { FromWire, ToWire } from './messages'
import type { LinkSocket } from './station'
import { type SocketEvents, Wire } from './wire'

const etherTypeArp = 0x0806

function open(link: ArpLink, on: SocketEvents): LinkSocket | { readonly problem: string } {
  try {
    return openPacketSocket({
      ifIndex: link.index,
      etherType: etherTypeArp,
      filter: filters.arp,
      onFrames: (frames) => on.frames(frames.map(({ bytes }) => bytes)),
      onError: ({ error }) => on.problem(error.message),
    })
  } catch (error) {
    if (error instanceof SocketError) return { problem: error.message }
    throw error
  }
}

/** The thread that owns the packet sockets, so that no work of the main thread makes an answer late. */
function work(): void {
  const post = (message: FromWire): void => parentPort?.postMessage(message)
  const wire = new Wire({ clock: systemClock, open, post })
  const watch = watchLinks({ onChange: (links) => wire.links(links), onError: (error) => post({ is: 'trouble', problem: error.message }) })
  parentPort?.on('message', (message: ToWire) => {
    switch (message.is) {
      case 'snapshot':
        wire.snapshot(message)
        break
      case 'defend':
        wire.defend(message.address)
        break
      case 'end':
        watch.close()
        wire.close()
        parentPort?.close()
    }
  })
}

work()
