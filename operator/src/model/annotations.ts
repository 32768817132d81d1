/** Annotation of a Secret written by the operator: uid and generation of the BGPPeer whose password it holds. */
export const passwordMark = 'loadstone.dev/password-of'

/** Annotation of a Service with the pool of its addresses, the same as MetalLB's. */
export const poolAnnotation = 'metallb.io/ip-allocated-from-pool'

/**
 * On a Service: what it was given, and under which terms it shares it. Written by the patch that writes its status, so that a status that is
 * lost or overwritten, a pool that is replaced and an operator that restarts cost it nothing.
 */
export const memoryAnnotation = 'loadstone.dev/allocated'

/** On a Service: in one line what it has, who announces it, or why not. `kubectl describe` prints annotations, and never conditions. */
export const summaryAnnotation = 'loadstone.dev/status'
