import { filled, list, record } from '../../model/json'

/** Our own, as ApiCluster writes. */
export const fieldManager = 'loadstone-operator'

/** Whether we wrote the annotation, by metadata.managedFields. */
export function isOurAnnotation(object: unknown, name: string): boolean {
  return list(record(record(object)['metadata'])['managedFields']).some((value) => {
    const entry = record(value)
    const annotations = record(record(record(entry['fieldsV1'])['f:metadata'])['f:annotations'])
    return entry['manager'] === fieldManager && `f:${name}` in annotations
  })
}

/** Field managers other than us that own something of status.loadBalancer, by metadata.managedFields. */
export function statusWritersOf(object: unknown): readonly string[] {
  const managers = list(record(record(object)['metadata'])['managedFields']).flatMap((value) => {
    const entry = record(value)
    const status = record(record(entry['fieldsV1'])['f:status'])
    const manager = filled(entry['manager'])
    return manager !== undefined && manager !== fieldManager && 'f:loadBalancer' in status ? [manager] : []
  })
  return [...new Set(managers)].sort()
}
