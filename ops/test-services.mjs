// Before the tests: finds the real servers that they talk to and, on Debian as root, installs those that are missing.
// Otherwise it names what is missing and which suites that leaves out; with CI=true a missing server is a failure.
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// One line a service: the Debian package, the programs any of which will do, and the file of tests/support that starts
// it. Test files that import that file cannot run without the service.
const services = [
  { debian: 'redis-server', programs: ['redis-server'], support: 'redis.ts' },
  { debian: 'openssh-server', programs: ['sshd'], support: 'sshd.ts' },
  { debian: 'gnupg', programs: ['gpg'], support: 'gnupg.ts' },
  { debian: 'openssl', programs: ['openssl'], support: 'openssl.ts' },
  { debian: 'softhsm2', programs: ['softhsm2-util'], support: 'softhsm.ts' },
]

// Optional packages that are built when they are installed, which fails quietly without a compiler.
const builds = [
  { name: 'pkcs11js', file: 'node_modules/pkcs11js/build/Release/pkcs11.node', support: 'softhsm.ts' },
]

// What a run of tests may need leave for; where it is not given, not even CI can be held to it.
const leaves = [{ name: 'mounting a small disk', support: 'small-disk.ts', isGiven: mayMount }]

const root = fileURLToPath(new URL('../', import.meta.url))
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin']

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const isThere = (service) =>
  service.programs.some((program) => folders.some((folder) => isProgram(join(folder, program))))

function suitesOf(service) {
  const entries = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
  const suites = entries.filter((entry) => entry.endsWith('.test.ts')).map((entry) => `tests/${entry}`)
  return suites.filter((suite) =>
    readFileSync(join(root, suite), 'utf8').includes(`support/${service.support}'`),
  )
}

const missingServices = () => services.filter((service) => !isThere(service))

function mayMount() {
  return process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0
}

const missingLeaves = () => leaves.filter(({ isGiven }) => !isGiven())

const missingBuilds = () => builds.filter(({ file }) => !existsSync(join(root, file)))

/**
 * Test files that cannot run here. With CI=true a service that is missing leaves nothing out, so that they fail; a
 * package that could not be built does, since a compiler is no service of ours.
 */
export function leftOutSuites() {
  const services = process.env.CI === 'true' ? [] : missingServices()
  return [...new Set([...services, ...missingBuilds(), ...missingLeaves()].flatMap(suitesOf))]
}

/** Installs Debian packages without starting what they bring; the tests start their own servers. */
function install(packages) {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n')
    chmodSync(policy, 0o755)
  }
  try {
    const args = ['install', '-y', '--no-install-recommends', ...packages]
    return apt(args) || (apt(['update']) && apt(args))
  } finally {
    if (ours) rmSync(policy, { force: true })
  }
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const all = ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args]
  const { status, stdout, stderr } = spawnSync('apt-get', all, { env, encoding: 'utf8', timeout: 300_000 })
  const last = (stderr || stdout || '').trim().split('\n').at(-1)
  if (status !== 0) process.stderr.write(`apt-get ${args.join(' ')}: ${last}\n`)
  return status === 0
}

function main() {
  const wanted = services.filter((service) => !isThere(service)).map((service) => service.debian)
  const mayInstall = process.platform === 'linux' && process.getuid?.() === 0 && isProgram('/usr/bin/apt-get')
  if (wanted.length > 0 && mayInstall) {
    process.stderr.write(`Installing for the tests: ${wanted.join(', ')}\n`)
    // Together first, which is quick; then one by one, so that one bad package does not cost the others.
    if (!install(wanted)) for (const name of wanted) install([name])
  }
  const missing = missingServices()
  for (const service of missing) {
    const suites = suitesOf(service).join(', ') || 'nothing yet'
    process.stderr.write(
      `Missing: ${service.debian} (apt-get install ${service.debian}). Left out: ${suites}\n`,
    )
  }
  for (const build of missingBuilds()) {
    const suites = suitesOf(build).join(', ') || 'nothing yet'
    process.stderr.write(
      `Not built: ${build.name} (needs a C++ compiler, then npm rebuild ${build.name}). Left out: ${suites}\n`,
    )
  }
  for (const leave of missingLeaves()) {
    process.stderr.write(`Not allowed here: ${leave.name}. Left out: ${suitesOf(leave).join(', ')}\n`)
  }
  if (missing.length === 0 || process.env.CI !== 'true') return
  process.stderr.write('With CI=true every service must be there.\n')
  process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
