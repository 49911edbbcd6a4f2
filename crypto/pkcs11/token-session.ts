/**
 * A session with one token: finds it by its label, logs in with a PIN from a file, and logs in again when the token
 * was taken out or forgot us. Nothing is ever logged out: the login belongs to the process, and other threads use it.
 */
import { createHash } from 'node:crypto'
import type { Handle } from 'pkcs11js'
import { KeyRefused, readPassphrase } from '../secret-file.ts'
import { loadPkcs11, type Pkcs11Module, pkcs11Reason } from './pkcs11-module.ts'

/** Where a private key lies in a token; the PIN is in a file of its own and nowhere else. */
export interface TokenKeyPlace {
  /** The library of the token's maker. */
  readonly modulePath: string
  readonly tokenLabel: string
  /** CKA_LABEL of the private key. */
  readonly keyLabel: string
  readonly pinPath: string
}

/** A key that may be used now. */
export interface TokenKey extends Pkcs11Module {
  readonly session: Handle
  readonly key: Handle
}

/** Uses the key, one use after the other. */
export interface TokenSession {
  /** Runs `use` again once, after a new login, when the session turns out to be gone. Throws KeyRefused. */
  withKey<T>(use: (key: TokenKey) => Promise<T>): Promise<T>
}

/** What a token says when it has been away; other reasons are about the request, and asking again would not help. */
const GONE: readonly string[] = [
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SESSION_CLOSED',
  'CKR_USER_NOT_LOGGED_IN',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_TOKEN_NOT_RECOGNIZED',
  'CKR_DEVICE_REMOVED',
  'CKR_DEVICE_ERROR',
  'CKR_SLOT_ID_INVALID',
]
const PIN_REASONS: readonly string[] = ['CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE']

/** A session that begins at its first use. */
export function tokenSession(place: TokenKeyPlace): TokenSession {
  let open: TokenKey | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const enter = pinGuard(place)
  const attempt = async <T>(use: (key: TokenKey) => Promise<T>): Promise<T> => {
    open ??= await openKey(place, enter)
    return use(open)
  }
  const once = async <T>(use: (key: TokenKey) => Promise<T>): Promise<T> => {
    try {
      return await attempt(use)
    } catch (error) {
      if (!isGone(error)) throw refusal(place, error)
    }
    if (open !== undefined) leave(open)
    open = undefined
    try {
      return await attempt(use)
    } catch (error) {
      throw refusal(place, error)
    }
  }
  return {
    withKey: (use) => {
      const mine = turn.then(() => once(use))
      turn = mine.catch(() => undefined)
      return mine
    },
  }
}

const isGone = (error: unknown): boolean => GONE.includes(pkcs11Reason(error) ?? '')

type Login = (module: Pkcs11Module, session: Handle) => void

async function openKey(place: TokenKeyPlace, login: Login): Promise<TokenKey> {
  const module = await loadPkcs11(place.modulePath)
  const { library, names } = module
  const session = library.C_OpenSession(slotOf(module, place), names.CKF_SERIAL_SESSION)
  try {
    login(module, session)
    return { ...module, session, key: privateKeyOf(module, session, place) }
  } catch (error) {
    leave({ library, session })
    throw error
  }
}

/** A session that is gone cannot be closed, which is what was wanted. */
function leave({ library, session }: Pick<TokenKey, 'library' | 'session'>): void {
  try {
    library.C_CloseSession(session)
  } catch (error) {
    if (pkcs11Reason(error) === undefined) throw error
  }
}

function slotOf({ library }: Pkcs11Module, { tokenLabel, modulePath }: TokenKeyPlace): Handle {
  const found = library
    .C_GetSlotList(true)
    .filter((slot) => library.C_GetTokenInfo(slot).label.trimEnd() === tokenLabel)
  const [slot] = found
  if (slot !== undefined && found.length === 1) return slot
  const reason = slot === undefined ? 'has no token' : 'has several tokens'
  throw new KeyRefused('TOKEN_UNAVAILABLE', `${modulePath} ${reason} with the label ${tokenLabel}`)
}

function privateKeyOf({ library, names }: Pkcs11Module, session: Handle, place: TokenKeyPlace): Handle {
  const { keyLabel, tokenLabel } = place
  library.C_FindObjectsInit(session, [
    { type: names.CKA_CLASS, value: names.CKO_PRIVATE_KEY },
    { type: names.CKA_LABEL, value: keyLabel },
  ])
  try {
    const found = library.C_FindObjects(session, 2)
    const [key] = found
    if (key !== undefined && found.length === 1) return key
    const reason = key === undefined ? 'holds no private key' : 'holds several private keys'
    throw new KeyRefused('NOT_A_KEY', `the token ${tokenLabel} ${reason} with the label ${keyLabel}`)
  } finally {
    library.C_FindObjectsFinal(session)
  }
}

/**
 * Logs in, and never tries a PIN again that the token refused: a few wrong ones lock it for everybody. Another PIN in
 * the file is tried.
 */
function pinGuard({ pinPath, tokenLabel }: TokenKeyPlace): Login {
  let refused: string | undefined
  const wrong = (): KeyRefused =>
    new KeyRefused('WRONG_PIN', `the PIN in ${pinPath} does not open the token ${tokenLabel}`)
  return ({ library, names }, session) => {
    const pin = readPassphrase(pinPath)
    const mark = createHash('sha256').update(pin).digest('hex')
    if (mark === refused) throw wrong()
    try {
      library.C_Login(session, names.CKU_USER, pin)
    } catch (error) {
      const reason = pkcs11Reason(error) ?? ''
      if (reason === 'CKR_USER_ALREADY_LOGGED_IN') return
      if (!PIN_REASONS.includes(reason)) throw error
      refused = mark
      throw wrong()
    }
  }
}

/** The token's own reason is a name of the standard and holds no secret; anything else it said is left out. */
function refusal({ tokenLabel }: TokenKeyPlace, error: unknown): unknown {
  const reason = pkcs11Reason(error)
  if (reason === undefined) return error
  if (reason === 'CKR_PIN_LOCKED')
    return new KeyRefused('WRONG_PIN', `the token ${tokenLabel} is locked after too many wrong PINs`)
  const code = GONE.includes(reason) ? 'TOKEN_UNAVAILABLE' : 'TOKEN_REFUSED'
  return new KeyRefused(code, `the token ${tokenLabel} does not sign: ${reason}`)
}
