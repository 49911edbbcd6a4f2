import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, describe, expect, it } from 'vitest'
import { runCryptoSelfTest, SelfTestFailed } from '../../crypto/self-test.ts'

const { createVerify, createSign, createCipheriv, createHash, getHashes } = crypto
const real = { createVerify, createSign, createCipheriv, createHash, getHashes }

/** Makes this Node behave otherwise until the test is over. */
function change(other: Partial<typeof real>): void {
  Object.assign(crypto, other)
  syncBuiltinESMExports()
}

afterEach(() => change(real))

function failedTests(): readonly string[] {
  try {
    runCryptoSelfTest()
    return []
  } catch (error) {
    if (error instanceof SelfTestFailed) return error.failed
    throw error
  }
}

describe('the self-test of the Chinese algorithms', () => {
  it('passes on this Node', () => {
    expect(failedTests()).toEqual([])
  })

  it('stops a Node that would make Z_A itself, as its one-shot calls do', () => {
    change({
      createVerify: (name, ...more) => {
        const whole = real.createVerify(name, ...more)
        let first = true
        const { update } = whole
        whole.update = (data: crypto.BinaryLike) => {
          const own = first ? real.createHash('sm3').update('an empty id').digest() : data
          first = false
          return Reflect.apply(update, whole, [own])
        }
        return whole
      },
    })
    expect(failedTests()).toContain('SM2 signature of the standard, under its user id alone')
    expect(() => runCryptoSelfTest()).toThrow(/self-test failed on Node v.*SM2 signature/)
  })

  it('stops a Node whose SM3 or SM4 gives other bytes, or that has none', () => {
    change({ createHash: (name, ...more) => real.createHash(name === 'sm3' ? 'sha256' : name, ...more) })
    expect(failedTests()).toEqual(expect.arrayContaining(['SM3 of "abc"', 'SM2 encryption']))
    change(real)
    change({ getHashes: () => ['sha256'] })
    expect(failedTests()).toEqual(['SM3 and SM4 are there'])
  })
})
