// Generated from crds/manifests by crds/generate.mjs. Do not edit.

/** Chooses objects by their labels. Everything in it must hold; an empty selector chooses every object. */
export type LabelSelector = {
  /** Labels the object must carry with exactly these values. */
  readonly matchLabels?: {
    readonly [k: string]: string
  }
  /**
   * Conditions on labels, all of which must hold.
   *
   * @maxItems 64
   */
  readonly matchExpressions?: readonly {
    /** The label. */
    readonly key: string
    /** How the label's value is compared with values. */
    readonly operator: ('In' | 'NotIn' | 'Exists' | 'DoesNotExist')
    /** What In and NotIn compare with. Exists and DoesNotExist have none. */
    readonly values?: readonly string[]
  }[]
}

/** One aspect of the object's state. */
export type StatusCondition = {
  /** Which aspect, in CamelCase. */
  readonly type: string
  /** Whether it holds. */
  readonly status: ('True' | 'False' | 'Unknown')
  /** Why, as one word in CamelCase for programs. */
  readonly reason: string
  /** Why, and what to do about it, for people. */
  readonly message: string
  /** When status last changed. */
  readonly lastTransitionTime: string
  /** The metadata.generation this was decided for. */
  readonly observedGeneration?: number
}
