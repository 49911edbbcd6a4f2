/**
 * Configuration, read once from the environment, checked whole, frozen and passed down. There is no default for
 * anything that names a bank, a host or a secret; secrets are named by file.
 */
import { resolve } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../gateway/faults.ts'
import { type Drill, readKillPoint } from '../drills/kill-points.ts'

const port = z.coerce.number().int().min(0).max(65535)
const killPoint = z
  .string()
  .refine((text) => readKillPoint(text) !== undefined, 'a kill point such as send:bank.before-rename.after#1')

const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'a postgresql:// address')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'a redis:// address')
    .optional(),
  HUIDA_FOLDER: z.string().min(1).default('.huida'),
  HUIDA_AGREEMENTS: z.string().min(1).optional(),
  HUIDA_PROGRAMMES: z.string().min(1).optional(),
  HUIDA_PROFILES: z.string().min(1).optional(),
  HUIDA_CALENDARS: z.string().min(1).optional(),
  HUIDA_REGIONS: z.string().min(1).optional(),
  HUIDA_FIELD_KEY_FILE: z.string().min(1).optional(),
  HUIDA_ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  HUIDA_API_HOST: z.string().min(1).default('127.0.0.1'),
  HUIDA_API_PORT: port.default(8080),
  HUIDA_HEALTH_PORT: port.default(8081),
  HUIDA_STEP_THREADS: z.coerce.number().int().min(0).max(64).default(1),
  HUIDA_INTAKE_THREADS: z.coerce.number().int().min(0).max(64).default(2),
  HUIDA_PROFILES_POLL_MS: z.coerce.number().int().min(50).max(3_600_000).default(2000),
  HUIDA_SWEEP_MS: z.coerce.number().int().min(50).max(60_000).default(1000),
  HUIDA_SMS_URL: z
    .string()
    .regex(/^https?:\/\//, 'an http(s):// address')
    .optional(),
  HUIDA_SMS_TOKEN_FILE: z.string().min(1).optional(),
  HUIDA_SMS_TEMPLATE: z.string().min(1).default('arrival-notice'),
  HUIDA_SMS_MAX_MESSAGES: z.coerce.number().int().min(1).max(1000).default(100),
  HUIDA_SIMULATED_CLOCK: z.string().min(1).optional(),
  HUIDA_DRILL: z.literal('on').optional(),
  HUIDA_KILL_AT: killPoint.optional(),
  HUIDA_STOP_AT: killPoint.optional(),
  NODE_ENV: z.string().optional(),
})

/** How this process runs. Paths are absolute. */
export interface Config {
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  readonly folder: string
  readonly scratchFolder: string
  readonly agreementsFolder: string
  readonly programmesFile: string
  readonly profilesFolder: string | undefined
  /** How often the operator's folder of profiles is looked at. */
  readonly profilesPollMs: number
  readonly calendarsFolder: string | undefined
  /** List of counties that lines may name. */
  readonly regionsFile: string | undefined
  /** With the embedded database the key is made on first use; with an external one it must exist. */
  readonly fieldKeyFile: string
  readonly role: 'all' | 'api' | 'worker'
  readonly apiHost: string
  readonly apiPort: number
  readonly healthPort: number
  /** Threads for heavy steps; 0 runs them on the main loop. */
  readonly stepThreads: number
  /** Threads that check lines while a body comes in; they end with it. */
  readonly intakeThreads: number
  readonly sweepMs: number
  readonly sms:
    | {
        readonly url: string
        readonly tokenFile: string
        readonly template: string
        readonly maxMessages: number
      }
    | undefined
  readonly simulatedClockFile: string | undefined
  /** The moment at which this process ends or stops itself; only ever set by a drill. */
  readonly drill: Drill | undefined
}

/** Reads the configuration. Throws CONFIGURATION_INVALID with every problem. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  // An empty variable is one that somebody unset.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(set)
  if (!parsed.success)
    throw invalid(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  const values = parsed.data
  const problems: string[] = []
  if (values.HUIDA_SMS_URL && !values.HUIDA_SMS_TOKEN_FILE)
    problems.push('HUIDA_SMS_TOKEN_FILE is missing beside HUIDA_SMS_URL')
  if (values.HUIDA_SIMULATED_CLOCK && values.NODE_ENV === 'production')
    problems.push('HUIDA_SIMULATED_CLOCK is not for production')
  problems.push(...drillProblems(values))
  if (problems.length > 0) throw invalid(problems)
  return toConfig(values)
}

/** A drill is asked for twice over, so that a forgotten variable ends nobody's service. */
function drillProblems(values: z.infer<typeof schema>): string[] {
  const { HUIDA_DRILL: on, HUIDA_KILL_AT: killAt, HUIDA_STOP_AT: stopAt } = values
  const isAsked = killAt !== undefined || stopAt !== undefined
  if (isAsked && on === undefined) return ['HUIDA_KILL_AT and HUIDA_STOP_AT need HUIDA_DRILL=on beside them']
  if (on !== undefined && !isAsked) return ['HUIDA_DRILL=on needs HUIDA_KILL_AT or HUIDA_STOP_AT beside it']
  return isAsked && values.NODE_ENV === 'production' ? ['HUIDA_DRILL is not for production'] : []
}

const drillOf = (values: z.infer<typeof schema>): Drill | undefined =>
  values.HUIDA_DRILL && {
    ...(values.HUIDA_KILL_AT !== undefined && { killAt: values.HUIDA_KILL_AT }),
    ...(values.HUIDA_STOP_AT !== undefined && { stopAt: values.HUIDA_STOP_AT }),
  }

const invalid = (problems: readonly string[]): Fault =>
  new Fault('CONFIGURATION_INVALID', { problems: problems.join('; ') })

function toConfig(values: z.infer<typeof schema>): Config {
  const folder = resolve(values.HUIDA_FOLDER)
  const optional = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(path)
  return Object.freeze({
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    folder,
    scratchFolder: resolve(folder, 'scratch'),
    agreementsFolder: resolve(values.HUIDA_AGREEMENTS ?? `${folder}/agreements`),
    programmesFile: resolve(values.HUIDA_PROGRAMMES ?? `${folder}/programmes.yaml`),
    profilesFolder: optional(values.HUIDA_PROFILES),
    profilesPollMs: values.HUIDA_PROFILES_POLL_MS,
    calendarsFolder: optional(values.HUIDA_CALENDARS),
    regionsFile: optional(values.HUIDA_REGIONS),
    fieldKeyFile: resolve(values.HUIDA_FIELD_KEY_FILE ?? `${folder}/keys/field-key`),
    role: values.HUIDA_ROLE,
    apiHost: values.HUIDA_API_HOST,
    apiPort: values.HUIDA_API_PORT,
    healthPort: values.HUIDA_HEALTH_PORT,
    stepThreads: values.HUIDA_STEP_THREADS,
    intakeThreads: values.HUIDA_INTAKE_THREADS,
    sweepMs: values.HUIDA_SWEEP_MS,
    sms:
      values.HUIDA_SMS_URL && values.HUIDA_SMS_TOKEN_FILE
        ? {
            url: values.HUIDA_SMS_URL,
            tokenFile: resolve(values.HUIDA_SMS_TOKEN_FILE),
            template: values.HUIDA_SMS_TEMPLATE,
            maxMessages: values.HUIDA_SMS_MAX_MESSAGES,
          }
        : undefined,
    simulatedClockFile: optional(values.HUIDA_SIMULATED_CLOCK),
    drill: drillOf(values),
  })
}
