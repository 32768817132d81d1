export { kubeConfigServer } from './client/kubeconfig-client'
export { PooledKubeConfig } from './client/pooled-kubeconfig'
export { ReflectingOperator } from './reflecting-operator'
