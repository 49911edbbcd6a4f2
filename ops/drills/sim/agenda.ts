/** What is going to happen outside of the gateway, in virtual time: banks that answer, clients that come back. */

/** One thing to happen. It is one step: nothing of the gateway runs meanwhile. */
export interface AgendaItem {
  readonly at: Date
  readonly name: string
  /** Set where it changes nothing that the gateway has written. */
  readonly outside?: true
  readonly act: () => Promise<void> | void
}

/** Items in the order of their times. */
export interface Agenda {
  add(item: AgendaItem): void
  /** Takes one item that is due, chosen among all that are; undefined when none is. */
  takeDue(now: Date, choose: (count: number) => number): AgendaItem | undefined
  /** When the next item is due. */
  nextAt(): Date | undefined
  readonly size: number
}

/** Makes an empty agenda. */
export function openAgenda(): Agenda {
  const items: AgendaItem[] = []
  return {
    get size() {
      return items.length
    },
    add: (item) => void items.push(item),
    takeDue(now, choose) {
      const due = items.filter(({ at }) => at <= now)
      if (due.length === 0) return undefined
      const taken = due[choose(due.length)]
      if (taken) items.splice(items.indexOf(taken), 1)
      return taken
    },
    nextAt: () =>
      items.reduce<Date | undefined>((first, { at }) => (first && first <= at ? first : at), undefined),
  }
}
