/** What measures time may need a second try; more of them than this is a product, or a machine, that cannot be judged. */
const mostSecondTries = 2

/**
 * Counts what the steps left. An outcome is `{ step, ended, json }`: the step as in steps.js; how its process ended, `{ code }`,
 * `{ signal }` or `{ late: seconds }`; what Jest wrote, undefined if nothing. `partial` says that the caller chose tests by himself, so that
 * floors say nothing and others are skipped on purpose. Returns `{ lines, passed, failed }`; the last line counts.
 */
function verdict(outcomes, { partial = false } = {}) {
  const lines = []
  let [passed, failed, secondTries] = [0, 0, 0]
  for (const outcome of outcomes) {
    const { step } = outcome
    const seen = step.jest === undefined ? ofStep(outcome) : ofProject(outcome, partial)
    lines.push(`${step.name}: ${seen.passed} passed, ${seen.failures.length} failed`, ...seen.failures.map((what) => `  failed: ${what}`))
    lines.push(...seen.seconds.map(({ name, reason }) => `  at the second try: ${name}\n    the first said: ${reason}`))
    passed += seen.passed
    failed += seen.failures.length
    secondTries += seen.seconds.length
  }
  if (secondTries > mostSecondTries) {
    failed += 1
    lines.push(`failed: ${secondTries} tests needed a second try, and ${mostSecondTries} may`)
  }
  if (passed === 0 && failed === 0) {
    failed += 1
    lines.push('failed: nothing ran')
  }
  const said = secondTries === 0 ? '' : `${secondTries} at the second try: `
  return { lines: [...lines, `${said}${passed} passed, ${failed} failed`], passed, failed }
}

const howEnded = ({ code, signal, late }) =>
  late !== undefined ? `did not end within ${late} s` : signal ? `was ended by ${signal}` : code === 0 ? undefined : `ended with ${code}`

function ofStep({ step, ended }) {
  const wrong = howEnded(ended)
  return wrong === undefined ? { passed: 1, failures: [], seconds: [] } : { passed: 0, failures: [`${step.name} ${wrong}`], seconds: [] }
}

function ofProject({ step, ended, json }, partial) {
  const wrong = howEnded(ended)
  if (json === undefined) return { passed: 0, failures: [`Jest ${wrong ?? 'ended with 0'} and left no results`], seconds: [] }
  const tests = json.testResults.flatMap((suite) => suite.assertionResults)
  const failures = [
    ...tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
    ...json.testResults.filter(crashed).map(({ name, message }) => `${name}: ${firstLines(message)}`),
  ]
  const passing = tests.filter(({ status }) => status === 'passed')
  const idle = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  if (!partial) {
    failures.push(...idle.map(({ fullName, status }) => `${status}: ${fullName}`))
    if (passing.length < step.floor) failures.push(`${passing.length} tests passed, and there are at least ${step.floor}`)
  }
  if (json.numRuntimeErrorTestSuites > 0 && failures.length === 0) failures.push(`${json.numRuntimeErrorTestSuites} suites did not run`)
  if (wrong !== undefined && failures.length === 0) failures.push(`Jest ${wrong}, though no test failed`)
  const seconds = passing
    .filter(({ invocations }) => invocations > 1)
    .map(({ fullName, retryReasons = [] }) => ({ name: fullName, reason: firstLines(retryReasons[0] ?? 'nothing') }))
  return { passed: passing.length, failures, seconds }
}

/** A suite that failed as a whole: it could not be read, or what it does after its tests failed. */
const crashed = ({ status, assertionResults, message }) =>
  status === 'failed' && message !== '' && !assertionResults.some((one) => one.status === 'failed')

const firstLines = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 3)
    .join(' | ')

module.exports = { mostSecondTries, verdict }
