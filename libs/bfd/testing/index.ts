export { SimTransport } from './sim-transport'
