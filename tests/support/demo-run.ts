/** The demo as a child process on compiled code, as a newcomer runs it. */
import { spawn } from 'node:child_process'
import { expect } from 'vitest'
import type { z } from 'zod'

/** Which servers the demo is given; without addresses it embeds its own. */
export interface DemoServers {
  readonly databaseUrl?: string
  readonly redisUrl?: string
}

/** Runs `huida demo` with these words and gives its report as JSON. Fails the test unless it ends 0. */
export async function runDemo<T>(
  report: z.ZodType<T>,
  words: readonly string[],
  { databaseUrl = '', redisUrl = '' }: DemoServers = {},
): Promise<T> {
  const child = spawn(process.execPath, ['ops/cli/huida.mjs', 'demo', ...words, '--json'], {
    env: { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let said = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  expect(code, said).toBe(0)
  return report.parse(JSON.parse(out))
}
