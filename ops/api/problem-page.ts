/** What stands behind the `type` of a problem: the meaning of its code in both languages. Open to everybody. */
import { z } from 'zod'
import { ApiProblem } from './api-problem.ts'
import { isProblemCode, problemOf, problemType } from './problems.ts'

const paramsSchema = z.object({ code: z.string() })

/** Explains the code in a path's parameters. Throws PROBLEM_NOT_FOUND. */
export function problemPage(params: unknown): Record<string, unknown> {
  const { code } = paramsSchema.parse(params)
  if (!isProblemCode(code)) throw new ApiProblem('PROBLEM_NOT_FOUND')
  const { status, title, titleZh } = problemOf(code)
  return { type: problemType(code), code, status, title, title_zh: titleZh }
}
