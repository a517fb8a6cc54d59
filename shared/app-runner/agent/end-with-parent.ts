/**
 * Loaded before an app that the workshop starts: the app ends when the workshop does, however that ended. The channel to the parent
 * closes with it; the app itself knows nothing of this.
 */
process.on('disconnect', () => process.exit(0));
process.channel?.unref();
