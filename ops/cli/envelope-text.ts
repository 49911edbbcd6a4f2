/** The description of an envelope as lines for a person. Nothing in it was verified, which the first line says. */
import type {
  EnvelopeDescription,
  LayerDescription,
  NamedParty,
} from '../../crypto/inspect/envelope-description.ts'

const kinds: Readonly<Record<LayerDescription['kind'], string>> = {
  encrypted: '加密 encrypted',
  signed: '签名 signed',
  'signed-and-encrypted': '签名并加密 signed and encrypted',
  compressed: '压缩 compressed',
  content: '内容 content',
}

/** Lines without a final line end. */
export function descriptionText({ scheme, form, sizeBytes, layers }: EnvelopeDescription): string {
  const head = `${scheme} (${form}), ${sizeBytes} bytes; 未经验证 nothing of this is verified`
  return [head, ...layers.flatMap(layerLines)].join('\n')
}

function layerLines(layer: LayerDescription): string[] {
  const { kind, type, cipher, recipients = [], signers = [], certificates = [], sizeBytes } = layer
  const size = sizeBytes === undefined ? '内容不在其中 content elsewhere' : `${sizeBytes} bytes`
  return [
    `${kinds[kind]}: ${type}${cipher === undefined ? '' : `, ${cipher}`}${kind === 'compressed' ? '' : `, ${size}`}`,
    ...recipients.map((party) => `  收件人 recipient: ${partyText(party)}`),
    ...signers.map((party) => `  签名人 signer: ${partyText(party)}`),
    ...certificates.map(
      ({ keyId, subject, until }) => `  证书 certificate: ${keyId} ${subject}, until ${until}`,
    ),
  ]
}

const partyText = ({ id, algorithm, digest, at }: NamedParty): string =>
  [id, algorithm, ...(digest === undefined ? [] : [digest]), ...(at === undefined ? [] : [at])].join(', ')
