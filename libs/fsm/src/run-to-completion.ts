/**
 * Returns how to feed a state machine. An event that is fed while another is taken waits for it to end; otherwise the actions of two steps
 * would interleave. An exception in `take` reaches whoever fed that event, and what waits is taken with the next one.
 */
export function runToCompletion<Event>(take: (event: Event) => void): (event: Event) => void {
  const inbox: Event[] = []
  let busy = false
  return (event) => {
    inbox.push(event)
    if (busy) return
    busy = true
    try {
      // Not "while shift() is defined": undefined would be an event, too.
      while (inbox.length > 0) take(inbox.shift() as Event)
    } finally {
      busy = false
    }
  }
}
