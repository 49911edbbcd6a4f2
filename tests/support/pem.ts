/** DER as PEM text. */

/** PEM (RFC 7468) with lines of 64 letters; `label` is for example CERTIFICATE. */
export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
