/** A thread that seals one file and opens it again, as step threads do, and says how long it took. */
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import type { EnvelopeTerms } from '../../crypto/envelope-terms.ts'
import { envelopeWork } from './envelope-work.ts'

const terms = z.custom<EnvelopeTerms>((value) => typeof value === 'object' && value !== null)
const { us, bank, folder } = z.object({ us: terms, bank: terms, folder: z.string() }).parse(workerData)

const [inPath, sealedPath] = [`${folder}/content`, `${folder}/sealed`]
const scratchFolder = `${folder}/scratch`
const sealing = await envelopeWork(us, 'seal', { inPath, outPath: sealedPath, scratchFolder })
const opened = { inPath: sealedPath, outPath: `${folder}/out`, scratchFolder }
parentPort?.postMessage({ seconds: sealing + (await envelopeWork(bank, 'open', opened)) })
