import type { Feature, RouterName } from './features/feature'

const versions: Readonly<Record<RouterName, string>> = { FRR: '8.4.4', BIRD: '2.0.12', GoBGP: '3.10.0', ExaBGP: '4.2.21', OpenBGPD: '7.7' }
const names = Object.keys(versions) as RouterName[]

/** libs/bgp/INTEROP.md: what the suite shows, and for what a router lacks, how one can tell. */
export function matrix(features: readonly Feature[]): string {
  const notes: string[] = []
  const cell = ({ lacks }: Feature, name: RouterName): string => {
    const evidence = lacks?.[name]
    if (evidence === undefined) return 'pass'
    const note = `${name} ${evidence}.`
    if (!notes.includes(note)) notes.push(note)
    return `lacks it ${notes.indexOf(note) + 1})`
  }
  const rows = features.map((feature) => `| ${[feature.title, ...names.map((name) => cell(feature, name))].join(' | ')} |`)
  return `# bgp-js with real routers

Each cell is a test in \`e2e/interop/bgp.scenario.ts\`: the daemon of Debian 12 in a network namespace of its own, our speaker as a process in
another. This page is written by that suite (\`GOLDEN=1\`) and compared by it.

| what | ${names.map((name) => `${name} ${versions[name]}`).join(' | ')} |
|---|${names.map(() => '---').join('|')}|
${rows.join('\n')}

${notes.map((note, i) => `${i + 1}) ${note}`).join('\n')}
`
}
