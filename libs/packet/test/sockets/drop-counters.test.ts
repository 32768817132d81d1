import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parseDropCounters } from '../../src/sockets/drop-counters'

test('the counters are found by their names, whatever stands around them', () => {
  const netstat = `TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPSegRetrans TCPMinTTLDrop
TcpExt: 1 2 3 4 5 6
IpExt: InNoRoutes TCPMD5Failure
IpExt: 7 8
`
  assert.deepEqual(parseDropCounters(netstat), { md5NotFound: 2, md5Unexpected: 3, md5Failure: 4, minTtl: 6 })
})

test('a counter that this kernel lacks is zero', () => {
  assert.deepEqual(parseDropCounters('TcpExt: TCPMD5Failure\nTcpExt: 4\n'), { md5NotFound: 0, md5Unexpected: 0, md5Failure: 4, minTtl: 0 })
})
