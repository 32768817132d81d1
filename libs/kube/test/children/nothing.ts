// Node alone, for comparison.
setInterval(() => {}, 1_000)
