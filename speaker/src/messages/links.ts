import type { Ip, Mac } from '@loadstone/ip'

/** Somebody else answered for an address of ours. */
export type L2Conflict = { readonly address: Ip; readonly mac: Mac; readonly on: string }

/** Any link of the node, announcing or not: what a session is bound to, and whose address it speaks from. */
export type Device = { readonly name: string; readonly addresses: readonly Ip[] }

/** Frames about one address, as MetalLB counts them. */
export type AddressCounts = { readonly requests: number; readonly responses: number; readonly gratuitous: number }
