// Loaded with --import into a child that is not our own program: it ends when its parent is gone,
// however the parent went, because then the IPC channel between them closes.
if (process.channel) {
  // Next's own workers inherit this file; they live by their channel, which must hold them open.
  if (process.env.IS_NEXT_WORKER === undefined) process.channel.unref()
  process.on('disconnect', () => process.exit(0))
}
