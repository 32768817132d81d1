import type { Ip, Mac } from '@loadstone/ip'

/** Another station answered for an address of this node, on the interface `on`. */
export type L2Conflict = { readonly address: Ip; readonly mac: Mac; readonly on: string }

/** Any link of the node, announcing or not. Sessions bind to one, or have one of its addresses as local address. */
export type Device = { readonly name: string; readonly addresses: readonly Ip[] }

/** Frames about one address, as MetalLB counts them. */
export type AddressCounts = { readonly requests: number; readonly responses: number; readonly gratuitous: number }
