/** The banks of a world that are reached over an API, one of each shape: what each is, and its agreement. */

import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import type { ApiTerms } from '../../../gateway/banks/channel-schema.ts'
import { serverPin } from '../../../gateway/transfer/api/pinned-connector.ts'
import { doorIdentity } from '../api/api-keys.ts'
import { openApiShape } from '../api/api-shapes.ts'
import { jsonRowsProfile } from '../api/json-rows-profile.ts'
import { bankFolders } from '../bank/bank-desk.ts'
import { makeFolder } from './party-keys.ts'
import type { WorldApiBank } from './simulated-world.ts'

/** Shapes of an API that a world can have a bank of. */
export const apiShapes = ['json-sm', 'xml-post', 'form-post'] as const satisfies readonly ApiTerms['shape'][]

/** Facts of the banks behind an API; each shape with a layout that it carries. */
export const apiBanks = [
  {
    bank: 'cmb-api',
    title: '招商银行云直连（模拟）',
    shape: 'json-sm',
    profile: jsonRowsProfile.id,
    fundingAccount: '43050500000000000015',
  },
  {
    bank: 'icbc-api',
    title: '工商银行银企互联（模拟）',
    shape: 'xml-post',
    profile: 'icbc-payper',
    fundingAccount: '43050600000000000016',
  },
  {
    bank: 'unionpay-api',
    title: '银联批量代付（模拟）',
    shape: 'form-post',
    profile: 'unionpay-acp',
    fundingAccount: '43050700000000000017',
  },
] as const

/** Puts the layout of JSON rows, which is none of the shipped ones, into a world's folder of profiles. */
export function addJsonRows(profilesFolder: string): void {
  writeFileSync(join(profilesFolder, `${jsonRowsProfile.id}.yaml`), jsonRowsProfile.yaml)
}

/** Makes a bank of a world: folder, keys and agreement; its port is agreed and stays. */
export async function makeApiBank(
  root: string,
  facts: (typeof apiBanks)[number],
  profile: CompiledProfile,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<WorldApiBank> {
  const folder = join(root, 'banks', facts.bank)
  const folders = bankFolders(folder)
  for (const one of [folders.in, folders.out]) await makeFolder(one)
  const settings = { ...profile.sampleSettings }
  const { terms } = await openApiShape({ shape: facts.shape, folder, settings })
  const { certificate } = await doorIdentity(folder)
  const channel = {
    kind: 'api',
    shape: facts.shape,
    url: `https://${host}:${port}`,
    serverPins: [serverPin(new X509Certificate(certificate))],
    ...terms,
    answerMs: 5000,
    queries: { firstAfterMinutes: 1, everyMinutes: 10, ...(facts.shape === 'form-post' && { most: 5 }) },
  }
  const { bank, title, fundingAccount } = facts
  const agreementFile = join(root, 'agreements', `${bank}.yaml`)
  writeFileSync(
    agreementFile,
    stringify(
      {
        bank,
        title,
        profile: facts.profile,
        settings,
        fundingAccount,
        channel,
        envelope: { scheme: 'none' },
        windows: [{ days: 'every', open: '00:00', close: '24:00' }],
        pollSeconds: 0.5,
        result: { dueMinutes: 240 },
      },
      { lineWidth: 0, aliasDuplicateObjects: false },
    ),
  )
  return { ...facts, settings, folder, host, port, agreementFile }
}
