/** On a Secret of ours: which BGPPeer its password is from, and by which generation. */
export const passwordMark = 'loadstone.dev/password-of'

/** The annotation by which we, as MetalLB, say which pool an address came from. */
export const poolAnnotation = 'metallb.io/ip-allocated-from-pool'
