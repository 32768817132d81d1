import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { collectionPath, keyOf, objectPath } from '../../src'
import { applyCall, deleteCall, mergePatchCall } from '../../src/writes'

const services = { group: '', version: 'v1', plural: 'services' }
const pools = { group: 'metallb.io', version: 'v1beta1', plural: 'ipaddresspools', namespace: 'metallb-system' }

test('paths of the core group, of named groups, of all namespaces and of one', () => {
  assert.equal(collectionPath(services), '/api/v1/services')
  assert.equal(collectionPath(pools), '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools')
  assert.equal(objectPath(services, { namespace: 'default', name: 'web' }, 'status'), '/api/v1/namespaces/default/services/web/status')
  assert.equal(objectPath(pools, { name: 'a' }), `${collectionPath(pools)}/a`)
  assert.equal(objectPath({ ...services, plural: 'nodes' }, { name: 'n1' }), '/api/v1/nodes/n1')
})

test('a name cannot lead to another path', () => {
  assert.equal(objectPath(services, { namespace: 'a/../b', name: '../x?y' }), '/api/v1/namespaces/a%2F..%2Fb/services/..%2Fx%3Fy')
})

test('keys are namespace/name, or the name of what has no namespace', () => {
  assert.deepEqual([keyOf({ namespace: 'default', name: 'web' }), keyOf({ name: 'n1' })], ['default/web', 'n1'])
})

test('an apply takes over fields, says who it is, and is of the one type the API server takes', () => {
  const pool = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name: 'a' }, status: {} }
  assert.deepEqual(applyCall(pools, pool, { fieldManager: 'loadstone', subresource: 'status' }), {
    method: 'PATCH',
    path: `${collectionPath(pools)}/a/status`,
    query: { fieldManager: 'loadstone', force: true },
    contentType: 'application/apply-patch+yaml',
    body: pool,
  })
})

test('a merge patch names its manager, and a delete the object it means', () => {
  assert.equal(mergePatchCall(pools, { name: 'a' }, {}, { fieldManager: 'x' }).contentType, 'application/merge-patch+json')
  assert.deepEqual(deleteCall(pools, { name: 'a' }, { uid: 'u' }).body, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid: 'u' },
  })
})
