export { unhex, type Vector, vectorTests } from './vectors'
