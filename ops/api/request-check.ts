/**
 * Checks path, query and JSON bodies against their strict shapes. Every flaw is listed with a pointer and a sentence
 * in both languages; what was sent is never repeated, it may be somebody's data.
 */
import { z } from 'zod'
import { shownName, textFlaw } from '../../gateway/intake/instruction-line.ts'
import { ApiProblem, type ProblemDetail } from './api-problem.ts'

/** Where a part of a call stands. */
export type CallPart = 'path' | 'query' | 'body'

/** Parses a part of a call. Throws REQUEST_INVALID with every flaw, at most 100. */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: CallPart,
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue) => toDetails(issue, part))
  throw new ApiProblem('REQUEST_INVALID', { errors: errors.slice(0, 100) })
}

const sentences: Readonly<Record<z.core.$ZodIssue['code'], readonly [zh: string, en: string]>> = {
  invalid_type: ['缺失或类型不对', 'It is missing or has another type'],
  too_big: ['太长或太大', 'It is too long or too large'],
  too_small: ['太短或太小', 'It is too short or too small'],
  invalid_format: ['格式不对', 'It does not have its form'],
  not_multiple_of: ['不是允许的数值', 'It is not a number that is allowed'],
  unrecognized_keys: ['有未知字段', 'It is not known here'],
  invalid_union: ['不符合任何一种允许的形式', 'It has none of the allowed forms'],
  invalid_key: ['键不合法', 'A key is not allowed'],
  invalid_element: ['元素不合法', 'An element is not allowed'],
  invalid_value: ['不是允许的取值', 'It is not one of the allowed values'],
  custom: ['含不允许的字符或首尾空格', 'It has characters that are not allowed, or spaces at its ends'],
}

function toDetails(issue: z.core.$ZodIssue, part: CallPart): ProblemDetail[] {
  const steps = issue.path.map((step) => (typeof step === 'number' ? String(step) : shownName(String(step))))
  if (issue.code !== 'unrecognized_keys') return [detail(issue.code, steps, part)]
  return issue.keys.slice(0, 10).map((key) => detail(issue.code, [...steps, shownName(key)], part))
}

function detail(rule: z.core.$ZodIssue['code'], steps: readonly string[], part: CallPart): ProblemDetail {
  const [messageZh, messageEn] = sentences[rule]
  const pointer = part === 'body' ? { pointer: steps.map((step) => `/${step}`).join('') } : {}
  return {
    code: rule.toUpperCase(),
    field: steps.join('.'),
    messageZh,
    messageEn,
    ...pointer,
    facts: { in: part },
  }
}

/** A text of 1 to `longest` UTF-16 units without control characters and without spaces at its ends. */
export const plainText = (longest: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => textFlaw(text, longest) === undefined)

/** No parameters at all. */
export const nothing = z.strictObject({})

/** A batch number as a header may bear it. */
export const batchNoSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)

/** An instruction id as a line may bear it. */
export const instructionIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/)
