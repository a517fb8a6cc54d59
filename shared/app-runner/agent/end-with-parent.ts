// The IPC channel closes when the workshop ends, however that ends: the app must not outlive it.
process.on('disconnect', () => process.exit(0));
process.channel?.unref();
