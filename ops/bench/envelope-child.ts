/** One piece of work in a process of its own, so that its peak memory is its own: a job as JSON in, a cost as JSON out. */
import { z } from 'zod'
import type { EnvelopeTerms } from '../../crypto/envelope-terms.ts'
import { benchFamilies } from './envelope-parties.ts'
import { envelopeWork, floorWork } from './envelope-work.ts'

const jobSchema = z.object({
  family: z.enum(benchFamilies),
  way: z.enum(['seal', 'open']),
  /** Absent for the floor; it comes from our own process, so only its presence is checked. */
  terms: z.custom<EnvelopeTerms>((value) => typeof value === 'object' && value !== null).optional(),
  files: z.object({ inPath: z.string(), outPath: z.string(), scratchFolder: z.string() }),
})

/** What a child is told. */
export type EnvelopeJob = z.infer<typeof jobSchema>

const { family, way, terms, files } = jobSchema.parse(JSON.parse(process.argv[2] ?? ''))
const seconds =
  terms === undefined ? await floorWork(family, way, files.inPath) : await envelopeWork(terms, way, files)
process.stdout.write(JSON.stringify({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 }))
