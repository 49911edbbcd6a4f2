/** The time of business for a command: the one that the services beside it go by. */
import { type Clock, systemClock } from '../../gateway/clock.ts'
import { readSimulatedClock } from '../simulator/simulated-clock.ts'
import { readConfig } from '../start/config.ts'

/** The simulated clock of a drill where one is configured, else the machine's. */
export function commandClock(): Clock {
  const { simulatedClockFile } = readConfig(process.env)
  return simulatedClockFile === undefined ? systemClock : readSimulatedClock(simulatedClockFile)
}
