import type { Feature } from './feature'
import { routes } from './routes'
import { sessions } from './sessions'
import { settings } from './settings'

/** The rows of libs/bgp/INTEROP.md, in its order. */
export const features: readonly Feature[] = [...routes, ...sessions, ...settings]
