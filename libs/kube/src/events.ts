export type { EventInput } from './events/event'
export { EventRecorder, type EventRecorderOptions } from './events/event-recorder'
