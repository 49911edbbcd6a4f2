/** Check of the machine's cryptography by known answers, as the service runs it before it starts. */
import { requireSoundCryptography } from '../start/sound-cryptography.ts'
import { type Check, check, failedBy, sentence } from './doctor-check.ts'

/** Runs the known answers of SM2, SM3 and SM4. */
export function cryptographyCheck(): Check {
  const hint = sentence(
    '换用 nodejs.org 发布的 Node，其 OpenSSL 含国密算法',
    'Use a Node of nodejs.org: its OpenSSL has the Chinese algorithms.',
  )
  try {
    requireSoundCryptography()
    return check(
      'cryptography',
      'ok',
      sentence('国密算法自检通过', 'SM2, SM3 and SM4 give the known answers.'),
    )
  } catch (error) {
    return failedBy('cryptography', error, hint)
  }
}
