export { type ClockUnderTest, clockConformance } from './clock-conformance'
export { mustTests } from './must'
export { titlesOf } from './titles'
