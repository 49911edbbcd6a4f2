/** Two decisions as tables: whether a file whose sending was cut off is at the bank, and where a failure goes. */
import { describe, expect, it } from 'vitest'
import { canonicalReasons } from '../../formats/reasons/reason-taxonomy.ts'
import { decideRoute } from '../../gateway/outcomes/decide-route.ts'
import { decideDelivery } from '../../gateway/transfer/decide-delivery.ts'

const ours = { sizeBytes: 1000 }
const other = { sizeBytes: 999 }

describe('F27: a sending that was cut off', () => {
  it.each([
    { stage: 'uploading', lies: 'nothing', evidence: {}, kind: 'not-delivered' },
    { stage: 'uploading', lies: 'a part', evidence: { part: other }, kind: 'not-delivered' },
    { stage: 'uploading', lies: 'a whole part', evidence: { part: ours }, kind: 'not-delivered' },
    { stage: 'renaming', lies: 'nothing', evidence: {}, kind: 'unclear' },
    { stage: 'renaming', lies: 'a whole part', evidence: { part: ours }, kind: 'not-delivered' },
    { stage: 'renaming', lies: 'our file', evidence: { final: ours }, kind: 'delivered' },
    {
      stage: 'renaming',
      lies: 'our file and a part',
      evidence: { final: { ...ours, bytes: 'ours' }, part: ours },
      kind: 'delivered',
    },
    {
      stage: 'renaming',
      lies: 'a file of our size that cannot be read, and a part',
      evidence: { final: ours, part: ours },
      kind: 'unclear',
    },
    {
      stage: 'uploading',
      lies: 'a file of our size that cannot be read',
      evidence: { final: ours },
      kind: 'unclear',
    },
    { stage: 'renaming', lies: 'another file', evidence: { final: other }, kind: 'unclear' },
    {
      stage: 'renaming',
      lies: 'another file and a part',
      evidence: { final: other, part: ours },
      kind: 'unclear',
    },
    { stage: 'uploading', lies: 'another file', evidence: { final: other }, kind: 'unclear' },
    {
      stage: 'renaming',
      lies: 'another file of our size',
      evidence: { final: { ...ours, bytes: 'others' } },
      kind: 'unclear',
    },
    {
      stage: 'uploading',
      lies: 'our file from an earlier sending',
      evidence: { final: { ...ours, bytes: 'ours' } },
      kind: 'delivered',
    },
  ] as const)('while $stage, where $lies lies, is $kind', ({ stage, evidence, kind }) =>
    expect(decideDelivery({ sealedBytes: 1000, sendStage: stage }, evidence).kind).toBe(kind),
  )
})

describe('the route of a reason', () => {
  it.each(Object.entries(canonicalReasons))('%s follows its class', (code, { class: reasonClass }) => {
    const route = decideRoute(code, reasonClass)
    switch (reasonClass) {
      case 'T':
        return expect(route).toEqual({ kind: 'treasury' })
      case 'C':
        expect(route).toMatchObject({ kind: 'correct', wanted: 'corrected-data' })
        return expect(route.kind === 'correct' && route.fields.length).toBeGreaterThan(0)
      case 'R':
        return expect(route).toEqual({ kind: 'correct', wanted: 'same-data-again', fields: [] })
      default:
        return expect(route).toEqual({ kind: 'wait', wanted: 'person-must-act', fields: [] })
    }
  })

  it('of a code that nobody has named yet still has an answer', () =>
    expect(decideRoute('SOMETHING_NEW', 'C')).toEqual({
      kind: 'correct',
      wanted: 'corrected-data',
      fields: ['payeeName', 'payeeAccount'],
    }))
})
