/** The documents keep up with the program: their links lead somewhere, their tables name what there is, and no more. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../gateway/faults.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const listed = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([whole, inner]) => inner ?? whole))].sort()

const folders = ['.', 'gateway', 'formats', 'crypto', 'schedulers', 'ops', 'tests']
const documents = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

it.each(documents)('%s points only to files that exist', (path) => {
  const links = listed(read(path), /\]\(([^)#:]+)(?:#[^)]*)?\)/g)
  expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([])
})

describe.each(['README.md', 'README.zh-CN.md'])('%s', (path) => {
  const text = read(path)

  it('has every environment variable of the configuration, and no other', () => {
    const variables = /\b(?:HUIDA_[A-Z_]+|DATABASE_URL|REDIS_URL)\b/g
    const rows = text.split('\n').filter((line) => line.startsWith('| `'))
    expect(listed(rows.join('\n'), variables).filter((name) => name !== 'HUIDA_FOLDER')).toEqual(
      listed(read('ops/start/config.ts'), variables).filter((name) => name !== 'HUIDA_FOLDER'),
    )
  })

  it('says of every dependency why it is there', () => {
    const { dependencies, optionalDependencies } = JSON.parse(read('package.json'))
    const names = Object.keys({ ...dependencies, ...optionalDependencies })
    const rows = text.split('\n').filter((line) => line.startsWith('| '))
    const cells = rows.flatMap((row) => (row.split('|')[1] ?? '').split(/[,、]/).map((cell) => cell.trim()))
    expect(names.filter((name) => !cells.includes(name))).toEqual([])
  })

  it('has every command', () => {
    const commands = listed(read('ops/cli/main.ts'), /^ {2}(\w+): async/gm)
    const first = text.split('\n').filter((line) => /^\| `[a-z]/.test(line))
    const named = listed(first.map((line) => line.split(' | ')[0]).join(' '), /[`\s]([a-z]+)/g)
    expect(commands.filter((command) => !named.includes(command))).toEqual([])
  })
})

it('runbooks name only fault codes that exist', () => {
  const codes = listed(
    read('ops/runbooks/README.md').split('| code or state |')[1] ?? '',
    /`([A-Z]+_[A-Z_]+)`/g,
  )
  expect(codes.length).toBeGreaterThan(4)
  expect(codes.filter((code) => !Object.hasOwn(catalogue, code))).toEqual([])
})
