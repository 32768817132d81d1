export { type Cancel, type Clock, type Millis, systemClock, type WallTime, wallMillis, wallTime } from './clock'
