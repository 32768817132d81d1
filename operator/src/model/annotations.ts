/** Annotation of a Secret written by the operator: uid and generation of the BGPPeer whose password it holds. */
export const passwordMark = 'loadstone.dev/password-of'

/** Annotation of a Service with the pool of its addresses, the same as MetalLB's. */
export const poolAnnotation = 'metallb.io/ip-allocated-from-pool'
