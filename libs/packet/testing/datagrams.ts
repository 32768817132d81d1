import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parseIp } from '@loadstone/ip'
import { type Datagram, openUdpSocket } from '../src/udp'
import { until } from './veth'

/** Waits, with the thread's turn in hand, until every IPv4 packet that left this namespace's processes was delivered in it: the kernel may be late, too. */
export function delivered(): void {
  for (const end = performance.now() + 20_000; ; ) {
    const [names, values] = readFileSync('/proc/thread-self/net/snmp', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')) // of "Ip:"
    const count = (name: string) => Number(values?.[names?.indexOf(name) ?? -1])
    if (count('InDelivers') === count('OutRequests')) return
    assert.ok(performance.now() < end, 'waited 20 s in vain for what was sent to be delivered')
  }
}

/**
 * Resolves when the kernel stamps what it receives. It begins some time after the first socket of the machine asks for that, and until then says
 * of a packet that it came when it was read. Returns how to stop asking for it.
 */
export async function stamping(): Promise<() => void> {
  let lateMicros = 0
  const onDatagram = (datagram: Datagram): void => {
    lateMicros = datagram.lateMicros
  }
  const to = parseIp('127.0.0.1')
  assert.ok(to !== undefined)
  const [receiver, sender] = [openUdpSocket({ family: 'ipv4', port: 3999, onDatagram }), openUdpSocket({ family: 'ipv4' })]
  await until('the kernel stamps what it receives', () => {
    sender.send(Uint8Array.of(1), to, 3999)
    delivered()
    block(2)
    return lateMicros >= 1_000
  })
  sender.close()
  return () => receiver.close()
}

/** A thread that does something else. */
export function block(millis: number): void {
  for (const end = performance.now() + millis; performance.now() < end; );
}
