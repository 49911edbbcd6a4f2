/**
 * Object identifiers of the Chinese algorithms (GM/T 0006) and of the message syntax of GM/T 0010 (GB/T 35275).
 */

/** Dotted object identifiers by the name of what they identify. */
export const GM_OID = {
  data: '1.2.156.10197.6.1.4.2.1',
  signedData: '1.2.156.10197.6.1.4.2.2',
  envelopedData: '1.2.156.10197.6.1.4.2.3',
  signedAndEnvelopedData: '1.2.156.10197.6.1.4.2.4',
  sm3: '1.2.156.10197.1.401',
  hmacSm3: '1.2.156.10197.1.401.2',
  sm2Curve: '1.2.156.10197.1.301',
  sm2Signature: '1.2.156.10197.1.301.1',
  /** GmSSL writes this one for SM2 encryption. */
  sm2KeyExchange: '1.2.156.10197.1.301.2',
  sm2Encryption: '1.2.156.10197.1.301.3',
  sm2WithSm3: '1.2.156.10197.1.501',
  /** Without a mode: CFCA writes it for CBC, gmcert.org for ECB. */
  sm4: '1.2.156.10197.1.104',
  sm4Cbc: '1.2.156.10197.1.104.2',
  ecPublicKey: '1.2.840.10045.2.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
} as const
