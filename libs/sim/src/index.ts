export { SimClock } from './sim-clock'
export { random, type SimDatagram, type SimDatagramPort, type SimLink, SimNet } from './sim-net'
export { SimStreamNet, type StreamLine, type StreamLink, type StreamListener } from './sim-stream'
