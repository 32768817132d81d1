import { compare, filled, isRecord, list, record, texts } from './json'

export type Labels = ReadonlyMap<string, string>

/** One requirement of a Kubernetes label selector. */
type Requirement = {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values: readonly string[]
}

/** All requirements must hold, so an empty selector matches everything. Sorted: equal selectors have equal text. */
export type Selector = readonly Requirement[]

const operators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist'])

/** Parses a LabelSelector; returns a text that says what is wrong if it is invalid. */
export function parseSelector(value: unknown): Selector | string {
  if (!isRecord(value)) return 'a selector must be an object with matchLabels or matchExpressions'
  const labels = Object.entries(record(value['matchLabels'])).map(([key, wanted]): Requirement | string =>
    typeof wanted === 'string' ? { key, operator: 'In', values: [wanted] } : `the value of label ${key} must be a string`,
  )
  const expressions = list(value['matchExpressions']).map(parseExpression)
  const all = [...labels, ...expressions]
  const problem = all.find((item) => typeof item === 'string')
  if (problem !== undefined) return problem as string
  return (all as Requirement[]).sort((a, b) => compare(requirementText(a), requirementText(b)))
}

function parseExpression(value: unknown): Requirement | string {
  const expression = record(value)
  const key = filled(expression['key'])
  const operator = filled(expression['operator']) ?? ''
  if (key === undefined) return 'an entry of matchExpressions has no key'
  if (!operators.has(operator)) return `the operator of ${key} must be In, NotIn, Exists or DoesNotExist, not ${JSON.stringify(operator)}`
  const values = [...new Set(texts(expression['values']))].sort(compare)
  const wants = operator === 'In' || operator === 'NotIn'
  if (wants && values.length === 0) return `${operator} of ${key} needs at least one entry in values`
  if (!wants && values.length > 0) return `${operator} of ${key} takes no values`
  return { key, operator: operator as Requirement['operator'], values }
}

export const matches = (selector: Selector, labels: Labels): boolean => selector.every((requirement) => holds(requirement, labels))

/** Whether one of the selectors matches. An empty list matches everything. */
export const matchesAny = (selectors: readonly Selector[], labels: Labels): boolean =>
  selectors.length === 0 || selectors.some((selector) => matches(selector, labels))

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels.get(key)
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

/** The selector in the syntax of kubectl -l: `rack=1,zone in (a,b)`. Equal selectors have equal text. */
export const selectorText = (selector: Selector): string => (selector.length === 0 ? 'every' : selector.map(requirementText).join(','))

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`
    case 'NotIn':
      return `${key} notin (${values.join(',')})`
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
  }
}
