export { withDefinitionCheck } from './client/crd-deletion-guard'
export { kubeConfigServer } from './client/kubeconfig-client'
export { PooledKubeConfig } from './client/pooled-kubeconfig'
export { ReflectingOperator, type ReflectingOperatorOptions } from './reflecting-operator'
