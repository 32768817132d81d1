export { type ClockUnderTest, clockConformance } from './clock-conformance'
