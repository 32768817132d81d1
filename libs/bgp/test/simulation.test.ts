import { test } from '@jest/globals'
import { SimWorld } from '../sim/world'

// What `make sim` does with thousands of seeds. What it has found is kept in regressions.test.ts by name.
test('2 to 50 sessions over a network that cuts, stalls and refuses: all come up, agree, repeat nothing and are quiet', () => {
  for (let seed = 1; seed <= 150; seed++) {
    try {
      new SimWorld(seed).run()
    } catch (error) {
      throw new Error(`make sim SEEDS=1 SEED=${seed} fails`, { cause: error })
    }
  }
})
