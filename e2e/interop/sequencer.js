const { default: Sequencer } = require('@jest/test-sequencer')

/** The longest column of the interop suite, and the next: workers that begin with them end together, also where no times are cached. */
const first = ['bgp-gobgp.scenario.ts', 'unnumbered.scenario.ts']
const rank = ({ path }) => {
  const at = first.findIndex((name) => path.endsWith(`/e2e/interop/${name}`))
  return at < 0 ? first.length : at
}

/** Jest's own order but for these. */
module.exports = class extends Sequencer {
  async sort(tests) {
    return (await super.sort(tests)).sort((a, b) => rank(a) - rank(b))
  }
}
