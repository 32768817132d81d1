export { type Cancel, type Clock, type Millis, systemClock, wallMillis } from './clock'
