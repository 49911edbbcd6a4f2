/**
 * Runs the `main` of a TypeScript file of the tests with words of the command line, on every Node that runs the tests:
 * `node tests/support/run-typescript.mjs tests/faults/run-protections.ts --only F27`. Its number is the exit code.
 */
import { resolve } from 'node:path'
import { createViteServer } from 'vitest/node'

const [file, ...words] = process.argv.slice(2)
if (file === undefined) throw new Error('name the file to run')
const server = await createViteServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, watch: null, ws: false },
})
try {
  const { main } = await server.ssrLoadModule(resolve(file))
  process.exitCode = await main(words)
} finally {
  await server.close()
}
