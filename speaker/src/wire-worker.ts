import { randomInt } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { createBfd } from '@loadstone/bfd'
import { systemClock } from '@loadstone/clock'
import { watchLinks } from '@loadstone/packet'
import { BfdWatch } from './bfd-watch'
import { openForRouters, openOnLink } from './link-socket'
import type { FromWire, ToWire } from './messages'
import { RouterWatches } from './router-watches'
import { Wire } from './wire'

/** Uniform in [0, 1). */
const random = (): number => randomInt(2 ** 32) / 2 ** 32

/** Routers hear within a round trip that BFD ends on purpose; one that is silent is not waited for. */
const farewellMillis = 500
const waited = (millis: number): Promise<void> => new Promise((resolve) => void systemClock.after(millis, resolve))

/** The thread that owns the packet sockets, so that no work of the main thread makes an answer late. */
function work(): void {
  const post = (message: FromWire): void => parentPort?.postMessage(message)
  const wire = new Wire({ clock: systemClock, open: openOnLink, post })
  const count = (what: string, by: number): void => wire.count(what, by)
  const routers = new RouterWatches({ clock: systemClock, random, open: openForRouters, count, post })
  const bfd = new BfdWatch({ clock: systemClock, bfd: createBfd(), post })
  const watch = watchLinks({
    onChange: (links) => {
      wire.links(links)
      routers.links(links)
      bfd.links(links)
    },
    onError: (error) => post({ is: 'trouble', problem: error.message }),
  })
  parentPort?.on('message', (message: ToWire) => {
    switch (message.is) {
      case 'snapshot':
        wire.snapshot(message)
        break
      case 'defend':
        wire.defend(message.address)
        break
      case 'watch-routers':
        routers.watch(message.interfaces)
        break
      case 'bfd':
        bfd.want(message.sessions, message.legacies)
        break
      case 'bfd-leave':
        post({ is: 'bfd-left', legacies: bfd.handOver() })
        break
      case 'end':
        watch.close()
        wire.close()
        routers.close()
        void Promise.race([bfd.close(), waited(farewellMillis)]).then(() => parentPort?.close())
    }
  })
}

work()
