/** The house rules (DESIGN of the folders, house style), checked on every file. The list is tests/tidy/house-rules.ts. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { castPlaces, layers, numberPlaces } from './tidy/house-rules.ts'
import * as imports from './tidy/import-rules.ts'
import * as shape from './tidy/shape-rules.ts'
import { readSourceFiles } from './tidy/source-file.ts'
import * as syntax from './tidy/syntax-rules.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const all = readSourceFiles(root, [...Object.keys(layers), 'tests'])
const product = all.filter((file) => file.top in layers)
const support = all.filter(
  (file) => file.path.startsWith('tests/support/') || file.path.startsWith('tests/tidy/'),
)
const typed = product.filter((file) => file.path.endsWith('.ts'))

describe('imports', () => {
  it('run one way: ops, schedulers, gateway, formats and crypto', () =>
    expect(imports.layerOffenders(all)).toEqual([]))
  it('of a stage look back or down, never ahead', () => expect(imports.stageOffenders(all)).toEqual([]))
  it('make no rings', () => expect(imports.loopOffenders(all)).toEqual([]))
  it('of a package stay in its place', () => expect(imports.packageOffenders(all)).toEqual([]))
  it('name the file they mean', () => expect(imports.extensionOffenders(all)).toEqual([]))
})

describe('the product', () => {
  it('has no any, !, enum, namespace, parameter property or default export', () =>
    expect(syntax.syntaxOffenders(product)).toEqual([]))
  it('casts only where the list says why', () => expect(syntax.castOffenders(typed)).toEqual([]))
  it('writes to no console', () => expect(syntax.consoleOffenders(product)).toEqual([]))
  it('keeps clock and chance out of what must be pure', () =>
    expect(syntax.impureOffenders(product)).toEqual([]))
  it('keeps SQL in its stores', () => expect(syntax.sqlOffenders(typed)).toEqual([]))
  it('takes no amount through a float', () => expect(syntax.floatOffenders(product)).toEqual([]))
  it('documents every export', () => expect(shape.undocumented([...typed, ...support])).toEqual([]))
  it('opens each file by saying what it promises', () =>
    expect(shape.silentFiles([...product, ...support])).toEqual([]))
  it('has functions that fit on a screen', () =>
    expect(shape.longFunctions([...product, ...support])).toEqual([]))
})

describe('every file', () => {
  it('is short', () => expect(shape.longFiles(all)).toEqual([]))
  it('has a name that says what it holds', () => expect(shape.badNames(all)).toEqual([]))
  it('leaves nothing for later', () => expect(shape.unfinishedWork(all)).toEqual([]))
  it('knows no single machine', () => expect(shape.machinePaths(all)).toEqual([]))
})

describe('the list of rules', () => {
  it('names only files that exist', () =>
    expect(
      Object.keys({ ...castPlaces, ...numberPlaces }).filter((path) => !existsSync(`${root}${path}`)),
    ).toEqual([]))
})
