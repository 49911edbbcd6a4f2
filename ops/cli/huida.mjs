#!/usr/bin/env node
// Starts the compiled command; a checkout that was never built says how.
import { existsSync } from 'node:fs'

const compiled = new URL('../../dist/ops/cli/main.js', import.meta.url)
if (!existsSync(compiled)) {
  process.stderr.write('Huida is not built yet. Run: npm ci   (or: npm run build)\n')
  process.exit(1)
}
// A reader that has seen enough, such as `head`, is no fault of ours.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1))
const { runCli } = await import(compiled.href)
process.exitCode = await runCli(process.argv.slice(2))
