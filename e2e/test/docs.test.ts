import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from '@jest/globals'
import { faultsOf } from './commands'
import { figuresIn, isTitle, noteOf, unshown } from './figures'
import { blocksOf, codeSpans, commandsOf, read, repositoryFiles, root, section, type Table } from './markdown'

const pages = repositoryFiles.filter((path) => path.endsWith('.md'))

/** Pages whose figures others hold: goldens of tests, pages made from the manifests, and promises, which DESIGN makes and tests keep. */
const heldElsewhere = /\/(MUST|INTEROP)\.md$|^docs\/(crds|design|metallb-behaviour|metallb-parity|glossary)\.md$/

describe('the pages', () => {
  test.each(pages)('%s: every command in it could be run as it stands', (path) => {
    const faults = commandsOf(path).flatMap(({ line, text }) => faultsOf(text).map((fault) => `line ${line}: ${text}: ${fault}`))
    assert.deepEqual(faults, [])
  })

  test.each(pages)('%s: its code blocks say their language, its links and paths lead somewhere', (path) => {
    const blocks = blocksOf(read(path))
    const mute = blocks.flatMap((block) =>
      block.kind === 'code' && block.language === '' ? [`line ${block.line}: a block without a language`] : [],
    )
    const text = blocks
      .flatMap((block) =>
        block.kind === 'prose' ? [block.text] : block.kind === 'table' ? block.rows.map(({ cells }) => cells.join(' | ')) : [],
      )
      .join('\n')
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => join(dirname(path), target))
    const named = codeSpans(text).filter((span) =>
      /^(libs|docs|e2e|speaker|operator|charts|tools|crds|examples)\/[\w./-]+\.(ts|md|ya?ml|js|mjs)$/.test(span),
    )
    const lost = [...links, ...named].filter(
      (target) => !existsSync(join(root, target)) && !existsSync(join(root, target.replace('/out/', '/').replace(/\.js$/, '.ts'))),
    )
    assert.deepEqual([...mute, ...lost], [])
  })

  test.each(pages.filter((path) => !heldElsewhere.test(path)))('%s: every figure has a command, a test or a constant beside it', (path) => {
    assert.deepEqual(unshown(read(path)), [])
  })
})

describe('the README', () => {
  const tableOf = (title: string): Table => {
    const found = section(read('README.md'), title).find((block) => block.kind === 'table')
    assert.ok(found?.kind === 'table', `no table below "${title}"`)
    return found
  }

  test.each(['## What happens when', '## Measured'])('%s: every row ends with a command that shows it', (title) => {
    const { rows } = tableOf(title)
    assert.ok(rows.length >= 5)
    for (const { line, cells } of rows) {
      const commands = codeSpans(cells.at(-1) ?? '').filter((span) => span.startsWith('make '))
      assert.notEqual(commands.length, 0, `line ${line}: no command in the last cell`)
      assert.deepEqual(commands.flatMap(faultsOf), [])
    }
  })

  test('## What happens when: the note below names for every row the tests that show it', () => {
    const { rows, notes } = tableOf('## What happens when')
    const shown = notes.flatMap((text) => noteOf(text) ?? []).filter(({ path }) => path === undefined)
    for (const { cells } of rows) {
      const titles = shown.filter(({ about }) => about.includes(cells[0] ?? '')).flatMap(({ quoted }) => quoted)
      assert.notEqual(titles.length, 0, `no test is named for: ${cells[0]}`)
      assert.deepEqual(
        titles.filter((title) => !isTitle(title)),
        [],
      )
    }
    assert.equal(shown.length, rows.length, 'a note for every row, and for no other')
  })
})

test('the Dockerfile: every step of it could be run on the repository', () => {
  const steps = [
    ...read('Dockerfile')
      .replaceAll(/\\\n\s*/g, '')
      .matchAll(/^RUN (?:--mount=\S+ )?(.*)$/gm),
  ].map(([, step = '']) => step)
  assert.ok(steps.length >= 3)
  assert.deepEqual(steps.flatMap(faultsOf), [])
})

describe('the check itself', () => {
  test.each([
    ['kubectl get bgppeers', /namespaced/],
    ['kubectl describe announcementplan node1', /namespaced/],
    ['kubectl get bgppeer -n metallb-system', undefined],
    ['kubectl get aplan,rset -A', undefined],
    ['kubectl get planets -A', /no kind "planets"/],
    ['kubectl describe service web', undefined],
    ['kubectl describe service wbe', /namespaced/],
    ['kubectl annotate node NODE loadstone.dev/drain=true', undefined],
    ['kubectl apply -f example/', /no file/],
    ['helm install loadstone charts/loadstone --namespace n --set image.repositori=x', /no value image.repositori/],
    ['helm install loadstone charts/loadstone --namespace n --set image.tg=x --set image.tag=x', /no value image.tg/],
    ['helm install loadstone charts/loadstone', /which namespace/],
    ['make bench-bgq', /no target bench-bgq/],
    ['make demo TWICE=1', /nothing reads TWICE/],
    ['make test PROJECTS="unit clutser"', /no project clutser/],
    ['npx jest libs/kube/test/processes --selectProjects apo', /no Jest project apo/],
    ['unshare -n node libs/arp/out/bench/flod.js', /no source/],
    ['e2e/cluster/cli upp', /no upp/],
    ['terraform apply', /nobody checks/],
  ])('%s', (command, fault) => {
    if (fault === undefined) assert.deepEqual(faultsOf(command), [])
    else assert.match(faultsOf(command).join('; '), fault)
  })

  test.each([
    ['It takes 16 ms.', 1],
    ['It takes 16 ms (`make bench-bfd`).', 0],
    ['It takes 16 ms (`make bench-bfdd`).', 1],
    ['It takes 16 ms (RFC 5880 §6.8.4).', 0],
    ['It takes 16 ms. RFC 5880 says so.', 1],
    ['It takes 16 ms.\n<!-- 16 ms: "the check itself has no such title" -->', 1],
    ['It waits 5 s.\n<!-- 5 s: speaker/src "drainMillis = 5_000" -->', 0],
    ['It waits 6 s.\n<!-- 6 s: speaker/src "drainMillis = 5_000" -->', 1],
    ['It waits 5 s.\n<!-- 5 s: speaker/src "drainMillis = 5_001" -->', 2],
    ['It waits 5 to 6 s.\n<!-- 5 to 6 s: speaker/src "drainMillis = 5_000" -->', 1],
    ['It waits.\n<!-- 5 s: speaker/src "drainMillis = 5_000" -->', 1],
    ['| a | b |\n|---|---|\n| x | 69–70 MB |', 1],
    ['| a | b |\n|---|---|\n| x | 69–70 MB | `make bench-announce` |', 0],
  ])('%j has %d figures that nobody shows', (page, count) => {
    assert.equal(unshown(page).length, count, unshown(page).join('\n'))
  })

  test('figures are found in all their spellings', () => {
    assert.deepEqual(figuresIn('1.1 s, 69–70 MB, 200 to 600 s, 33,333 µs, 99.97–100 %, 30 minutes; not IPv6 s, `5 s` or RFC 4271 §4 s'), [
      '1.1 s',
      '69–70 MB',
      '200 to 600 s',
      '33,333 µs',
      '99.97–100 %',
      '30 minutes',
    ])
  })
})
