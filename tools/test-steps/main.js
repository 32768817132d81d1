const { spawn } = require('node:child_process')
const { existsSync, mkdirSync, readFileSync, rmSync } = require('node:fs')
const { join } = require('node:path')
const { chosen } = require('./steps.js')
const { verdict } = require('./verdict.js')

// The edge: starts processes, prints what they said once they ended, so that lanes do not mix, and counts.
const began = performance.now() - Number(process.argv[2] ?? 0) * 1000
const results = '.cache/results'
const { ARGS = '', PROJECTS = '' } = process.env
/** A step that hangs must not take the whole run's time with it, nor its name. */
const limitSeconds = Number(process.env.STEP_SECONDS || 1_500)
const say = (text) => console.log(`\n== ${text} (${Math.round((performance.now() - began) / 1000)} s)`)
const jsonOf = (name) => join(results, `${name}.json`)

function commandOf({ name, jest, make }) {
  if (make !== undefined) return ['make', ['--no-print-directory', '-s', ...make]]
  const more = ARGS === '' ? '' : `--passWithNoTests ${ARGS}`
  // By a shell, because ARGS is written as in one: `-t 'pool added later'`.
  const line = `exec node_modules/.bin/jest --selectProjects ${name} --maxWorkers=${jest.workers} --json --outputFile=${jsonOf(name)} ${more}`
  return ['sh', ['-c', line]]
}

/** A step is a process group of its own, so that its end takes its children along. */
const running = new Set()
function end(child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It has ended by itself.
  }
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) end(child, signal)
    console.log(`ended by ${signal}`)
    process.exit(1)
  })
}

function run(step) {
  say(`${step.name} begins`)
  const [command, args] = commandOf(step)
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  running.add(child)
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
  let late
  const limit = setTimeout(() => {
    late = limitSeconds
    end(child, 'SIGKILL')
  }, limitSeconds * 1000)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      running.delete(child)
      // Jest's results go to their file; --json also prints them.
      process.stdout.write(
        Buffer.concat(said)
          .toString()
          .replace(/^\{"numFailedTestSuites":.*$/gm, ''),
      )
      say(`${step.name} ended`)
      resolve({ step, ended: { code, signal, late }, json: read(step) })
    })
  })
}

function read({ name }) {
  try {
    return existsSync(jsonOf(name)) ? JSON.parse(readFileSync(jsonOf(name), 'utf8')) : undefined
  } catch {
    return undefined // cut off in the middle, which counts as nothing left
  }
}

async function inOrder(lane) {
  const outcomes = []
  for (const step of lane) outcomes.push(await run(step))
  return outcomes
}

async function main() {
  const phases = chosen(PROJECTS.split(' ').filter((name) => name !== ''))
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const outcomes = []
  for (const lanes of phases) outcomes.push(...(await Promise.all(lanes.map(inOrder))).flat())
  say('all')
  const { lines, failed } = verdict(outcomes, { partial: ARGS !== '' })
  console.log(lines.join('\n'))
  process.exitCode = failed === 0 ? 0 : 1
}

main().catch((error) => {
  console.log(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
