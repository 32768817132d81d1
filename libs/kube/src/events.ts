export type { EventInput } from './events/event'
export { EventRecorder } from './events/event-recorder'
