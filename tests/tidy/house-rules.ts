/** The house in one list: who may import whom, what may not be written, and the few exceptions with their reasons. */

/** Folders of the product, each with those of ours that it may import from. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  formats: ['formats'],
  crypto: ['crypto'],
  gateway: ['gateway', 'formats', 'crypto'],
  schedulers: ['schedulers', 'gateway', 'formats', 'crypto'],
  ops: ['ops', 'schedulers', 'gateway', 'formats', 'crypto'],
}

/** The way of a batch; a stage looks back at earlier ones and down to the floor. */
export const stages: readonly string[] = ['intake', 'dispatch', 'transfer', 'results', 'outcomes']

/** Folders on which every stage stands; the top-level files of gateway belong to it. */
export const floor: readonly string[] = ['ledger', 'banks', 'store']

/** Where each package may be imported; a place ends in a slash or is one file. */
export const packagePlaces: Readonly<Record<string, readonly string[]>> = {
  '@fastify/static': ['ops/console/', 'ops/api/'],
  bull: ['schedulers/bull-driver.ts'],
  'cli-progress': ['ops/cli/', 'ops/demo/'],
  commander: ['ops/cli/'],
  fastify: ['ops/api/', 'ops/console/', 'ops/metrics/', 'ops/simulator/', 'ops/start/'],
  'iconv-lite': ['formats/values/'],
  'node-forge': ['crypto/'],
  pg: ['gateway/store/', 'ops/embedded/'],
  pkcs11js: ['crypto/pkcs11/'],
  'pg-copy-streams': ['gateway/store/'],
  picocolors: ['ops/cli/', 'ops/demo/'],
  pino: ['ops/'],
  'prom-client': ['ops/metrics/'],
  openpgp: ['crypto/'],
  '@noble/curves': ['crypto/'],
  re2js: ['formats/values/'],
  saxes: ['formats/xml/'],
  ssh2: ['gateway/transfer/', 'ops/simulator/'],
  'ssh2-sftp-client': ['gateway/transfer/'],
  undici: ['gateway/transfer/', 'gateway/outcomes/', 'ops/'],
  yaml: ['formats/profile/', 'gateway/banks/', 'ops/'],
  zod: ['formats/', 'gateway/', 'ops/'],
}

/** Files that may say `as`, each with its reason. */
export const castPlaces: Readonly<Record<string, string>> = {
  'formats/values/money.ts': 'brands Money',
  'gateway/ledger/batch.ts': 'brands batch and bank numbers',
}

/** Files that may make a JSON number of an amount, each with its reason. */
export const numberPlaces: Readonly<Record<string, string>> = {
  'ops/demo/batch-ndjson.ts': 'writes whole fen as a JSON number, far below 2^53',
}

/** Where SQL may be written, besides `*-store.ts` and migrations. */
export const sqlPlaces: readonly string[] = ['gateway/store/', 'ops/embedded/']

/** Files whose answers must depend on their arguments alone: no clock and no chance. */
export const isPure = (path: string): boolean =>
  path.startsWith('formats/') ||
  /\/(plan-|match|decide-)[^/]*\.ts$/.test(path) ||
  path === 'gateway/banks/window.ts'

/** Names that say nothing of what a file holds. */
export const emptyNames = ['utils', 'util', 'common', 'helpers', 'helper', 'types', 'misc', 'shared', 'index']

/** Lines a file may have, and lines a function may have. */
export const limits = { fileLines: 400, functionLines: 70 } as const
