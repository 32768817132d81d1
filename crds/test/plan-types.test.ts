import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import * as plan from '@loadstone/plan'
import { type AnnouncementPlan, type AnnouncementSlice, type BGPPeer, type RouteSet, resources } from '../src'

/** What JSON leaves of a type: an address is text again, an optional field stays optional. */
type Plain<T> = T extends Ip
  ? string
  : T extends readonly (infer E)[]
    ? readonly Plain<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Plain<T[K]> }
      : T

/** The same type, down to optional fields at any depth, which assignability in both directions would let pass. */
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false
const holds = <T extends true>(proven: T): T => proven

test('the schemas of the plan and the types that operator and speaker share are the same', () => {
  holds<Same<plan.AnnouncementPlanSpec, AnnouncementPlan['spec']>>(true)
  holds<Same<plan.AnnouncementPlanStatus, NonNullable<AnnouncementPlan['status']>>>(true)
  holds<Same<plan.AnnouncementSliceSpec, AnnouncementSlice['spec']>>(true)
  holds<Same<plan.RouteSetSpec, RouteSet['spec']>>(true)
  assert.deepEqual(
    [resources.AnnouncementPlan, resources.AnnouncementSlice, resources.RouteSet].map(({ group, version }) => ({ group, version })),
    Array.from({ length: 3 }, () => ({ group: plan.planGroup, version: plan.planVersion })),
  )
})

// What the comparison must tell apart. The compiler checks it, in every build; there is nothing to run.
holds<Same<{ a?: string }, { a?: string }>>(true)
// @ts-expect-error a field more, deep inside
holds<Same<{ a: readonly { b: string; c?: string }[] }, { a: readonly { b: string }[] }>>(true)
// @ts-expect-error required here, optional there
holds<Same<{ a: string }, { a?: string }>>(true)
// @ts-expect-error one word more
holds<Same<{ a: 'x' | 'y' }, { a: 'x' }>>(true)
// @ts-expect-error another kind's spec
holds<Same<plan.RouteSetSpec, BGPPeer['spec']>>(true)
