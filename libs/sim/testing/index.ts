export { type ClockUnderTest, clockConformance } from './clock-conformance'
export { mustTests } from './must'
export { readTests, type TestTexts } from './read-tests'
