/** Before anything is opened: a machine that computes other digests or signatures than the standards say must not start. */
import { runCryptoSelfTest } from '../../crypto/self-test.ts'
import { Fault } from '../../gateway/faults.ts'

/** Throws CRYPTOGRAPHY_UNSOUND naming the known answers that did not come out. Takes less than 100 ms. */
export function requireSoundCryptography(): void {
  try {
    runCryptoSelfTest()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('CRYPTOGRAPHY_UNSOUND', { reason }, error)
  }
}
