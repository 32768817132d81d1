export { type Cancel, type Clock, type Millis, systemClock, systemRandom, type WallTime, wallMillis, wallTime } from './clock'
