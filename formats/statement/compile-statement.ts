/** Makes a statement profile usable: each layout has its reader, names are the same for all. */
import { fillTemplate, nameReader } from '../profile/name-template.ts'
import { camtReader } from './camt-reader.ts'
import type { CompiledStatement, StatementReader } from './compiled-statement.ts'
import { fixedReader } from './fixed-reader.ts'
import { mt940Reader } from './mt940-reader.ts'
import type { StatementSpec } from './statement-schema.ts'
import { voucherReader } from './voucher-reader.ts'

/** Compiles a profile that `statementRules` found sound. */
export function compileStatement(spec: StatementSpec): CompiledStatement {
  return {
    id: spec.id,
    version: spec.version,
    title: spec.title,
    source: spec.source,
    fidelity: spec.fidelity,
    note: spec.note ?? '',
    layout: spec.layout,
    charset: spec.charset,
    matchName: nameMatcher(spec.name),
    reader: (account) => readerOf(spec, account),
  }
}

function nameMatcher(template: string): CompiledStatement['matchName'] {
  const read = nameReader(template)
  return (name, account) => {
    const named = read(name)
    if (!named || account === undefined) return named
    const filled = fillTemplate(template, {
      businessDate: named.businessDate ?? '',
      sequence: named.sequence ?? 0,
      settings: {},
      others: { account },
    })
    return filled === name ? named : undefined
  }
}

function readerOf(spec: StatementSpec, account: string | undefined): StatementReader {
  switch (spec.layout) {
    case 'fixed':
      return fixedReader(spec, account)
    case 'mt940':
      return mt940Reader(spec, account)
    case 'camt':
      return camtReader(spec, account)
    case 'voucher':
      return voucherReader(spec, account)
    default:
      return spec satisfies never
  }
}
