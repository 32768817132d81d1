/** A job of a lane: jobs of one object run one after the other, and jobs of one group share its fate if it is slow. */
type LaneJob = { readonly object: string; readonly group: string | undefined }

/** How the job counts while it runs. */
type Run = { readonly job: LaneJob; readonly group: Group | undefined; holdsSlot: boolean }
type Group = { running: number; slow: boolean }

/** Jobs in flight of a group that is slow: enough to see when it recovers. */
const slowGroupSlots = 2
/** Jobs in flight per slot, those that are slow included. */
const inFlightPerSlot = 8

/**
 * The jobs of one lane that wait, and which of them begins next. A job that takes long gives its slot back, and its group gets few others
 * until it is quick again, so that no group keeps the others waiting. Groups take turns.
 */
export class LaneQueue<Job extends LaneJob> {
  readonly #slots: number
  /** All jobs that have not ended, per object, in order. */
  readonly #chains = new Map<string, Job[]>()
  /** The first jobs of objects that do not run, by group. The group whose turn it is comes first. */
  readonly #ready = new Map<string | undefined, Job[]>()
  readonly #groups = new Map<string, Group>()
  #taken = 0
  #inFlight = 0

  constructor(slots: number) {
    this.#slots = slots
  }

  /** The job of the object that comes last, if one has not ended. */
  last(object: string): Job | undefined {
    return this.#chains.get(object)?.at(-1)
  }

  add(job: Job): void {
    const chain = this.#chains.get(job.object)
    if (chain !== undefined) chain.push(job)
    else {
      this.#chains.set(job.object, [job])
      this.#wait(job)
    }
  }

  /** The job that may begin now, which counts as running from here on. */
  next(): { readonly job: Job; readonly run: Run } | undefined {
    if (this.#taken >= this.#slots || this.#inFlight >= this.#slots * inFlightPerSlot) return undefined
    for (const [name, jobs] of this.#ready) {
      const group = this.#groupOf(name)
      if (group?.slow === true && group.running >= slowGroupSlots) continue
      this.#ready.delete(name)
      const job = jobs.shift() as Job
      if (jobs.length > 0) this.#ready.set(name, jobs)
      this.#taken++
      this.#inFlight++
      if (group !== undefined) group.running++
      return { job, run: { job, group, holdsSlot: true } }
    }
    return undefined
  }

  /** The job takes long. */
  isSlow(run: Run): void {
    this.#release(run)
    if (run.group !== undefined) run.group.slow = true
  }

  /** `quick`: it was not slow, and got an answer. */
  ended(run: Run, quick: boolean): void {
    const { job, group } = run
    this.#release(run)
    this.#inFlight--
    if (group !== undefined) {
      group.running--
      if (quick) group.slow = false
      if (!group.slow && group.running === 0 && job.group !== undefined) this.#groups.delete(job.group)
    }
    const chain = this.#chains.get(job.object) ?? []
    chain.shift()
    if (chain[0] === undefined) this.#chains.delete(job.object)
    else this.#wait(chain[0])
  }

  #wait(job: Job): void {
    const jobs = this.#ready.get(job.group)
    if (jobs === undefined) this.#ready.set(job.group, [job])
    else jobs.push(job)
  }

  #groupOf(name: string | undefined): Group | undefined {
    if (name === undefined) return undefined
    const known = this.#groups.get(name) ?? { running: 0, slow: false }
    this.#groups.set(name, known)
    return known
  }

  #release(run: Run): void {
    if (!run.holdsSlot) return
    run.holdsSlot = false
    this.#taken--
  }
}
