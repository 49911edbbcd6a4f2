/** Thrown inside a load to undo its transaction: the body cannot be taken at all, and why. */
import type { Problem } from './finding.ts'

/** A body that is refused whole; caught where its load began and answered as a value. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.code)
    this.problem = problem
  }
}
