/**
 * The library of a token's maker, loaded once per thread and path (PKCS#11 2.40). The bridge to it is an optional
 * package that needs a compiler when it is installed; without it everything but tokens works.
 */
import type { PKCS11 } from 'pkcs11js'
import { KeyRefused } from '../secret-file.ts'

/** The bridge: constants, and the class that speaks to a library. */
export type Pkcs11 = typeof import('pkcs11js')

/** A library that is loaded and initialised. */
export interface Pkcs11Module {
  readonly library: PKCS11
  readonly names: Pkcs11
}

const loaded = new Map<string, Promise<Pkcs11Module>>()

/** Loads a library by its path; throws KeyRefused TOKEN_UNAVAILABLE when the bridge or the library is missing. */
export function loadPkcs11(modulePath: string): Promise<Pkcs11Module> {
  const known = loaded.get(modulePath)
  if (known !== undefined) return known
  const loading = load(modulePath)
  loaded.set(modulePath, loading)
  // Whoever puts the library in its place finds it at the next try.
  loading.catch(() => loaded.delete(modulePath))
  return loading
}

/** The PKCS#11 name of what went wrong, such as CKR_TOKEN_NOT_PRESENT; undefined for other errors. */
export function pkcs11Reason(error: unknown): string | undefined {
  return error instanceof Error && /^CKR_[A-Z0-9_]+$/.test(error.message) ? error.message : undefined
}

async function load(modulePath: string): Promise<Pkcs11Module> {
  const names = await loadBridge()
  const library = new names.PKCS11()
  try {
    library.load(modulePath)
  } catch {
    throw new KeyRefused('TOKEN_UNAVAILABLE', `${modulePath} cannot be loaded as a PKCS#11 library`)
  }
  try {
    library.C_Initialize({ flags: names.CKF_OS_LOCKING_OK })
  } catch (error) {
    // Another thread of this process was first; the library is one for all of them.
    const reason = pkcs11Reason(error)
    if (reason !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED')
      throw new KeyRefused('TOKEN_UNAVAILABLE', `${modulePath} does not start: ${reason ?? 'unknown reason'}`)
  }
  return { library, names }
}

async function loadBridge(): Promise<Pkcs11> {
  try {
    return (await import('pkcs11js')).default
  } catch {
    throw new KeyRefused(
      'TOKEN_UNAVAILABLE',
      'keys in tokens need the optional package pkcs11js, which is not installed or was not built: install a C++ compiler, then run npm rebuild pkcs11js',
    )
  }
}
