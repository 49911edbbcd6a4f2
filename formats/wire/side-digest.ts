/** Digests that lie beside a file in a text of their own: alone or before the file's name, in small or capital letters. */

/** Digests that a side file can hold. */
export type SideDigest = 'md5' | 'sha256'

/** Largest side file that is looked at, in bytes. */
export const largestSideBytes = 4096

const lengths: Readonly<Record<SideDigest, number>> = { md5: 32, sha256: 64 }

/** The digest that a side file's text holds, in small hex; undefined when it holds none. */
export const statedDigest = (text: string, what: SideDigest): string | undefined =>
  text
    .split(/[^0-9A-Za-z]+/u)
    .find((word) => word.length === lengths[what] && /^[0-9a-fA-F]+$/u.test(word))
    ?.toLowerCase()
