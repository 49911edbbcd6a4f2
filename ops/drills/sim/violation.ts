/** What a run may not show. */

/** One broken invariant, told with ids. */
export interface Violation {
  readonly invariant: string
  readonly what: string
}
