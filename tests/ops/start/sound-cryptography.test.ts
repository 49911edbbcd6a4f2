/** The service computes known answers before it opens anything, and the doctor shows them. */
import { expect, it } from 'vitest'
import { catalogue } from '../../../gateway/faults.ts'
import { cryptographyCheck } from '../../../ops/cli/doctor-cryptography.ts'
import { requireSoundCryptography } from '../../../ops/start/sound-cryptography.ts'

it('a machine that gives the known answers passes, and the doctor says so in both languages', () => {
  expect(() => requireSoundCryptography()).not.toThrow()
  expect(cryptographyCheck()).toMatchObject({
    id: 'cryptography',
    status: 'ok',
    finding: { zh: expect.stringMatching(/[一-鿿]/), en: expect.stringMatching(/known answers/) },
  })
})

it('one that does not is never retried', () => {
  expect(catalogue.CRYPTOGRAPHY_UNSOUND).toMatchObject({ retry: 'never', owner: 'security' })
})
