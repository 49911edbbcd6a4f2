/** The answer to a batch that was refused whole: its report, with the findings as the problem's errors. */
import type { IntakeReport } from '../../gateway/intake/intake-report.ts'
import { ApiProblem } from './api-problem.ts'

/** The problem that a refusal is; `report` has the exact counts, `errors` the gravest 1,000 findings. */
export function refusedBatch(report: IntakeReport): ApiProblem {
  const { findings, ...counts } = report
  return new ApiProblem('BATCH_REFUSED', { errors: findings, members: { report: counts } })
}
