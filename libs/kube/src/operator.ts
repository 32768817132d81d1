export type { ReflectionState } from './reflection'
