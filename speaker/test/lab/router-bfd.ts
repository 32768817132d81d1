import { type Host, nodeUnderTest, type Program } from './host'

/** The router's end of BFD: libs/bfd in a process of its own, which prints a line for each change. */
export const routerBfd = (router: Host, built: string, intervalMillis = 50): Program =>
  router.start([
    nodeUnderTest,
    `${built}/bfd.js`,
    ...`--peer 192.0.2.5 --interface lan0 --transmit ${intervalMillis} --receive ${intervalMillis} --multiplier 3`.split(' '),
  ])
