import { createHash } from 'node:crypto'

/** `namespace/name` of a Service. */
export type ServiceKey = string

/** A node's name as a label value: the name, or its hash if it exceeds 63 characters, the limit of label values. */
export const nodeLabel = (node: string): string => (node.length <= 63 ? node : createHash('sha256').update(node).digest('hex').slice(0, 63))

/** Name of slice number n of a node. A node name over 240 characters is hashed: object names have at most 253. */
export const sliceName = (node: string, n: number): string => `${node.length <= 240 ? node : nodeLabel(node)}-${n}`
