export { SimClock } from './sim-clock'
export { type Datagram, type DatagramPort, type Link, random, SimNet } from './sim-net'
export { SimStreamNet, type StreamLine, type StreamLink, type StreamListener } from './sim-stream'
