/** Group and version of the three kinds. A test holds them to the manifests. */
export const planGroup = 'loadstone.dev'
export const planVersion = 'v1alpha1'

/** Entries and routes of one AnnouncementSlice together, and routes of one RouteSet. Above it the API object would grow too large. */
export const maxEntries = 256

/** On AnnouncementSlice: the node it is for (see nodeLabel). A speaker selects its slices by it. */
export const nodeLabelKey = 'loadstone.dev/node'

/** On RouteSet, always 'shared': the one selector with which every speaker watches route sets. */
export const routesLabelKey = 'loadstone.dev/routes'

/** No BFD session is faster: what a profile asks for below it runs at it (docs of libs/bfd). A test holds libs/bfd to it. */
export const fastestBfdMillis = 50
