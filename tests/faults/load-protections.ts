/** Gathers the protections of every topic. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Protection } from './protection.ts'

const folder = fileURLToPath(new URL('./protections/', import.meta.url))
const text = z.string().min(1)
const topicSchema = z.object({
  protections: z.array(
    z.strictObject({
      fault: z.string().regex(/^F\d\d$/),
      ...{ promise: text, file: text, take: text, put: z.string(), test: text, title: text },
    }),
  ),
})

/** Every protection, topic by topic. Throws for a file of the folder that exports no `protections`. */
export async function loadProtections(): Promise<Protection[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  const topics = await Promise.all(files.sort().map(loadTopic))
  return topics.flat()
}

async function loadTopic(file: string): Promise<readonly Protection[]> {
  const loaded: unknown = await import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href)
  const read = topicSchema.safeParse(loaded)
  if (!read.success) throw new Error(`tests/faults/protections/${file}: ${z.prettifyError(read.error)}`)
  return read.data.protections
}
