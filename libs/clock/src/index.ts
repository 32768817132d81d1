export { type Cancel, type Clock, type Millis, systemClock } from './clock'
