import { createHash } from 'node:crypto'

/** Namespaced `namespace/name` of a Service. */
export type ServiceKey = string

/** A node's name as a label value: itself, or where it exceeds 63 characters, a hash of it. */
export const nodeLabel = (node: string): string => (node.length <= 63 ? node : createHash('sha256').update(node).digest('hex').slice(0, 63))

/** Slice number n of a node. Node names reach 253 characters, which leaves none for the number. */
export const sliceName = (node: string, n: number): string => `${node.length <= 240 ? node : nodeLabel(node)}-${n}`
