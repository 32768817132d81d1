import ajv from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import { asCheck, types } from './schema.mjs'

const { _, Ajv } = ajv
const field = (data, name) => _`${data}[${name}]`

/** Own keywords. Their code is generated inline, so the validators need no part of ajv at run time. */
const keywords = [
  {
    keyword: 'whole',
    schemaType: 'array',
    code: (cxt) => {
      const [least, most] = cxt.schema
      cxt.fail(_`!Number.isInteger(${cxt.data}) || ${cxt.data} < ${least} || ${cxt.data} > ${most}`)
    },
    error: { message: '', params: ({ schema: [least, most] }) => _`{least: ${least}, most: ${most}}` },
  },
  {
    keyword: 'filled',
    type: 'string',
    schemaType: 'boolean',
    code: (cxt) => cxt.fail(_`${cxt.data} === ""`),
    error: { message: '', params: () => _`{}` },
  },
  {
    keyword: 'holdTime',
    schemaType: 'number',
    // `whole` reports values that are no number. They are skipped here, because an object may not be comparable.
    code: (cxt) => cxt.fail(_`typeof ${cxt.data} === "number" && ${cxt.data} > 0 && ${cxt.data} < ${cxt.schema}`),
    error: { message: '', params: ({ schema }) => _`{least: ${schema}}` },
  },
  {
    keyword: 'exactlyOne',
    type: 'object',
    schemaType: 'array',
    code: (cxt) => {
      for (const [one, other] of cxt.schema) {
        cxt.setParams({ one, other })
        cxt.fail(_`(${field(cxt.data, one)} === undefined) === (${field(cxt.data, other)} === undefined)`)
      }
    },
    error: { message: '', params: ({ params: { one, other } }) => _`{one: ${one}, other: ${other}}` },
  },
]

/**
 * libs/plan/src/generated/validators.ts: for each type the function that ajv makes of its schema, with the names of its fields. It reports
 * every error, so that a reader can tell which element of a list each is in.
 */
export function validators(schemas, banner) {
  const compiler = new Ajv({
    strict: true,
    allErrors: true,
    messages: false,
    code: { source: true, lines: true, formats: _`formats` },
    keywords,
    formats: Object.fromEntries(['ip', 'ipv4', 'prefix', 'community', 'pattern', 'mac'].map((name) => [name, () => true])),
  })
  const whole = types.filter(([, path]) => /^\w+\.(spec|status)$/.test(path))
  for (const [name, path] of whole) compiler.addSchema({ $id: name, ...asCheck(schemas.get(path), path) })
  const names = whole.map(([name]) => name)
  const code = standalone.default(compiler, Object.fromEntries(names.map((name) => [name, name])))
  if (/\brequire\(/.test(code)) throw new Error(`a validator needs ${/require\([^)]*\)/.exec(code)[0]} at run time`)
  const functions = new Map([...code.matchAll(/^exports\.(\w+) = (\w+);$/gm)].map(([, name, own]) => [name, own]))
  const contracts = whole.map(([name, path]) => {
    const { properties } = schemas.get(path)
    const fields = Object.keys(properties)
    const lists = fields.filter((key) => properties[key].type === 'array')
    const own = name[0].toLowerCase() + name.slice(1)
    return `export const ${own}: Contract<${name}> = {
  validate: ${functions.get(name)} as Validate,
  fields: ${listed(fields)},
  lists: ${listed(lists)},
}`
  })
  return [
    '// @ts-nocheck',
    banner,
    `import { formats } from '../formats'`,
    `import type { Contract, Validate } from '../salvage'`,
    `import type { ${names.join(', ')} } from './types'`,
    '',
    brief(code),
    ...contracts,
    '',
  ].join('\n')
}

const listed = (words) => `[${words.map((word) => `'${word}'`).join(', ')}]`

/** Shortens ajv's code by half, since a program keeps its text in memory, and makes validators return their errors. */
function brief(code) {
  const short = code
    .replace(/^"use strict";\n|^exports\..*\n|^\n|\/\*# sourceURL=.*\*\/;|^let errors = 0;\n/gm, '')
    .replace(/, \{instancePath="".*?\}=\{\}\)\{/g, ') {\nconst instancePath = ""')
    .replace(/\n\n+/g, '\n')
    .replace(/,schemaPath:"[^"]*"/g, '')
    .replace(
      /const (err\d+) = (.*);\nif\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}\nerrors\+\+;/g,
      '(vErrors ??= []).push($2);',
    )
    .replace(/^\w+\.errors = vErrors;\nreturn errors === 0;/gm, 'return vErrors ?? []')
  const left = /.*\b(errors|schemaPath|parentData)\b.*/.exec(short)
  if (left) throw new Error(`ajv writes what crds/generate/validators.mjs does not know: ${left[0]}`)
  return short
}
