/** Faults: one catalogue, and the code that each driver's error deserves. */
import { describe, expect, it } from 'vitest'
import { asFault, catalogue, Fault, isFault, isFaultCode } from '../../gateway/faults.ts'

const systemError = (code: string, extra: object = {}): Error =>
  Object.assign(new Error(code), { code, ...extra })

describe('the catalogue', () => {
  it.each(Object.entries(catalogue))('says %s in both languages', (code, entry) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(entry.zh).toMatch(/[\u4e00-\u9fff]/)
    expect(entry.en).toMatch(/^[A-Z]/)
  })

  it('knows its own codes only', () => {
    expect([isFaultCode('BANK_TIMEOUT'), isFaultCode('toString'), isFaultCode('')]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('never lets an unproven send be tried again by itself', () => {
    for (const code of [
      'BANK_TIMEOUT',
      'SEND_UNCONFIRMED',
      'SMS_UNCONFIRMED',
      'COMMIT_UNKNOWN',
      'REMOTE_NAME_TAKEN',
    ] as const)
      expect(catalogue[code].retry).toBe('after-confirming')
  })
})

describe('a fault', () => {
  it('tells its facts, leaving out those that are unknown', () => {
    const fault = new Fault('SEQUENCE_EXHAUSTED', { bank: 'yy-rcb', limit: 99n, day: undefined })
    expect(fault.message).toBe("The day's file sequence is used up (bank yy-rcb, limit 99)")
    expect([isFault(fault), isFault(new Error('x')), fault.entry.owner]).toEqual([true, false, 'ops'])
  })

  it('comes back as it is', () => {
    const fault = new Fault('LEASE_LOST')
    expect(asFault(fault)).toBe(fault)
  })

  it.each([
    ['a refused connection', systemError('ECONNREFUSED'), 'DATABASE_UNREACHABLE'],
    ['a missing socket', systemError('ENOENT', { syscall: 'connect' }), 'DATABASE_UNREACHABLE'],
    ['a missing file', systemError('ENOENT', { syscall: 'open' }), 'INTERNAL'],
    ['a server that shuts down', systemError('57P01'), 'DATABASE_UNREACHABLE'],
    ['a connection that ended', new Error('Connection terminated unexpectedly'), 'DATABASE_UNREACHABLE'],
    ['a broken pipe', systemError('EPIPE'), 'DATABASE_UNREACHABLE'],
    ['too many connections', systemError('53300'), 'DATABASE_BUSY'],
    ['a lock that took too long', systemError('55P03'), 'DATABASE_BUSY'],
    ['a full disk here', systemError('ENOSPC'), 'DISK_FULL'],
    ['a full disk at the database', systemError('53100'), 'DISK_FULL'],
    ['a wrong password', systemError('28P01'), 'CONFIGURATION_INVALID'],
    ['a broken rule of the database', systemError('23505'), 'INTERNAL'],
    ['something that is no error', 'text', 'INTERNAL'],
  ])('is made of %s', (_, error, code) => {
    const fault = asFault(error)
    expect(fault.code).toBe(code)
    expect(fault.cause).toBe(error)
  })

  it("takes a broken network for the caller's", () => {
    expect(asFault(systemError('ETIMEDOUT'), 'SMS_UNREACHABLE').code).toBe('SMS_UNREACHABLE')
  })
})
