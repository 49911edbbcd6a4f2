/**
 * The authorities of an agreement: pinned roots, and revocation lists where the bank provides them. They decide
 * beside the pinned signers, and for certificates of the bank that were renewed under the same name.
 */
import { type CertificateFacts, certificateFacts } from '../cms/certificate-facts.ts'
import type { Authorities } from '../cms/signer-info.ts'
import { chainTo } from './chain.ts'
import { type RevocationList, readRevocationList, refuseRevoked } from './revocation-list.ts'

/** What an agreement pins of the bank's authorities. */
export interface AuthorityTerms {
  /** DER of the roots; a root in a message never counts. */
  readonly roots: readonly Buffer[]
  /** DER of certificates between signers and roots, for messages that do not bring them. */
  readonly intermediates?: readonly Buffer[]
  /**
   * DER or PEM. When there is any, the issuer of the signer must have one of this time; an issuer further up is
   * checked where a list of it is given.
   */
  readonly revocationLists?: readonly Buffer[]
  /** DER of certificates whose holder's name may sign under a renewed certificate too; none by default. */
  readonly standInsFor?: readonly Buffer[]
}

/** Authorities for `Trust`; throws KeyRefused and EnvelopeRefused for certificates and lists that cannot be read. */
export function bankAuthorities(terms: AuthorityTerms): Authorities {
  const roots = terms.roots.map(certificateFacts)
  const known = (terms.intermediates ?? []).map(certificateFacts)
  const lists = terms.revocationLists?.map(readRevocationList)
  const names = (terms.standInsFor ?? []).map((encoded) => certificateFacts(encoded).subject)
  return {
    mayStandIn: ({ subject }) => names.some((name) => name.equals(subject)),
    vouch: (signer, embedded, at) => {
      const chain = chainTo(signer, { roots, intermediates: [...known, ...embedded], at })
      if (lists !== undefined) refuseRevokedIn(chain, lists, at)
    },
  }
}

function refuseRevokedIn(
  chain: readonly CertificateFacts[],
  lists: readonly RevocationList[],
  at: Date,
): void {
  chain.forEach((certificate, index) => {
    const issuer = chain[index + 1]
    const isCovered = index === 0 || lists.some((list) => issuer?.subject.equals(list.issuer))
    if (issuer !== undefined && isCovered) refuseRevoked(certificate, issuer, lists, at)
  })
}
