/**
 * The OpenAPI 3.1 document, made of the route records and the schemas that check the calls. A committed copy shows
 * every change of the contract in review; a test fails when the two differ.
 */
import { z } from 'zod'
import { instructionSchema } from '../../gateway/intake/instruction-line.ts'
import { findingSchema, problemSchema, reasonSchema, reportSchema } from './answer-schemas.ts'
import { type ProblemCode, problemOf } from './problems.ts'
import { nothing } from './request-check.ts'
import { answer, defineRoute, type Route, type RouteShape } from './route.ts'
import { uploadTypes } from './upload.ts'

type Json = Record<string, unknown>

/** Version of the contract, not of the program. */
const contractVersion = '1.0.0'

const documentSchema = z.record(z.string(), z.unknown())

/** The route that serves the document. */
export const documentRoute = (document: () => Json): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/openapi.json',
    operation: 'showDocument',
    summary: { zh: '接口文档', en: 'This document' },
    params: nothing,
    query: nothing,
    checked: z.unknown(),
    answers: { 200: documentSchema },
    problems: [],
    handle: async () => answer(200, documentSchema, document()),
  })

/** Problems that any route can answer. */
const everywhere: readonly ProblemCode[] = [
  'REQUEST_MALFORMED',
  'REQUEST_INVALID',
  'UNAUTHENTICATED',
  'DATABASE_UNREACHABLE',
  'INTERNAL',
]
const withBody: readonly ProblemCode[] = [
  'REQUEST_TIMEOUT',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNKNOWN',
  'ENCODING_UNKNOWN',
]
const withJson: readonly ProblemCode[] = ['JSON_MALFORMED', 'NUMBER_NOT_INTEGER']

/** Every problem that a route can answer. */
export function problemsOf(route: RouteShape): ProblemCode[] {
  const keyed: ProblemCode[] = route.key === 'required' ? ['IDEMPOTENCY_KEY_MISSING'] : []
  return [
    ...new Set([
      ...everywhere,
      ...(route.key ? [...keyed, 'IDEMPOTENCY_KEY_INVALID' as const] : []),
      ...(route.body === undefined ? [] : withBody),
      ...(route.body === undefined || route.body === 'upload' ? [] : withJson),
      ...route.problems,
    ]),
  ]
}

/** Makes the document of these routes. */
export function makeDocument(routes: readonly Route[]): Json {
  const names = nameSchemas(routes)
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route, names) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: '惠达 Huida',
      version: contractVersion,
      description:
        'Approved subsidy batches in, the outcome of every instruction out. Amounts are whole fen.',
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { ...componentsOf(names, 'input'), ...componentsOf(names, 'output') },
    },
  }
}

/** Names of schemas: requests are described as they come in, answers as they go out. */
interface SchemaNames {
  readonly input: ReadonlyMap<z.ZodType, string>
  readonly output: ReadonlyMap<z.ZodType, string>
}

function nameSchemas(routes: readonly Route[]): SchemaNames {
  const input = new Map<z.ZodType, string>([[instructionSchema, 'Instruction']])
  const output = new Map<z.ZodType, string>([
    [problemSchema, 'Problem'],
    [findingSchema, 'Finding'],
    [reasonSchema, 'Reason'],
    [reportSchema, 'Report'],
  ])
  for (const route of routes) {
    const name = `${route.operation.charAt(0).toUpperCase()}${route.operation.slice(1)}`
    if (route.body !== undefined && route.body !== 'upload') setOnce(input, route.body, `${name}Request`)
    for (const schema of Object.values(route.answers)) setOnce(output, schema, `${name}Answer`)
  }
  return { input, output }
}

function setOnce(names: Map<z.ZodType, string>, schema: z.ZodType, name: string): void {
  if (!names.has(schema)) names.set(schema, name)
}

const reference = (name: string | undefined): Json => ({ $ref: `#/components/schemas/${name}` })

function componentsOf(names: SchemaNames, io: 'input' | 'output'): Json {
  const registry = z.registry<{ id: string }>()
  for (const [schema, id] of names[io]) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => plainer(jsonSchema, io),
  })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutMeta(schema)]))
}

/** Leaves out what says nothing. Answers may gain members in later versions, so readers must let them. */
function plainer(schema: z.core.JSONSchema.BaseSchema, io: 'input' | 'output'): void {
  delete schema.readOnly
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern
}

const withoutMeta = ({ $schema: _s, $id: _i, ...schema }: z.core.JSONSchema.BaseSchema): Json => schema

function operation(route: Route, names: SchemaNames): Json {
  const body = requestBody(route, names)
  return {
    operationId: route.operation,
    summary: `${route.summary.zh} / ${route.summary.en}`,
    parameters: [
      ...parameters(route.params, 'path'),
      ...parameters(route.query, 'query'),
      ...keyParameter(route),
    ],
    ...(body && { requestBody: body }),
    responses: { ...successes(route, names), ...failures(route, names) },
  }
}

function parameters(schema: z.ZodObject, place: 'path' | 'query'): Json[] {
  return Object.entries(schema.shape).map(([name, one]) => {
    // A query is text; a number in it is described as the number that it must spell.
    const { $schema: _, pattern, ...shape } = z.toJSONSchema(one, { io: 'input' })
    const required = place === 'path' || !z.safeParse(one, undefined).success
    return { name, in: place, required, schema: shape.type === 'integer' ? shape : { ...shape, pattern } }
  })
}

function keyParameter({ key }: RouteShape): Json[] {
  if (!key) return []
  const schema = { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' }
  return [{ name: 'Idempotency-Key', in: 'header', required: key === 'required', schema }]
}

function requestBody({ body }: RouteShape, names: SchemaNames): Json | undefined {
  if (body === undefined) return undefined
  if (body !== 'upload')
    return { required: true, content: { 'application/json': { schema: reference(names.input.get(body)) } } }
  const line = { schema: { type: 'string' }, 'x-line': reference(names.input.get(instructionSchema)) }
  return {
    required: true,
    description: 'One instruction a line, UTF-8, LF or CRLF; Content-Encoding gzip or identity.',
    content: Object.fromEntries(Object.keys(uploadTypes).map((type) => [type, line])),
  }
}

function successes(route: RouteShape, names: SchemaNames): Json {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, schema]) => [
      status,
      {
        description: route.summary.en,
        content: { 'application/json': { schema: reference(names.output.get(schema)) } },
      },
    ]),
  )
}

function failures(route: RouteShape, names: SchemaNames): Json {
  const content = { 'application/problem+json': { schema: reference(names.output.get(problemSchema)) } }
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of problemsOf(route)) {
    const { status } = problemOf(code)
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, { description: codes.join(', '), content }]),
  )
}
