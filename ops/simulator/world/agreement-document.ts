/**
 * The documents that a simulated world hands to the gateway: an agreement for each bank and the programme policies,
 * in YAML, in the shape that gateway/banks reads.
 */
import { stringify } from 'yaml'
import { statementProfile } from '../bank/tell-on-statement.ts'
import type { DemoBank } from './demo-banks.ts'

/** What an agreement says of keys; paths are absolute. */
export interface AgreedKeys {
  /** The SSH key that logs in at the bank. */
  readonly privateKey: string
  readonly envelope: object
  readonly fieldCipher?: object
}

/** Where a bank listens and how it is known: its host key is one `ssh-ed25519 AAAA...` line. */
export interface BankAddress {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly hostKey: string
}

/** Simulated time runs at real speed between its jumps, so a demo would wait for a longer one. */
const pollSeconds = 0.5
const resultDueMinutes = 240

/** The agreement with a bank, as YAML. */
export function agreementDocument(bank: DemoBank, address: BankAddress, keys: AgreedKeys): string {
  const { host, port, username, hostKey } = address
  return stringify(
    {
      bank: bank.bank,
      title: bank.title,
      profile: bank.profile,
      settings: bank.settings,
      fundingAccount: bank.fundingAccount,
      channel: {
        kind: 'sftp',
        host,
        port,
        username,
        privateKeyFile: keys.privateKey,
        hostKeys: [hostKey],
        outbox: '/in',
        inbox: '/out',
        timeoutMs: 30_000,
      },
      envelope: keys.envelope,
      ...(keys.fieldCipher !== undefined && { fieldCipher: keys.fieldCipher }),
      windows: bank.windows,
      limits: {},
      pollSeconds,
      result: { dueMinutes: resultDueMinutes },
      statement: { profile: statementProfile, account: bank.fundingAccount },
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )
}

/** The programme policies of the demo, as YAML: what is checked, and whether a finding warns or sinks the batch. */
export function programmesDocument(): string {
  const checks = {
    idNumberChecksum: 'warn',
    idNumberMissing: 'warn',
    cardLuhn: 'warn',
    accountFormat: 'block',
    oneAccountSeveralPeople: 'warn',
    onePersonSeveralAccounts: 'warn',
    duplicatePayment: 'block',
  }
  const programmes = [
    { code: 'FARMLAND-*', name: '耕地地力保护补贴', checks },
    { code: '*', name: '其他惠民惠农补贴', checks },
  ]
  return stringify({ programmes }, { aliasDuplicateObjects: false })
}
