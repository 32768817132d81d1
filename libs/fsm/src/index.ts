export { Emitter } from './emitter'
export { runToCompletion } from './run-to-completion'
