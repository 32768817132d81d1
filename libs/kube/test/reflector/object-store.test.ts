import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { type KubeObject, whole } from '../../src'
import { ObjectStore } from '../../src/reflector/object-store'

const object = (name: string, resourceVersion: string, more: object = {}): KubeObject => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion },
  ...more,
})
const colour = ({ colour }: KubeObject): { readonly colour: unknown } => ({ colour })

function filled<T>(project: (object: KubeObject) => T, ...objects: readonly KubeObject[]): ObjectStore<T> {
  const store = new ObjectStore(project)
  store.collect(objects)
  store.replace()
  return store
}
const spelled = (changes: readonly { readonly type: string; readonly key: string }[]): readonly string[] =>
  changes.map(({ type, key }) => `${type} ${key}`)

test('a new list reports what came, went and changed, and keeps what did not', () => {
  const store = filled(whole, object('a', '1'), object('b', '1'), object('c', '1'))
  const kept = store.objects().get('default/a')
  store.collect([object('a', '1'), object('d', '3')])
  store.collect([object('b', '2')])
  assert.deepEqual(spelled(store.replace()), ['deleted default/c', 'added default/d', 'modified default/b'])
  assert.equal(store.objects().get('default/a'), kept)
})

test('a list that is begun anew forgets the pages of the one before', () => {
  const store = filled(whole)
  store.collect([object('stale', '1')])
  store.beginCollecting()
  store.collect([object('a', '2')])
  assert.deepEqual(spelled(store.replace()), ['added default/a'])
})

test('until a list is whole, the old set stands', () => {
  const store = filled(whole, object('a', '1'))
  store.beginCollecting()
  store.collect([object('b', '2')])
  assert.deepEqual([...store.objects().keys()], ['default/a'])
})

test('an object deleted and made anew under its name while nobody looked is deleted and added', () => {
  const store = filled(whole, object('a', '1'))
  const anew = { ...object('a', '5'), metadata: { ...object('a', '5').metadata, uid: 'another' } }
  store.collect([anew])
  assert.deepEqual(spelled(store.replace()), ['deleted default/a', 'added default/a'])
})

test('what is deleted is reported as it was last known', () => {
  const store = filled(colour, object('a', '1', { colour: 'red' }))
  const [change] = store.apply({ type: 'DELETED', object: object('a', '2', { colour: 'grey' }) })
  assert.deepEqual(change, { type: 'deleted', key: 'default/a', object: { colour: 'red' } })
  assert.deepEqual(store.apply({ type: 'DELETED', object: object('a', '2') }), [])
})

test('the version rises when something changed and at no other time', () => {
  const store = filled(colour, object('a', '1', { colour: 'red' }))
  const { version } = store
  assert.deepEqual(store.apply({ type: 'MODIFIED', object: object('a', '2', { colour: 'red', noise: 1 }) }), [])
  assert.deepEqual(store.apply({ type: 'DELETED', object: object('nobody', '2') }), [])
  store.collect([object('a', '9', { colour: 'red' })])
  assert.deepEqual(store.replace(), [])
  assert.equal(store.version, version)
  store.apply({ type: 'MODIFIED', object: object('a', '3', { colour: 'blue' }) })
  assert.equal(store.version, version + 1)
})

test('an object whose part that counts did not change stays the same object', () => {
  const store = filled(colour, object('a', '1', { colour: 'red' }))
  const before = store.objects()
  store.apply({ type: 'MODIFIED', object: object('a', '2', { colour: 'red', noise: 1 }) })
  assert.equal(store.objects(), before)
})

test('a set once given out never changes', () => {
  const store = filled(whole, object('a', '1'))
  const before = store.objects()
  store.apply({ type: 'ADDED', object: object('b', '2') })
  assert.deepEqual([before.size, store.objects().size], [1, 2])
})

test('managed fields and the last applied configuration are not kept', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', ours: 'x' }
  const fat = object('a', '1', { spec: { x: 1 } })
  const store = filled(whole, { ...fat, metadata: { ...fat.metadata, annotations, managedFields: [] } as KubeObject['metadata'] })
  assert.deepEqual(store.objects().get('default/a'), { ...fat, metadata: { ...fat.metadata, annotations: { ours: 'x' } } })
})

test('a projection is shown the whole object: who wrote what is of interest to some', () => {
  const managedFields = [{ manager: 'kubectl' }]
  const fat = object('a', '1')
  const store = filled(({ metadata }) => metadata, { ...fat, metadata: { ...fat.metadata, managedFields } as KubeObject['metadata'] })
  assert.deepEqual(store.objects().get('default/a'), { ...fat.metadata, managedFields })
})

test('a list of what is known already costs nothing: it is not looked into', () => {
  let looks = 0
  const store = filled(
    ({ colour }) => {
      looks += 1
      return { colour }
    },
    object('a', '1'),
    object('b', '1'),
  )
  store.collect([object('a', '1'), object('b', '2')])
  store.replace()
  assert.equal(looks, 3)
})
