import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

// Adds up what Jest wrote per project. A suite that did not run, and a step marked broken, count as failed.
const folder = process.argv[2]
let passed = 0
let failed = 0
for (const file of readdirSync(folder).sort()) {
  if (file.endsWith('.broken')) {
    console.log(`${basename(file, '.broken')}: did not complete`)
    failed += 1
    continue
  }
  const result = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const lost = result.numRuntimeErrorTestSuites
  console.log(
    `${basename(file, '.json')}: ${result.numPassedTests} passed, ${result.numFailedTests + lost} failed, ${result.numPendingTests} skipped`,
  )
  for (const suite of result.testResults) {
    for (const { status, invocations, fullName } of suite.assertionResults) {
      if (status === 'failed') console.log(`  failed: ${fullName}`)
      if (status === 'passed' && invocations > 1) console.log(`  passed at the second try only: ${fullName}`)
    }
    if (suite.assertionResults.length === 0 && suite.status === 'failed') console.log(`  did not run: ${suite.name}`)
  }
  passed += result.numPassedTests
  failed += result.numFailedTests + lost
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
