/** What can be told of an envelope without any key. Nothing of it is verified: it is what the sender claims. */

/** A party that a message names, as it names it. */
export interface NamedParty {
  /** `issuer ... serial ...`, `key identifier ...`, or the key ID of an OpenPGP key. */
  readonly id: string
  /** Key transport of a recipient, or signature algorithm of a signer. */
  readonly algorithm: string
  /** Digest of a signer. */
  readonly digest?: string
  /** When a signer says that it signed. */
  readonly at?: string
}

/** One layer, the outermost first; what an encrypted layer holds cannot be seen. */
export interface LayerDescription {
  readonly kind: 'encrypted' | 'signed' | 'signed-and-encrypted' | 'compressed' | 'content'
  /** Type of the structure, such as `authEnvelopedData` or `packet 18`. */
  readonly type: string
  readonly cipher?: string
  readonly recipients?: readonly NamedParty[]
  readonly signers?: readonly NamedParty[]
  /** Short names (`crypto/key-id.ts`) and holders of the certificates that came along. */
  readonly certificates?: readonly {
    readonly keyId: string
    readonly subject: string
    readonly until: string
  }[]
  /** Bytes of what the layer holds, as sent; undefined for a signature whose content is elsewhere. */
  readonly sizeBytes?: number
}

/** A whole file. */
export interface EnvelopeDescription {
  readonly scheme: 'cms' | 'gm' | 'pgp'
  readonly form: 'der' | 'pem' | 'base64' | 'armor' | 'binary' | 'frame'
  readonly sizeBytes: number
  readonly layers: readonly LayerDescription[]
}
