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
    '^arp-ts$': '<rootDir>/libs/arp/src',
    '^@loadstone/(wire|sim|packet|kube)/testing$': '<rootDir>/libs/$1/testing',
    '^@loadstone/kube/operator$': '<rootDir>/libs/kube/src/operator',
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
 * cluster a real three-node cluster, one for the whole project, so these run one after the other
 */
const project = (displayName, testMatch, more = {}) => ({ ...base, displayName, rootDir: __dirname, testMatch, ...more })
const patient = { setupFilesAfterEnv: ['<rootDir>/tools/jest-patience.js'] }
module.exports = {
  projects: [
    project('unit', ['<rootDir>/{libs/*,operator,speaker,crds,charts,e2e}/test/*.test.ts', '<rootDir>/arch/*.test.ts']),
    project('native', ['<rootDir>/{libs/*,speaker}/test/*.native.ts'], patient),
    project('api', ['<rootDir>/{libs/*,operator,speaker,crds,charts}/test/*.api.ts'], patient),
    project('interop', ['<rootDir>/e2e/interop/*.scenario.ts'], patient),
    project('cluster', ['<rootDir>/e2e/scenarios/*.scenario.ts'], patient),
  ],
}
