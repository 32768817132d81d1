import { readFileSync, writeFileSync } from 'node:fs'

// After `npm install` where a registry lacks the packages of other platforms, npm leaves them out of the lock, and `npm ci`
// then refuses it everywhere. This adds them: version from whoever asks for them, platform from their names.
const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix', 'win32']
const processors = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32']

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
let added = 0
for (const { optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const words = name.split(/[/-]/)
    const os = systems.filter((system) => words.includes(system))
    const cpu = processors.filter((processor) => words.includes(processor))
    if (lock.packages[`node_modules/${name}`] !== undefined || (os.length === 0 && cpu.length === 0)) continue
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[~^]/, ''),
      dev: true,
      optional: true,
      ...(os.length === 0 ? {} : { os }),
      ...(cpu.length === 0 ? {} : { cpu }),
    }
    added += 1
  }
}
const paths = Object.keys(lock.packages).sort((a, b) => (a < b ? -1 : 1))
lock.packages = Object.fromEntries(paths.map((path) => [path, lock.packages[path]]))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
console.log(`package-lock.json: ${added} packages of other platforms added`)
