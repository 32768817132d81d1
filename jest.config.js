// Jest reaches these dependencies through CommonJS only (docs/adr/0001), so the ES modules among them are transformed.
const esm = [
  '@kubernetes/client-node',
  'openid-client',
  'oauth4webapi',
  'jose',
  'jsonpath-plus',
  'socks-proxy-agent',
  'agent-base',
  'socks',
  'hpagent',
  'js-yaml',
]
const base = {
  testEnvironment: 'node',
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^bgp-js$': '<rootDir>/libs/bgp/src',
    '^bgp-js/(transport|update)$': '<rootDir>/libs/bgp/src/$1',
    '^@loadstone/bfd/(transport|wire)$': '<rootDir>/libs/bfd/src/$1',
    '^arp-ts$': '<rootDir>/libs/arp/src',
    '^@loadstone/(wire|sim|packet|kube|bfd)/testing$': '<rootDir>/libs/$1/testing',
    '^@loadstone/([a-z]+)/([a-z0-9-]+)$': '<rootDir>/libs/$1/src/$2',
    '^@loadstone/(crds|operator|speaker|e2e)$': '<rootDir>/$1/src',
    '^@loadstone/([a-z]+)$': '<rootDir>/libs/$1/src',
  },
  transform: {
    '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esm.join('|')})/)`],
  modulePathIgnorePatterns: ['/out/', '/dist/', '/.cache/'],
}
/**
 * unit    no privilege, no network: part of `make check`
 * native  needs root: packet sockets in network namespaces the tests make themselves
 * api     a real etcd and kube-apiserver
 * interop real routers, each in a network namespace
 * cluster real three-node clusters, one for each file
 * timing  whose subject is a measured time: alone on the machine, and the only ones with a second try
 *
 * tools/test-steps/steps.js says how they run together; arch/projects.test.ts holds every test file to exactly one of them.
 */
const project = (displayName, testMatch, ...setupFilesAfterEnv) => ({
  ...base,
  displayName,
  rootDir: __dirname,
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  setupFilesAfterEnv: ['jest-asserts.js', ...setupFilesAfterEnv].map((file) => `<rootDir>/tools/${file}`),
})
const limits = 'jest-limits.js'
module.exports = {
  // The longest first, or it runs alone at the end: without times of earlier runs Jest goes by the size of files.
  testSequencer: '<rootDir>/e2e/interop/sequencer.js',
  projects: [
    project('unit', ['{libs/*,operator,speaker,crds,charts,e2e,tools}/test/**/*.test.ts', 'arch/**/*.test.ts']),
    project('native', ['{libs/*,operator,speaker}/test/**/*.native.ts'], limits),
    project('api', ['{libs/*,operator,speaker,crds,charts}/test/**/*.api.ts'], limits),
    project('interop', ['e2e/interop/**/*.scenario.ts'], limits),
    project('cluster', ['e2e/scenarios/**/*.scenario.ts'], limits),
    project('timing', ['{libs/*,operator,speaker}/test/**/*.timing.ts', 'e2e/**/*.timing.ts'], limits, 'jest-second-try.js'),
  ],
}
