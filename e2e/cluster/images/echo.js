// The workload behind test Services: says which node answered and whom it saw asking. HTTP on 8080; what comes to TCP or UDP
// 7007 goes back, for as long as the connection lives.
const dgram = require('node:dgram')
const http = require('node:http')
const net = require('node:net')

const node = process.env.NODE_NAME ?? 'unknown'
const plain = (address) => (address ?? '').replace(/^::ffff:/, '')

http.createServer((request, response) => response.end(`${node} from ${plain(request.socket.remoteAddress)}\n`)).listen(8080, '::')
net
  .createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  .listen(7007, '::')
const udp = dgram.createSocket('udp6')
udp.on('message', (message, from) => udp.send(message, from.port, from.address))
udp.bind(7007, '::')
console.log(`echo on ${node}`)
process.on('SIGTERM', () => process.exit(0)) // PID 1 is not ended by a signal it does not ask for
