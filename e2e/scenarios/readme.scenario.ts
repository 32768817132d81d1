import { readmeScenario } from './cases/readme'

// On a cluster of its own, because the first of its commands installs Loadstone.
readmeScenario()
