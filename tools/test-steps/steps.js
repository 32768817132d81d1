/**
 * What `make test` runs. Phases follow each other; the lanes of a phase run side by side; the steps of a lane follow each other. A phase is
 * laid out so that its lanes end at about the same time on two cores: real daemons mostly wait. What measures time runs last, alone.
 * A step with `jest` is the Jest project of its name; `floor` is the least number of tests it must have passed, so that none is lost unseen.
 */
const phases = [
  [
    [{ name: 'unit', jest: { workers: 2 }, floor: 3_900 }],
    [
      { name: 'lint', make: ['lint'] },
      { name: 'fuzz', make: ['fuzz', `SECONDS=${process.env.FUZZ_SECONDS || 60}`] },
    ],
  ],
  [
    [
      { name: 'native', jest: { workers: 2 }, floor: 140 },
      { name: 'cluster', jest: { workers: 2 }, floor: 75 },
    ],
    [
      { name: 'interop', jest: { workers: 3 }, floor: 245 },
      { name: 'api', jest: { workers: 2 }, floor: 260 },
      { name: 'demo', make: ['demo', 'ONCE=1'] },
    ],
  ],
  [[{ name: 'timing', jest: { workers: 1 }, floor: 17 }]],
]

/** The phases with the chosen steps only; every step when nothing is chosen. */
function chosen(names) {
  const every = phases.flat(2).map(({ name }) => name)
  const unknown = names.filter((name) => !every.includes(name))
  if (unknown.length > 0) throw new Error(`PROJECTS names ${unknown.join(', ')}; there are ${every.join(', ')}`)
  const wanted = names.length === 0 ? every : names
  return phases
    .map((lanes) => lanes.map((lane) => lane.filter(({ name }) => wanted.includes(name))).filter((lane) => lane.length > 0))
    .filter((lanes) => lanes.length > 0)
}

module.exports = { phases, chosen }
