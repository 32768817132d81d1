type Row = { readonly title: string; readonly lacks?: { readonly [name: string]: { readonly because: string } } }
type Page = {
  readonly title: string
  readonly words: string
  /** Version of each router. */
  readonly routers: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

const bgpRouters = { FRR: '8.4.4', BIRD: '2.0.12', GoBGP: '3.10.0', ExaBGP: '4.2.21', OpenBGPD: '7.7' }
const bfdRouters = { FRR: '8.4.4', BIRD: '2.0.12' }

const how = `Each cell is a test of \`e2e/interop\` (\`make interop\`): the daemon of Debian 12 in a network namespace of its own, our end as a process in another.
Where a router lacks something, the test shows that it does, so that one that has learned it is noticed. This page is written by
\`make golden\` and compared by a test.`

/** libs/bgp/INTEROP.md: what the suite shows, and for what a router lacks, how one can tell. */
export const bgpMatrix = (rows: readonly Row[]): string =>
  page({ title: 'bgp-js with real routers', words: how, routers: bgpRouters, rows })

/** libs/bfd/INTEROP.md. */
export const bfdMatrix = (rows: readonly Row[]): string =>
  page({
    title: 'BFD with real routers',
    words: `${how}\nThe profile is 50 ms × 3. GoBGP 3.10, ExaBGP 4.2 and OpenBGPD 7.7 have no BFD.`,
    routers: bfdRouters,
    rows,
  })

function page({ title, words, routers, rows }: Page): string {
  const names = Object.keys(routers)
  const notes: string[] = []
  const cell = ({ lacks }: Row, name: string): string => {
    const lack = lacks?.[name]
    if (lack === undefined) return 'pass'
    const note = `${name} ${lack.because}.`
    if (!notes.includes(note)) notes.push(note)
    return `lacks it ${notes.indexOf(note) + 1})`
  }
  const lines = rows.map((row) => `| ${[row.title, ...names.map((name) => cell(row, name))].join(' | ')} |`)
  return `# ${title}

${words}

| what | ${names.map((name) => `${name} ${routers[name]}`).join(' | ')} |
|---|${names.map(() => '---').join('|')}|
${lines.join('\n')}

${notes.map((note, i) => `${i + 1}) ${note}`).join('\n')}
`
}
