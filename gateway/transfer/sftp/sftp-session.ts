/**
 * What sending, confirming, listing and fetching need of an SFTP line: requests with a deadline each, and an end. The
 * real line is `SftpConnection`; drills bring lines of their own to bank folders that lie in memory.
 */
import type { Stats } from 'ssh2'
import type { SftpConfig } from './sftp-config.ts'

/** Node-style end of one SFTP request. */
export type Answer<T> = (error: Error | null | undefined, value: T) => void

/** What a server tells of a file. */
export type SftpStats = Pick<Stats, 'size' | 'mtime' | 'mode' | 'isFile'>

/** One entry of a folder. */
export interface SftpEntry {
  readonly filename: string
  readonly longname: string
  readonly attrs: SftpStats
}

type Done = (error?: Error | null) => void

/** The SFTP requests that we make; every other one a bank may refuse for good. */
export interface SftpVerbs {
  open(path: string, flags: 'r' | 'w', answer: (error: Error | undefined, handle: Buffer) => void): void
  close(handle: Buffer, answer: Done): void
  read(
    handle: Buffer,
    into: Buffer,
    offset: number,
    lengthBytes: number,
    position: number,
    answer: (error: Error | undefined, readBytes: number) => void,
  ): void
  write(
    handle: Buffer,
    from: Buffer,
    offset: number,
    lengthBytes: number,
    position: number,
    answer: Done,
  ): void
  fstat(handle: Buffer, answer: (error: Error | undefined, stats: SftpStats) => void): void
  lstat(path: string, answer: (error: Error | undefined, stats: SftpStats) => void): void
  rename(from: string, to: string, answer: Done): void
  unlink(path: string, answer: Done): void
  opendir(path: string, answer: (error: Error | undefined, handle: Buffer) => void): void
  readdir(handle: Buffer, answer: (error: Error | undefined, entries: SftpEntry[]) => void): void
}

/** Starts one SFTP request and passes its end to `answer`. */
export type Request<T> = (sftp: SftpVerbs, answer: Answer<T>) => void

/** A live line to one bank. After any fault but a refusal it is dropped, and is not used again. */
export interface SftpSession {
  readonly config: SftpConfig
  /** False once the line is gone; a later call needs another one. */
  readonly alive: boolean
  /** Makes one request and waits at most `timeoutMs` for its answer. Throws a Fault. */
  call<T>(operation: string, request: Request<T>): Promise<T>
  /** Runs a transfer of many requests that must keep a minimum rate, as counted by `movedBytes()`. Throws a Fault. */
  transfer<T>(operation: string, movedBytes: () => number, run: (sftp: SftpVerbs) => Promise<T>): Promise<T>
  /** Cuts the line at once; calls under way end with a fault. */
  drop(cause?: unknown): void
  /** Says goodbye and waits for the end of the line, at most one second. */
  end(): Promise<void>
}

/** Opens a line by an agreement. Throws a Fault. */
export type OpenSession = (config: SftpConfig) => Promise<SftpSession>
