export { withDefinitionCheck } from './definition-check'
export { kubeConfigServer } from './kube-config-server'
export { PooledKubeConfig } from './pooled-kube-config'
export { ReflectingOperator, type ReflectingOperatorOptions } from './reflecting-operator'
