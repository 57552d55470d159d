// Loaded with --import into a child that is not our own program: it ends when its parent is gone,
// however the parent went, because then the IPC channel between them closes.
if (process.channel) {
  process.channel.unref()
  process.on('disconnect', () => process.exit(0))
}
