import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type EnvelopeRefusal, EnvelopeRefused } from '../../../crypto/envelope.ts'
import { verifyMd5SideFile } from '../../../crypto/legacy/md5-side-file.ts'
import { signXml, verifyXmlSignature } from '../../../crypto/legacy/xml-signature.ts'
import { sourceOf } from '../cms/parties.ts'

const agreed = { legacyChecks: ['rsa-sha1-xml', 'md5-side-file'] } as const
const none = { legacyChecks: [] }
const keyPair = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey
const bank = keyPair(2048)

const utf8 = Buffer.from('<GZELINK><INFO><SIGNED_MSG></SIGNED_MSG></INFO><NAME>王某</NAME></GZELINK>')
/** The same text in GBK. */
const gbk = Buffer.concat([
  Buffer.from('<GZELINK><INFO><SIGNED_MSG></SIGNED_MSG></INFO><NAME>'),
  Buffer.from('cdf5c4b3', 'hex'),
  Buffer.from('</NAME></GZELINK>'),
])

const filled = (message: Buffer, signature: string): Buffer => {
  const [before = '', after = ''] = message.toString('latin1').split('</SIGNED_MSG>')
  return Buffer.from(`${before}${signature}</SIGNED_MSG>${after}`, 'latin1')
}

const codeOf = async (check: () => unknown): Promise<string> => {
  try {
    await check()
    return 'verified'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

describe('an RSA-SHA1 signature inside an XML message', () => {
  const signature = signXml(gbk, bank, agreed)
  const right = filled(gbk, signature)
  const text = (change: (message: string) => string): Buffer =>
    Buffer.from(change(right.toString('latin1')), 'latin1')
  const cases: readonly (readonly [string, Buffer, EnvelopeRefusal | 'verified'])[] = [
    ['a right message in GBK', right, 'verified'],
    ['a signature in upper case', filled(gbk, signature.toUpperCase()), 'verified'],
    ['a byte of the name altered', text((all) => all.replace('\xcd', '\xcc')), 'BAD_SIGNATURE'],
    [
      'a signature altered',
      filled(
        gbk,
        signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      ),
      'BAD_SIGNATURE',
    ],
    ['a signature of another message', filled(gbk, signXml(utf8, bank, agreed)), 'BAD_SIGNATURE'],
    ['a signature by a stranger', filled(gbk, signXml(gbk, keyPair(2048), agreed)), 'BAD_SIGNATURE'],
    ['a signature emptied', gbk, 'NOT_SIGNED'],
    ['no element for it', text((all) => all.replace(/<SIGNED_MSG>.*<\/SIGNED_MSG>/, '')), 'NOT_SIGNED'],
    [
      'an element that is empty in short',
      text((all) => all.replace(/<SIGNED_MSG>.*<\/SIGNED_MSG>/, '<SIGNED_MSG/>')),
      'NOT_SIGNED',
    ],
    [
      'a signature in Base64',
      filled(gbk, Buffer.from(signature, 'hex').toString('base64')),
      'BAD_SIGNATURE_SHAPE',
    ],
    ['half a digit missing', filled(gbk, signature.slice(1)), 'BAD_SIGNATURE_SHAPE'],
    ['a second element', text((all) => `${all}<SIGNED_MSG>00</SIGNED_MSG>`), 'MALFORMED'],
    ['an element that does not end', text((all) => all.replace('</SIGNED_MSG>', '')), 'MALFORMED'],
  ]

  for (const [title, message, outcome] of cases) {
    it(`${title}: ${outcome}`, async () => {
      expect(await codeOf(() => verifyXmlSignature({ message }, [bank], agreed))).toBe(outcome)
    })
  }

  it('counts over the UTF-8 text of a message in GBK, where the bank signs so', async () => {
    const message = filled(gbk, signXml(utf8, bank, agreed))
    const signedForm = filled(utf8, signature)
    expect(await codeOf(() => verifyXmlSignature({ message, signedForm }, [bank], agreed))).toBe('verified')
    expect(await codeOf(() => verifyXmlSignature({ message: right, signedForm }, [bank], agreed))).toBe(
      'BAD_SIGNATURE',
    )
  })

  it('counts by any of several pinned keys, but never by one that is too short', async () => {
    const short = keyPair(768)
    const message = filled(gbk, signXml(gbk, short, agreed))
    expect(await codeOf(() => verifyXmlSignature({ message: right }, [short, bank], agreed))).toBe('verified')
    expect(await codeOf(() => verifyXmlSignature({ message }, [short], agreed))).toBe('BAD_SIGNATURE')
  })

  it('counts only where the agreement names it', async () => {
    expect(await codeOf(() => verifyXmlSignature({ message: right }, [bank], none))).toBe('LEGACY_NOT_AGREED')
    expect(await codeOf(() => signXml(gbk, bank, none))).toBe('LEGACY_NOT_AGREED')
  })
})

describe('an MD5 side file', () => {
  const content = Buffer.from('6222|王某|1200.00\n'.repeat(9))
  const md5 = createHash('md5').update(content).digest('hex')
  const name = 'DF_20261121.txt'
  const cases: readonly (readonly [string, string, Buffer, EnvelopeRefusal | 'verified'])[] = [
    ['a bare digest', md5, content, 'verified'],
    ['a digest in upper case with a line end', `${md5.toUpperCase()}\r\n`, content, 'verified'],
    ['a digest with the name of the file', `${md5}  ${name}\n`, content, 'verified'],
    ['a digest with the name of a binary file', `${md5} *${name}\n`, content, 'verified'],
    ['a digest of another file by name', `${md5}  other.txt\n`, content, 'DIGEST_MISMATCH'],
    ['other content', md5, Buffer.from('other'), 'DIGEST_MISMATCH'],
    ['no content', createHash('md5').digest('hex'), Buffer.alloc(0), 'EMPTY_CONTENT'],
    ['a digest of another length', md5.slice(1), content, 'MALFORMED'],
    ['two lines', `${md5}\n${md5}\n`, content, 'MALFORMED'],
    ['nothing', '', content, 'MALFORMED'],
    ['a megabyte', 'a'.repeat(1_000_000), content, 'MALFORMED'],
  ]

  for (const [title, text, data, outcome] of cases) {
    it(`${title}: ${outcome}`, async () => {
      const check = () => verifyMd5SideFile(sourceOf(data, 10), { text, dataFileName: name }, agreed)
      expect(await codeOf(check)).toBe(outcome)
    })
  }

  it('counts only where the agreement names it', async () => {
    const check = () => verifyMd5SideFile(sourceOf(content), { text: md5, dataFileName: name }, none)
    expect(await codeOf(check)).toBe('LEGACY_NOT_AGREED')
  })
})
