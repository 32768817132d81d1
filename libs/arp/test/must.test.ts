import { mustTests } from '@loadstone/sim/testing'

mustTests(__dirname, 20)
