/**
 * The four contracted banks of the demo: which layout and which envelope each uses, what it knows of its customer,
 * when it is open.
 */
import type { EnvelopeKind } from './world-envelopes.ts'

/** A bank of the demo. `settings` override the sample settings of its profile; `windows` go into its agreement. */
export interface DemoBank {
  readonly bank: string
  readonly title: string
  readonly profile: string
  readonly envelope: EnvelopeKind
  readonly settings: Readonly<Record<string, string>>
  readonly fundingAccount: string
  readonly windows: readonly {
    readonly days: 'working' | 'every'
    readonly open: string
    readonly close: string
  }[]
}

/** All of them; each uses a layout and an envelope of another kind. */
export const demoBanks: readonly DemoBank[] = [
  {
    bank: 'yy-rcb',
    title: '岳阳农商行（模拟）',
    profile: 'rural-fixed',
    envelope: 'cms',
    settings: {},
    fundingAccount: '43050100000000000011',
    windows: [{ days: 'working', open: '08:30', close: '17:30' }],
  },
  {
    bank: 'cmbc',
    title: '民生银行（模拟）',
    profile: 'cmbc-batch',
    envelope: 'pgp',
    settings: {},
    fundingAccount: '43050200000000000012',
    windows: [{ days: 'every', open: '00:00', close: '24:00' }],
  },
  {
    bank: 'spdb',
    title: '浦发银行（模拟）',
    profile: 'spdb-ubp',
    envelope: 'gm-detached',
    settings: {},
    fundingAccount: '43050300000000000013',
    windows: [{ days: 'working', open: '09:00', close: '17:00' }],
  },
  {
    bank: 'ccb',
    title: '建设银行（模拟）',
    profile: 'ccb-batch',
    envelope: 'gm',
    settings: {},
    fundingAccount: '43050400000000000014',
    windows: [{ days: 'every', open: '08:00', close: '20:00' }],
  },
]
