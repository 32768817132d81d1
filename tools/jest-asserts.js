// A test that asserts nothing cannot fail, so a passed test without an assertion fails: Jest's own `hasAssertions`, told of the two
// things these tests assert with. A use of node:assert counts when its function is fetched, which leaves the function, its stack and its
// messages alone; a property of fast-check counts when its predicate answers true. A run in which every case returns early counts nothing.
let asserted = false

function count() {
  if (asserted) return
  asserted = true
  expect.setState({ assertionCalls: 1 })
}

beforeEach(() => {
  asserted = false
  expect.hasAssertions()
})

jest.mock('node:assert/strict', () => {
  return new Proxy(jest.requireActual('node:assert/strict'), {
    get(assert, name) {
      if (/^[a-z]/.test(String(name))) count()
      return assert[name]
    },
    apply(assert, _, given) {
      count()
      return assert(...given)
    },
  })
})

jest.mock('fast-check', () => {
  const real = jest.requireActual('fast-check')
  const holds = (answer) => {
    if (answer === true) count()
    return answer
  }
  const counted = {
    ...real,
    property: (...given) => real.property(...given.slice(0, -1), (...values) => holds(given.at(-1)(...values))),
    asyncProperty: (...given) => real.asyncProperty(...given.slice(0, -1), async (...values) => holds(await given.at(-1)(...values))),
  }
  return { ...counted, __esModule: true, default: counted }
})
