// Real daemons on a busy machine: what has a limit of its own sets it; the rest must only end some time.
jest.setTimeout(60_000)
