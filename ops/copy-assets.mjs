// Copies what the compiler leaves behind (SQL migrations, YAML profiles, calendars) beside the compiled code.
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const keep = /\.(sql|yaml|json|html|css|md)$/
for (const root of ['gateway', 'formats', 'crypto', 'schedulers', 'ops']) {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !keep.test(entry.name)) continue
    const from = join(entry.parentPath ?? entry.path, entry.name)
    mkdirSync(dirname(join('dist', from)), { recursive: true })
    cpSync(from, join('dist', from))
  }
}
