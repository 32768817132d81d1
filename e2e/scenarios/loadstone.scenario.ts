import { localWithoutOperator } from './local'
import { onLab } from './on-lab'
import { apiOutage, operatorRestart } from './restarts'
import { services } from './services'

onLab('Loadstone on a real cluster', services, operatorRestart, localWithoutOperator, apiOutage)
