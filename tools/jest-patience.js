// Real daemons on a busy machine: what has a limit of its own sets it; the rest must only end some time. What measures time may
// be disturbed by a neighbour, so a failure is printed and tried once more; what fails twice has failed.
jest.setTimeout(60_000)
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true })
