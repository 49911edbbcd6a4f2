/**
 * What guards against a fault, and the test that notices when the guard is taken away. `npm run protections` takes each
 * one away in a copy of the project and expects its test to fail.
 */

/** One guard in the code. */
export interface Protection {
  /** Id of the fault matrix, such as `F27`. */
  readonly fault: string
  /** What the guard promises, in one sentence. */
  readonly promise: string
  /** File of the guard, from the root of the project. */
  readonly file: string
  /** The guard's text; it stands once in the file. */
  readonly take: string
  /** What stands there instead, so that the project still compiles and the guard is gone. */
  readonly put: string
  /** File of the test that has to fail then. */
  readonly test: string
  /** Part of the title of that test, with the id of the fault. */
  readonly title: string
}
