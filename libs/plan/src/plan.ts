import type { PlannedSession } from './generated/types'

/** API group and version of the three kinds. A test compares both with the manifests. */
export const planGroup = 'loadstone.dev'
export const planVersion = 'v1alpha1'

/** Most entries plus routes in one AnnouncementSlice, and most routes in one RouteSet. More would make the API object too large. */
export const maxEntries = 256

/** Label of an AnnouncementSlice, with its node as value (see nodeLabel). A speaker selects its slices by this label. */
export const nodeLabelKey = 'loadstone.dev/node'

/** Label of a RouteSet, always 'shared'. Every speaker watches RouteSets with this selector. */
export const routesLabelKey = 'loadstone.dev/routes'

/** Shortest interval of a BFD session in milliseconds; a profile with a shorter one runs at this. A test compares it with libs/bfd. */
export const fastestBfdMillis = 50

/**
 * What of a session a speaker changes while it runs: the router is not told of it, or hears it from BFD. A session with any other change
 * is closed and begun anew.
 */
export const liveSessionFields = ['connectSeconds', 'keepaliveSeconds', 'bfd'] as const satisfies readonly (keyof PlannedSession)[]
