/**
 * Banks of a world for profiles that an operator wrote: one contracted bank for each payment profile of a folder, so
 * that a layout made up on the spot runs through the whole journey with no line of code.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nameFacts, readProfiles, shippedFolder } from '../../../formats/profile/load-catalog.ts'
import type { DemoBank } from './demo-banks.ts'

/** Lays the payment profiles of `folder` over the shipped ones in `into`. Throws with every problem. */
export function layOverShipped(folder: string, into: string): readonly DemoBank[] {
  copyProfiles(shippedFolder(), into)
  const ids = copyProfiles(folder, into)
  if (ids.length === 0) throw new Error(`${folder} holds no payment profile (*.yaml).`)
  const { current, complaints } = readProfiles(into)
  if (complaints.length > 0)
    throw new Error(`The profiles of ${folder} do not hold:\n${complaints.join('\n')}`)
  return [...new Set(ids)].sort().flatMap((id, at) => {
    const profile = current.get(id)?.profile
    return profile === undefined ? [] : [ownBank(id, profile.title, at)]
  })
}

/** Copies the shipped payment profiles to a world's own folder of profiles. */
export function copyShipped(into: string): void {
  copyProfiles(shippedFolder(), into)
}

/** Copies documents and code tables; statements describe no payments. Gives the ids of current versions. */
function copyProfiles(from: string, into: string): readonly string[] {
  mkdirSync(join(into, 'codes'), { recursive: true, mode: 0o700 })
  for (const name of yamlIn(join(from, 'codes'))) cpSync(join(from, 'codes', name), join(into, 'codes', name))
  const payments = yamlIn(from).filter((name) => !isStatement(join(from, name)))
  for (const name of payments) cpSync(join(from, name), join(into, name))
  return payments.map(nameFacts).flatMap(({ id, version }) => (version === undefined ? [id] : []))
}

function yamlIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  } catch (error) {
    if (folder.endsWith('codes')) return []
    throw new Error(`The folder ${folder} cannot be read.`, { cause: error })
  }
}

const isStatement = (path: string): boolean => /^kind:\s*['"]?statement/mu.test(readFileSync(path, 'utf8'))

/** Codes of agreements have at most 32 characters; `my-` keeps them apart from the banks of the demo. */
function ownBank(id: string, title: string, at: number): DemoBank {
  return {
    bank: `my-${id}`.slice(0, 32).replace(/-$/u, ''),
    title: `${title}（模拟）`,
    profile: id,
    envelope: 'cms',
    settings: {},
    fundingAccount: `4305090000${`${at + 1}`.padStart(10, '0')}`,
    windows: [{ days: 'every', open: '00:00', close: '24:00' }],
  }
}
