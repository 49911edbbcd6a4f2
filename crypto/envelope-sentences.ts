/**
 * What an operator reads when an envelope was refused, in both languages; the sender of the bytes reads none of it.
 */
import type { EnvelopeRefusal } from './envelope.ts'

/** One sentence in Chinese and in English for every code. */
export const envelopeSentences: Readonly<
  Record<EnvelopeRefusal, { readonly zh: string; readonly en: string }>
> = {
  MALFORMED: {
    zh: '文件结构不符合约定的密文或签名格式',
    en: 'The file does not have the structure of the agreed envelope',
  },
  TRUNCATED: { zh: '文件不完整，中途截断', en: 'The file ends in the middle' },
  TRAILING_BYTES: { zh: '文件末尾多出内容', en: 'More bytes follow the end of the envelope' },
  NOT_ENCRYPTED: { zh: '文件没有按约定加密', en: 'The file is not encrypted as agreed' },
  NOT_SIGNED: { zh: '文件没有签名', en: 'The file carries no signature' },
  WRONG_RECIPIENT: { zh: '文件不是加密给本方的', en: 'The file is not encrypted for any of our keys' },
  UNKNOWN_SIGNER: { zh: '签名人不是协议登记的签名人', en: 'The signer is not one that the agreement names' },
  SEVERAL_SIGNERS: { zh: '签名数量与约定不符', en: 'The file carries more signatures than agreed' },
  BAD_SIGNATURE: { zh: '签名验证未通过', en: 'The signature does not verify' },
  DIGEST_MISMATCH: { zh: '内容与签名或摘要不一致', en: 'The content is not what was signed or announced' },
  WEAK_ALGORITHM: { zh: '使用了不允许的弱算法或短密钥', en: 'An algorithm or key is too weak to be allowed' },
  CERTIFICATE_NOT_VALID: {
    zh: '证书或密钥不在有效期内或用途不符',
    en: 'A certificate or key is out of date or not for this use',
  },
  UNDECRYPTABLE: {
    zh: '解密失败：内容被改动或密钥不符',
    en: 'The content does not decrypt: it was altered or its key is wrong',
  },
  EMPTY_CONTENT: { zh: '文件内容为空', en: 'The file has no content' },
  TOO_LARGE: { zh: '文件超过允许的大小', en: 'The file is larger than allowed' },
  CERTIFICATE_REVOKED: { zh: '证书或密钥已被吊销', en: 'A certificate or key was revoked' },
  CHAIN_BROKEN: {
    zh: '证书链不能追溯到协议登记的根证书',
    en: 'No certificate chain leads to a root that the agreement names',
  },
  REVOCATION_LIST_STALE: {
    zh: '缺少当前有效的证书吊销列表',
    en: 'There is no revocation list for this time',
  },
  REVOCATION_LIST_NOT_VALID: { zh: '证书吊销列表无效', en: 'A revocation list is not valid' },
  SIGNATURE_TIME: { zh: '签名时间不合理', en: 'The time of the signature cannot be right' },
  LEGACY_NOT_AGREED: {
    zh: '协议没有约定使用这种旧式校验',
    en: 'The agreement does not allow this weak check',
  },
  ALGORITHM_NOT_AGREED: {
    zh: '使用了未约定的算法或版本',
    en: 'An algorithm or version was used that is not agreed',
  },
  ALGORITHM_UNAVAILABLE: {
    zh: '本机的 Node.js 不支持国密算法 SM3 或 SM4，文件本身未必有错',
    en: 'This machine runs a Node.js without SM3 or SM4; the file itself may be right',
  },
  WRONG_ORDER: {
    zh: '国密密文的分段顺序与约定不符',
    en: 'The parts of the SM2 ciphertext are not in the agreed order',
  },
  BAD_SIGNATURE_SHAPE: { zh: '签名的编码与约定不符', en: 'The signature is not encoded as agreed' },
  CLEAR_TEXT: { zh: '银行以明文返回了错误信息', en: 'The bank answered with an error in clear text' },
}
