import { bfdDaemons, bgpDaemons, type Daemon } from './daemons'

type Row = { readonly title: string; readonly lacks?: { readonly [name: string]: { readonly because: string } | undefined } }
type Page = {
  readonly title: string
  readonly words: string
  readonly routers: Readonly<Record<string, Daemon>>
  readonly rows: readonly Row[]
}

const how = `Each cell is a test of \`e2e/interop\` (\`make interop\`): the daemon of Debian 12 in a network namespace of its own, our end as a process in another.
Where a router lacks something, the test shows that it does, so that one that has learned it is noticed. This page is written by
\`make golden\`. Every run asks each daemon its version and compares this page, cell by cell, with what passed: it fails where they differ.`

/** libs/bgp/INTEROP.md: what the suite shows, and for what a router lacks, how one can tell. */
export const bgpMatrix = (rows: readonly Row[]): string =>
  page({ title: 'bgp-js with real routers', words: how, routers: bgpDaemons, rows })

const without = (['GoBGP', 'ExaBGP', 'OpenBGPD'] as const).map((name) => `${name} ${bgpDaemons[name].version}`)

/** libs/bfd/INTEROP.md. What measures a time is a row of its own: it runs alone on the machine. */
export const bfdMatrix = (rows: readonly Row[], timed: readonly Row[]): string =>
  page({
    title: 'BFD with real routers',
    words: `${how}\nThe profile is 200 ms × 5, and 50 ms × 3 in the last ${timed.length} rows, which measure time. ${without.slice(0, -1).join(', ')} and ${without.at(-1)} have no BFD.`,
    routers: bfdDaemons,
    rows: [...rows, ...timed],
  })

const [pass, lacking] = ['pass', 'lacks it'] as const
export type Cell = typeof pass | typeof lacking

function page({ title, words, routers, rows }: Page): string {
  const names = Object.keys(routers)
  const notes: string[] = []
  const cell = ({ lacks }: Row, name: string): string => {
    const lack = lacks?.[name]
    if (lack === undefined) return pass
    const note = `${name} ${lack.because}.`
    if (!notes.includes(note)) notes.push(note)
    return `${lacking} ${notes.indexOf(note) + 1})`
  }
  const lines = rows.map((row) => `| ${[row.title, ...names.map((name) => cell(row, name))].join(' | ')} |`)
  return `# ${title}

${words}

| what | ${names.map((name) => `${name} ${routers[name]?.version}`).join(' | ')} |
|---|${names.map(() => '---').join('|')}|
${lines.join('\n')}

${notes.map((note, i) => `${i + 1}) ${note}`).join('\n')}
`
}

/** What a page says of one router: its version, and each row. */
export function columnOf(text: string, name: string): { readonly version: string; readonly cells: Readonly<Record<string, string>> } {
  const [head = [], , ...rows] = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((word) => word.trim()))
  const at = head.findIndex((word) => word.startsWith(`${name} `))
  if (at < 0) throw new Error(`the page has no column of ${name}`)
  const cells = rows.map((row) => [row[1] ?? '', (row[at] ?? '').replace(/ \d+\)$/, '')] as const)
  return { version: (head[at] ?? '').slice(name.length + 1), cells: Object.fromEntries(cells) }
}
